// Log lines on real Kafka and Postgres: what services say of a saga is found with it, once, masked
// and in bounds; and who logs goes on whatever becomes of the lines.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bus } from '../../messaging/bus.ts'
import { realClock } from '../../messaging/clock.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { createLog, silentLog } from '../../messaging/log.ts'
import { LogTopic } from '../../messaging/log-topic.ts'
import { createMetrics } from '../../messaging/metrics.ts'
import { logsGroup } from '../../orchestrator/logs/log-collector.ts'
import { cutSagaLogs, linesOfSagaMax } from '../../orchestrator/store/saga-logs.ts'
import { callCli } from '../cli/call-cli.ts'
import { awaitUntil } from '../system/await-until.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { shipParcel } from './parcels.ts'
import { cipherOf, giftEventsTopic, giftHandlers, sendGift } from './sensitive-sagas.ts'

const topic = 'logs'
const cipher = cipherOf(1)
const definitions = [shipParcel({ undo: { attempts: 1, firstDelayMs: 50 } }), sendGift]

type Line = Readonly<Record<'id' | 'service' | 'step' | 'level' | 'message' | 'at', string>> & {
  readonly error: { readonly code?: string; readonly message: string } | null
}

let world: EngineWorld
let orchestrator: RunningOrchestrator
let isAway = true
/** Of the service; its lines go to the topic as well. */
const logTopic = new LogTopic({ topic, openBus, clock: realClock })
const log = createLog({
  ...{ name: 'parcels', level: 'debug' },
  copyTo: (line) => logTopic.write(line),
  write: () => undefined,
})

function openBus(): Bus {
  const brokers = isAway ? ['127.0.0.1:1'] : workerBrokers()
  const timings = { connectDeadlineMs: 1_000, stopDeadlineMs: 1_000 }
  const onFatal = () => undefined
  return createKafkaBus({ brokers, clientId: 'logs', log: silentLog, onFatal, ...timings })
}

beforeAll(async () => {
  world = await EngineWorld.start(definitions, [topic, giftEventsTopic])
  logTopic.start()
  const commands = [...world.parcels.handlers, ...giftHandlers().handlers]
  const started = await Promise.all([
    world.startOrchestrator({ definitions, cipher, logTopic: topic }),
    world.startParcels({ attempts: 2, commands, cipher, log }),
  ])
  orchestrator = started[0]
})
afterAll(async () => {
  await world.stop()
  await logTopic.stop()
})

async function ship(parcel: string): Promise<string> {
  const { body } = await orchestrator.client.start('ship-parcel', { parcel }, { waitS: 50 })
  return String(body['id'])
}

async function linesOf(id: string, query = ''): Promise<readonly Line[]> {
  const { status, body } = await orchestrator.client.get(`/sagas/${id}/logs${query}`)
  expect([status, body['isCollected']]).toEqual([200, true])
  return body['items'] as readonly Line[]
}

const linesWhen = (id: string, isSo: (lines: readonly Line[]) => boolean, query = '') =>
  awaitUntil(`the lines of ${id} are there`, async () => {
    const lines = await linesOf(id, query)
    return isSo(lines) && lines
  })

/** As a service in another language would. */
function say(sagaId: string, fields: object): Promise<unknown> {
  const line = { time: '2030-01-31T09:00:00.5Z', level: 'info', service: 'python', sagaId }
  return world.kafka.write({
    topic,
    key: sagaId,
    value: Buffer.from(JSON.stringify({ ...line, ...fields })),
  })
}

const isOfPython = ({ service }: Pick<Line, 'service'>) => service === 'python'

describe('without a broker', () => {
  it('a service goes on, a flood is dropped and counted, and the rest comes when it is back', async () => {
    const metrics = createMetrics({ log: silentLog })
    logTopic.watch(metrics)
    const id = await ship('a lamp')
    expect((await orchestrator.client.saga(id)).status).toBe('completed')
    for (let at = 0; at < 20_000; at += 1) log.info('flood.line')
    const { sent, dropped } = logTopic.counts
    expect([sent, dropped > 9_000, dropped < 20_000]).toEqual([0, true, true])
    const page = (await metrics.page())?.text
    expect(page).toContain(`sagaline_log_lines_total{outcome="dropped"} ${dropped}`)
    isAway = false
    const lines = await linesWhen(id, ({ length }) => length === 3)
    expect(new Set(lines.map(({ message }) => message))).toEqual(
      new Set(['participant.do.succeeded']),
    )
  })
})

