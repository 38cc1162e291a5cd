// The order saga as a Restate workflow, and the two services that it calls, each with a database of
// its own. Copied to the cache folder and started by restate.ts. One process: two cost more and
// gave less on two cores.
import * as restate from '@restatedev/restate-sdk'
import pg from 'pg'

const { ORDERS_URL, PAYMENTS_URL, PORT } = process.env

const pool = (connectionString) => new pg.Pool({ connectionString, max: 16 })
const orders = pool(ORDERS_URL)
const payments = pool(PAYMENTS_URL)

const endOrder = async (id, status) => {
  await orders.query({
    name: 'end',
    text: 'update orders set status = $2, updated_at = now() where id = $1',
    values: [id, status],
  })
}

const order = restate.service({
  name: 'order',
  handlers: {
    create: async (context, { id }) => {
      await context.run('insert', async () => {
        await orders.query({
          name: 'create',
          text: `insert into orders (id, status) values ($1, 'PENDING') on conflict do nothing`,
          values: [id],
        })
      })
    },
    complete: (context, { id }) => context.run('complete', () => endOrder(id, 'COMPLETED')),
    cancel: (context, { id }) => context.run('cancel', () => endOrder(id, 'CANCELLED')),
  },
})

const payment = restate.service({
  name: 'payment',
  handlers: {
    // A business refusal is an answer, not an exception that is tried again.
    take: async (context, { id, isDeclined }) => {
      await context.run('take', async () => {
        await payments.query({
          name: 'take',
          text: 'insert into payments (id, status) values ($1, $2) on conflict do nothing',
          values: [id, isDeclined ? 'DECLINED' : 'TAKEN'],
        })
      })
      return { isTaken: !isDeclined }
    },
  },
})

const saga = restate.workflow({
  name: 'saga',
  handlers: {
    run: async (context, { isDeclined }) => {
      const id = context.key
      const orderClient = context.serviceClient(order)
      await orderClient.create({ id })
      const { isTaken } = await context.serviceClient(payment).take({ id, isDeclined })
      if (isTaken) {
        await orderClient.complete({ id })
        return 'COMPLETED'
      }
      await orderClient.cancel({ id })
      return 'COMPENSATED'
    },
  },
})

await restate.serve({ services: [order, payment, saga], port: Number(PORT) })
console.log('READY')
