// One keep-alive HTTP/1.1 connection for the load generator: as little work as a client can do,
// since it shares the machine with what it measures. Speaks only what our own server answers.
import { connect, type Socket } from 'node:net'

export type Answer = { readonly status: number; readonly body: string }

type Waiting = { readonly resolve: (answer: Answer) => void; readonly reject: (e: Error) => void }

export class HttpConnection {
  readonly #host: string
  readonly #socket: Socket
  #received = ''
  #waiting: Waiting | null = null

  private constructor(host: string, socket: Socket) {
    this.#host = host
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => this.#read(text))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  static open(url: string): Promise<HttpConnection> {
    const { hostname, port, host } = new URL(url)
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname)
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new HttpConnection(host, socket))
      })
    })
  }

  /** One request at a time. */
  post(path: string, headers: string, body: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(
        `POST ${path} HTTP/1.1\r\nhost: ${this.#host}\r\ncontent-type: application/json\r\n` +
          `${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      )
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(text: string): void {
    this.#received += text
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#received.slice(0, end)
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
    const body = this.#received.slice(end + 4)
    if (Buffer.byteLength(body) < length) return
    this.#received = ''
    this.#waiting?.resolve({ status: Number(head.slice(9, 12)), body })
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error)
  }
}