describe('the lines of a saga', () => {
  it('are what services logged of it, by REST and by the command line', async () => {
    world.parcels.breakDown('parcels.load-van', 'throws')
    const id = await ship('a secret gift')
    world.parcels.mend('parcels.load-van')
    const lines = await linesWhen(id, ({ length }) => length >= 6)
    expect(lines.map(({ step, level, message }) => `${step} ${level} ${message}`)).toEqual([
      'takeShelf debug participant.do.succeeded',
      'loadVan warn participant.command.failed',
      'loadVan warn participant.command.failed',
      'loadVan debug participant.do.failed',
      'loadVan debug participant.undo.succeeded',
      'takeShelf debug participant.undo.succeeded',
    ])
    expect(new Set(lines.map(({ service }) => service))).toEqual(new Set(['parcels']))
    expect(lines[1]?.error?.message).toContain('parcels.load-van is broken')
    expect(JSON.stringify(lines)).not.toContain('secret gift')
    const page = await orchestrator.client.get(`/sagas/${id}/logs?limit=2`)
    expect(page.body['nextCursor']).toBe(lines[1]?.id)
    expect(await linesOf(id, `?cursor=${page.body['nextCursor']}`)).toEqual(lines.slice(2))
    const shown = await callCli(['logs', id, '--url', orchestrator.url])
    expect([shown.code, shown.out.split('\n').length]).toEqual([0, 6])
    expect(shown.out).toContain('loadVan  participant.command.failed')
    const json = await callCli(['logs', id, '--url', orchestrator.url, '--json'])
    expect(json.out.split('\n').map((text) => JSON.parse(text))).toEqual(lines)
  })

  it('come from every language, once, and go on while somebody follows', async () => {
    const id = await ship('a book')
    await linesWhen(id, ({ length }) => length === 3)
    const unknown = id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    for (const of of [id, id, unknown]) await say(of, { message: 'one', error: 'why' })
    await say(id, { level: 'loud', message: 'none' })
    const quit = new AbortController()
    const followed: string[] = []
    const following = callCli(['logs', id, '--follow', '--url', orchestrator.url], {
      interrupted: () => quit.signal,
      onOut: (text) => void followed.push(text),
    })
    await awaitUntil('the first line is shown', () => followed.length === 4)
    // Older than what was shown: it came late.
    await say(id, { time: '2030-01-31T09:00:00.4Z', message: 'two' })
    await awaitUntil('the next line is shown', () => followed.length === 5)
    quit.abort()
    expect(await following).toMatchObject({ code: 0 })
    const last = followed.slice(3).map((text) => text.split('info').at(-1)?.trim())
    expect(last).toEqual(['python  one  why', 'python  two'])
    const { rows } = await world.sagasDb.query('select 1 from saga_logs where saga_id = $1', [
      unknown,
    ])
    expect(rows).toEqual([])
  })

  it('are no more than fit, and go after a week', async () => {
    const id = await ship('a flood')
    const before = logTopic.counts.sent
    for (let at = 0; at < linesOfSagaMax; at += 1) log.info(`flood.${at}`, { sagaId: id })
    await awaitUntil('all are sent', () => logTopic.counts.sent >= before + linesOfSagaMax)
    const lag = () => world.kafka.lag(logsGroup, [topic])
    await awaitUntil('all are taken', async () => (await lag()) === 0)
    expect((await linesOf(id, '?limit=1000')).length).toBe(linesOfSagaMax)
    const { sagasDb } = world
    await sagasDb.query(`update saga_logs set kept_at = kept_at - interval '8 days'`)
    while (await cutSagaLogs(sagasDb));
    expect(await linesOf(id)).toEqual([])
  })

  it('say nothing sensitive, whatever was logged', async () => {
    const input = { card: '4111', note: 'works' }
    const { body } = await orchestrator.client.start('send-gift', input, { waitS: 50 })
    const id = String(body['id'])
    const error = { code: 'CARD_STOLEN', message: 'card 4111' }
    await say(id, { message: 'card.refused', step: 'pay', error })
    await say(id, { message: 'no luck with 4111', step: 'step 4111', error: 'card 4111' })
    const lines = await linesWhen(id, (all) => all.filter(isOfPython).length === 2)
    const shown = lines.filter(isOfPython).map((line) => [line.message, line.step, line.error])
    expect(shown.toSorted()).toEqual([
      ['[sensitive]', null, { message: '[sensitive]' }],
      ['card.refused', 'pay', { code: 'CARD_STOLEN', message: '[sensitive]' }],
    ])
  })
})
