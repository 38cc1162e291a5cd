// Tries a proxy as a client of Kafka or Postgres would, and says what came of it: the proof that a
// fault of the network is there.
import { connect } from 'node:net'
import { Client } from 'pg'

export type Probed = {
  readonly end: 'answered' | 'silent' | 'broken' | 'refused'
  /** Until the first answer, or the end without one. */
  readonly ms: number
}

export type Target = 'kafka' | 'postgres'

const silenceMs = 1_500
/** Questions of one connection: more bytes each way than a torn one lets through. */
const questionsMax = 1_000
const textBytes = 20_000

/** As the proxy lets it through. */
export function probe(target: Target, port: number): Promise<Probed> {
  return target === 'kafka' ? probeKafka(port, questionsMax) : probePostgres(port)
}

/** One question to the server itself: whether what the proxy shows may be the server's doing. */
export function probeServer(target: Target, port: number): Promise<Probed> {
  return target === 'kafka' ? probeKafka(port, 1) : probePostgres(port)
}

/** ApiVersions 0, which every broker answers. */
const question = Buffer.from('0000000a001200000000002affff', 'hex')

/** Asks until an answer is slow or does not come, the connection breaks, or it is enough. */
function probeKafka(port: number, questions: number): Promise<Probed> {
  return new Promise((resolve) => {
    let [answers, isIn] = [0, false]
    const startedAt = performance.now()
    let askedAt = startedAt
    let ms: number | null = null
    const socket = connect({ host: '127.0.0.1', port })
    const end = (how: Probed['end']) => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ end: how, ms: ms ?? msSince(startedAt) })
    }
    const silent = () => end(answers === 0 ? 'silent' : 'answered')
    let timer = setTimeout(silent, silenceMs)
    const ask = () => {
      clearTimeout(timer)
      timer = setTimeout(silent, silenceMs)
      askedAt = performance.now()
      socket.write(question)
    }
    socket.once('connect', () => {
      isIn = true
      ask()
    })
    socket.on('data', () => {
      answers += 1
      ms ??= msSince(startedAt)
      const isSlow = performance.now() - askedAt > silenceMs / 5
      if (isSlow || answers === questions) end('answered')
      else ask()
    })
    socket.once('error', () => end(isIn ? 'broken' : 'refused'))
    socket.once('close', () => end('broken'))
  })
}

async function probePostgres(port: number): Promise<Probed> {
  const startedAt = performance.now()
  const end = await askPostgres(port)
  return { end, ms: msSince(startedAt) }
}

async function askPostgres(port: number): Promise<Probed['end']> {
  const client = new Client({
    connectionString: `postgres://postgres@127.0.0.1:${port}/postgres`,
    connectionTimeoutMillis: silenceMs,
    query_timeout: silenceMs,
    application_name: 'chaos',
  })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select $1::text', ['x'.repeat(textBytes)])
    return 'answered'
  } catch (error) {
    const { code = '', message } = error as Error & { readonly code?: string }
    if (code === 'ECONNREFUSED') return 'refused'
    if (/^\d\w{4}$/.test(code)) return 'answered'
    return /timeout/i.test(message) ? 'silent' : 'broken'
  } finally {
    // Through a proxy that swallows everything it would never hear of its end.
    void client.end().catch(() => {})
  }
}

function msSince(startedAt: number): number {
  return Math.round(performance.now() - startedAt)
}
