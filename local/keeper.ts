/**
 * A keeper: a small process between the one that uses local parts and one server. It owns the
 * server's temporary home folder and sits in a process group of its own, so that Ctrl-C in a
 * terminal does not reach the server. When its parent ends, however that happens, the channel
 * closes, and the keeper stops the server and removes the folder. Started by keeper-link.ts as
 * `keeper.ts HOME_PREFIX [UID GID]`.
 */
import { chown, mkdtemp, rm } from 'node:fs/promises'
import type {
  KeeperAnswer,
  KeeperOrder,
  KeeperRequest,
  KeptCommand,
  OrderlyEnd,
} from './keeper-messages.ts'
import { KeptProcess } from './kept-process.ts'

type Done = { readonly output: string; readonly pid: number }

class FailedOrder extends Error {
  readonly output: string

  constructor(reason: string, output: string) {
    super(reason)
    this.output = output
  }
}

let home: string | undefined
let kept: KeptProcess | undefined
let orderlyEnd: OrderlyEnd = { signal: 'SIGTERM', limitMs: 5_000 }
let isEndWanted = false
let closing: Promise<void> | undefined

process.on('disconnect', () => void close())
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void close())
}
process.on('uncaughtException', () => void close())
process.on('message', (request: KeeperRequest) => void answer(request))
await open()

async function open(): Promise<void> {
  const [prefix, uid, gid] = process.argv.slice(2)
  if (prefix === undefined) throw new Error('a keeper needs the prefix of its home folder')
  home = await mkdtemp(prefix)
  if (uid !== undefined && gid !== undefined) await chown(home, Number(uid), Number(gid))
  if (process.connected) say({ type: 'home', path: home })
  else await close()
}

async function answer({ id, order }: KeeperRequest): Promise<void> {
  try {
    say({ type: 'done', id, ...(await carryOut(order)) })
  } catch (error) {
    const output = error instanceof FailedOrder ? error.output : ''
    say({ type: 'failed', id, reason: error instanceof Error ? error.message : `${error}`, output })
  }
  if (order.type === 'close') process.exit(0)
}

async function carryOut(order: KeeperOrder): Promise<Done> {
  if (order.type === 'run') return run(order)
  if (order.type === 'start') return start(order)
  isEndWanted = true
  if (order.type === 'kill') await kept?.kill()
  else if (order.type === 'stop') await stop()
  else await releaseOnce()
  return { output: kept?.output ?? '', pid: 0 }
}

async function run(order: KeeperOrder & { type: 'run' }): Promise<Done> {
  const child = launch(order.command)
  const end = await within(order.limitMs, child.ended)
  if (end === undefined) await child.kill()
  if (end !== 'code 0') throw new FailedOrder(end ?? `no end in ${order.limitMs} ms`, child.output)
  return { output: child.output, pid: 0 }
}

async function start(order: KeeperOrder & { type: 'start' }): Promise<Done> {
  orderlyEnd = order.orderlyEnd
  const child = launch(order.command)
  const ready = child.printed(order.readyText).then(() => 'ready')
  const first = await within(order.limitMs, Promise.race([ready, child.ended]))
  if (first === 'ready') {
    void child.ended.then((reason) => {
      if (!isEndWanted) say({ type: 'ended', reason, output: child.output })
    })
    return { output: '', pid: child.pid }
  }
  await child.kill()
  throw new FailedOrder(first ?? `not ready in ${order.limitMs} ms`, child.output)
}

function launch(command: KeptCommand): KeptProcess {
  if (kept?.isRunning) throw new Error('this keeper already has a running process')
  if (home === undefined || closing !== undefined) throw new Error('this keeper is not open')
  isEndWanted = false
  kept = new KeptProcess(command, home)
  return kept
}

async function stop(): Promise<void> {
  await kept?.stop(orderlyEnd.signal, orderlyEnd.limitMs)
}

async function close(): Promise<void> {
  isEndWanted = true
  await releaseOnce()
  process.exit(0)
}

function releaseOnce(): Promise<void> {
  closing ??= release()
  return closing
}

async function release(): Promise<void> {
  await stop()
  if (home !== undefined) await rm(home, { recursive: true, force: true, maxRetries: 5 })
}

function say(message: KeeperAnswer): void {
  // The parent may be gone by now; then nobody is left to be told.
  if (process.connected) process.send?.(message, undefined, {}, () => {})
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs)
  })
  return Promise.race([work, limit]).finally(() => clearTimeout(timer))
}
