// `npm run fuzz -- --records N --seed S`: random and spoiled records for every door that reads from
// Kafka. The same seed gives the same records.
import { parseArgs } from 'node:util'
import { wholeNumber } from '../whole-number.ts'
import { fuzzRecords } from './fuzz-records.ts'

const recordsDefault = 1_000_000
const progressRecords = 100_000

const { values } = parseArgs({
  options: { records: { type: 'string' }, seed: { type: 'string' } },
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
})
const records = wholeNumber(values.records, { name: 'records', least: 1 }) ?? recordsDefault
const seed = wholeNumber(values.seed, { name: 'seed', least: 0 }) ?? Date.now() % 2 ** 32
console.info(`${records} records, seed ${seed}`)
const fuzzed = await fuzzRecords({ records, seed }, (done) => {
  if (done % progressRecords === 0) console.info(`${done} of ${records}`)
})
console.table(fuzzed)
console.info('no door threw, and every record was taken, told or parked')
