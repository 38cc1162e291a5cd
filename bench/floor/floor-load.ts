// The load of the floor in several processes: C sagas in flight, each on a connection of its own to
// the part that has the sagas. Forked by engines/floor-apart.ts. Frozen, as floor.ts is.
import { connect } from 'node:net'
import { type Bringer, closedLoop, type LoadOrder, onOrder } from '../closed-loop.ts'

export type FloorLoadOrder = LoadOrder & { readonly port: number }

onOrder<FloorLoadOrder>((order) => closedLoop(order, () => open(order.port)))

function open(port: number): Promise<Bringer> {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  let ended: (isRight: boolean) => void = () => undefined
  socket.on('data', () => ended(true))
  // Nothing is repeated: whoever measures is told by its end.
  const lost = () => process.exit(1)
  socket.on('close', lost)
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('connect', () =>
      resolve({
        bring: (number) =>
          new Promise((told) => {
            ended = told
            socket.write(String(number))
          }),
        close: () => socket.off('close', lost).destroy(),
      }),
    )
  })
}
