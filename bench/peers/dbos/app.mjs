// The order saga as a DBOS workflow over the databases of two services; DBOS keeps its own tables
// in a third one. Copied to the cache folder and started by dbos.ts: over HTTP, or with the load in
// the same process, as a library is used at its best.
import http from 'node:http'
import { DBOS } from '@dbos-inc/dbos-sdk'
import pg from 'pg'
import { closedLoop, onOrder } from './closed-loop.ts'

const { ORDERS_URL, PAYMENTS_URL, SYSTEM_URL, MODE } = process.env

/** More connections gain nothing on two cores; measured with 16 as well. */
const pool = (connectionString) => new pg.Pool({ connectionString, max: 8 })
const orders = pool(ORDERS_URL)
const payments = pool(PAYMENTS_URL)

const createOrder = (id) =>
  orders.query({
    name: 'create',
    text: `insert into orders (id, status) values ($1, 'PENDING') on conflict do nothing`,
    values: [id],
  })
const endOrder = (id, status) =>
  orders.query({
    name: 'end',
    text: 'update orders set status = $2, updated_at = now() where id = $1',
    values: [id, status],
  })
const takePayment = async (id, isDeclined) => {
  await payments.query({
    name: 'take',
    text: 'insert into payments (id, status) values ($1, $2) on conflict do nothing',
    values: [id, isDeclined ? 'DECLINED' : 'TAKEN'],
  })
  return !isDeclined
}

const step = (name, work) => DBOS.runStep(async () => (await work()) === true, { name })

async function placeOrder(id, isDeclined) {
  await step('createOrder', () => createOrder(id))
  const isTaken = await step('takePayment', () => takePayment(id, isDeclined))
  if (isTaken) {
    await step('completeOrder', () => endOrder(id, 'COMPLETED'))
    return 'COMPLETED'
  }
  await step('cancelOrder', () => endOrder(id, 'CANCELLED'))
  return 'COMPENSATED'
}

const saga = DBOS.registerWorkflow(placeOrder, { name: 'placeOrder' })

DBOS.setConfig({
  name: 'sagas',
  systemDatabaseUrl: SYSTEM_URL,
  systemDatabasePoolSize: 10,
  logLevel: 'error',
  applicationVersion: 'v1',
})
await DBOS.launch()

// Without a queue, and awaited where it runs: nothing is polled.
const run = async (id, isDeclined) => {
  const handle = await DBOS.startWorkflow(saga, { workflowID: id })(id, isDeclined)
  return handle.getResult()
}

if (MODE === 'http') {
  const server = http.createServer((request, response) => {
    let body = ''
    request.on('data', (data) => {
      body += data
    })
    request.on('end', async () => {
      try {
        const { id, isDeclined } = JSON.parse(body)
        response.end(JSON.stringify(await run(id, isDeclined)))
      } catch (error) {
        response.statusCode = 500
        response.end(String(error))
      }
    })
  })
  server.listen(0, '127.0.0.1', () => console.log(`READY ${server.address().port}`))
} else {
  onOrder(async (order) => {
    await closedLoop(order, async () => ({
      bring: async (number, isDeclined) => {
        const end = await run(`${order.run}-${number}`, isDeclined)
        return end === (isDeclined ? 'COMPENSATED' : 'COMPLETED')
      },
      close: () => undefined,
    }))
    await DBOS.shutdown()
  })
}
