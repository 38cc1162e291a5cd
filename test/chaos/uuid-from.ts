// A UUID of the seed's making, in the form of those that sagas have.
import type { Random } from '../simulate/random.ts'

export function uuidFrom(random: Random): string {
  const hex = random.hex(30)
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `7${hex.slice(12, 15)}`,
    `8${hex.slice(15, 18)}`,
  ]
  return [...parts, hex.slice(18, 30)].join('-')
}
