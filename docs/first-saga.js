// A room is booked and a card charged; when the card is declined, the room is given back.
import * as sagaline from 'sagaline'
import * as kit from 'sagaline/participant'
import { Type } from 'typebox'

// Contracts: what the hotel can be asked for. Booking a room names the command that undoes it.
const stay = { topic: 'hotel.commands', payload: Type.Object({ cents: Type.Integer() }) }
const cancelRoom = kit.defineCommand({ name: 'hotel.cancel-room', ...stay })
const bookRoom = kit.defineCommand({ name: 'hotel.book-room', ...stay, undo: cancelRoom })
const chargeCard = kit.defineCommand({ name: 'hotel.charge-card', ...stay })

// The saga: what follows what, and where the point of no return is.
const bookStay = sagaline.defineSaga({
  name: 'book-stay',
  version: 1,
  input: stay.payload,
  steps: [
    { name: 'bookRoom', send: bookRoom },
    { name: 'chargeCard', send: chargeCard, kind: 'pivot' },
  ],
})

// The hotel: a handler's writes commit together with the memory of what it answered.
const hotel = kit.createParticipant({
  service: 'hotel',
  commands: [
    kit.handle(bookRoom, async (tx, { sagaId }) => {
      await tx.query('insert into rooms values ($1)', [sagaId])
      return kit.succeeded()
    }),
    kit.handle(cancelRoom, async (tx, { sagaId }) => {
      await tx.query('delete from rooms where saga_id = $1', [sagaId])
      return kit.succeeded()
    }),
    kit.handle(chargeCard, async (_, { payload }) =>
      payload.cents > 10_000 ? kit.refused('declined') : kit.succeeded(),
    ),
  ],
})

const { KAFKA_BROKERS = '', DATABASE_URL: url = '', PORT: port = 3000 } = process.env
const [clock, log, brokers] = [sagaline.realClock, sagaline.silentLog, KAFKA_BROKERS.split(',')]
const bus = sagaline.createKafkaBus({ brokers, clientId: 'hotel', log, onFatal: console.error })
const db = sagaline.openDb({ url, applicationName: 'hotel', connectionsMax: 8 })
const setup = { databaseUrl: url, bus, log, topics: { partitions: 1, replicationFactor: 1 } }
const definitions = [bookStay]
const http = { host: '127.0.0.1', port: Number(port) }
const orchestrator = sagaline.createOrchestrator({ definitions, db, bus, clock, log, http })

await bus.start()
await sagaline.migrateOrchestrator({ ...setup, definitions })
await kit.migrate({ url, sets: kit.participantMigrations, log })
await db.query('create table if not exists rooms (saga_id uuid primary key)')
await hotel.start({ db, bus, log, clock })
const { url: rest } = await orchestrator.start()
const headers = "-H 'content-type: application/json' -H 'prefer: wait=5'"
console.log(`curl ${headers} -d '{"cents":9000}' ${rest}/sagas/book-stay`)
