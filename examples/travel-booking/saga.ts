// A trip: hotel, flight and car are booked side by side, then paid. When one of them is refused,
// the others are settled first and then cancelled, always in the same order.
import { Type } from 'typebox'
import { defineCommand, defineSaga } from '../../orchestrator/index.ts'

const Trip = Type.Object({ traveller: Type.String(), from: Type.String(), to: Type.String() })
const Booking = Type.Object({ reference: Type.String() })

const cancel = (what: string) =>
  defineCommand({ name: `${what}.cancel`, topic: `${what}.commands`, payload: Trip })

const book = (what: string) =>
  defineCommand({
    name: `${what}.book`,
    topic: `${what}.commands`,
    payload: Trip,
    reply: Booking,
    undo: cancel(what),
  })

export const hotel = book('hotels')
export const flight = book('flights')
export const car = book('cars')

export const payTrip = defineCommand({
  name: 'payments.pay-trip',
  topic: 'payments.commands',
  payload: Type.Object({ traveller: Type.String(), references: Type.Array(Type.String()) }),
})

export const bookTrip = defineSaga({
  name: 'book-trip',
  version: 1,
  input: Trip,
  businessKey: ({ traveller, to }) => `${traveller}/${to}`,
  // A traveller books one trip at a time.
  lock: ({ traveller }) => `traveller/${traveller}`,
  deadlineMs: 60_000,
  steps: [
    {
      name: 'bookings',
      parallel: {
        stay: [{ name: 'hotel', send: hotel }],
        travel: [
          { name: 'flight', send: flight },
          { name: 'car', send: car },
        ],
      },
    },
    {
      name: 'pay',
      kind: 'pivot',
      send: payTrip,
      with: ({ input, reply }) => ({
        traveller: input.traveller,
        references: [reply(hotel), reply(flight), reply(car)].map(({ reference }) => reference),
      }),
    },
  ],
})
