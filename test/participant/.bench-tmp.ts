import { openDb } from '/work/main/messaging/db.ts'
import { migrate, shippedSet } from '/work/main/messaging/migrate.ts'
import { silentLog } from '/work/main/messaging/log.ts'
import { realClock } from '/work/main/messaging/clock.ts'
import { createParticipant } from '/work/main/participant/index.ts'
import { orderCommands } from '/work/main/services/orders/commands.ts'
import { encodeMessage } from '/work/main/messaging/envelope.ts'
import { v7 } from 'uuid'
const admin = openDb({ url: 'postgres://postgres@127.0.0.1:55911/postgres', applicationName: 'b', connectionsMax: 1 })
const name = 'bench_' + Date.now()
await admin.query('create database ' + name)
const url = 'postgres://postgres@127.0.0.1:55911/' + name
await migrate({ url, sets: ['messaging', 'participant', 'orders'].map(shippedSet), log: silentLog })
const db = openDb({ url, applicationName: 'bench', connectionsMax: 8 })
let handle: any; let sent = 0
const bus: any = { publish: async (r: any[]) => { sent += r.length }, subscribe: async (o: any) => { handle = o.handle; return { stop: async () => {}, problem: () => null } }, problem: async () => null }
const p = createParticipant({ service: 'orders', commands: orderCommands })
await p.start({ db, bus, log: silentLog, clock: realClock })
let off = 0n
const rec = (sagaId: string, type: string, step: string, data: any) => {
  const r = encodeMessage({ id: `${sagaId}/${step}/do/1` as any, type, source: 's', topic: 'orders.commands', key: sagaId, data, sagaId: sagaId as any, step, visit: 1, direction: 'do', attempt: 1, issuedAt: new Date(), replyTo: 'sagaline.replies', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' })
  return { topic: r.topic, partition: 0, offset: off++, key: Buffer.from(r.key), value: Buffer.from(r.value as string), headers: Object.fromEntries(Object.entries(r.headers).map(([k, v]) => [k, Buffer.from(v)])), timestamp: new Date() }
}
const data = { customerId: 'c1', amount: 100, items: [{ sku: 'a', quantity: 1 }] }
for (const size of [1, 32, 128, 500, 1, 500]) {
  const batches: any[] = []
  const rounds = size === 1 ? 600 : Math.ceil(12000 / size)
  for (let i = 0; i < rounds; i++) batches.push(Array.from({ length: size }, () => v7()))
  const recs = batches.map((b) => [b.map((s: string) => rec(s, 'orders.create-order', 'create', data)), b.map((s: string) => rec(s, 'orders.complete-order', 'complete', {}))])
  const c0 = process.cpuUsage(); const t0 = performance.now(); const lat: number[] = []
  for (const pair of recs) for (const r of pair) { const t = performance.now(); const { settled } = await handle(r); lat.push(performance.now() - t); await settled }
  const dt = performance.now() - t0; const c = process.cpuUsage(c0); const n = rounds * size * 2
  lat.sort((a, b) => a - b)
  console.log({ size, perS: Math.round(n / dt * 1000), batchMsP50: lat[lat.length >> 1]?.toFixed(2), nodeCpuMsPer1000: ((c.user + c.system) / 1000 / n * 1000).toFixed(0) })
}
await p.stop(); await db.stop(); await admin.query(`drop database ${name} with (force)`); await admin.stop()
