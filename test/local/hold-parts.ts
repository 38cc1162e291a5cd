/** A program that starts local parts, says what they are made of, and stays; parent-end.test.ts ends it. */
import { readLocalConfig } from '../../local/config.ts'
import { startLocalParts } from '../../local/local-parts.ts'

const [howItEnds] = process.argv.slice(2)
const given = { kafkaBrokers: undefined, databaseUrl: undefined }
const config = { ...readLocalConfig(), ...given, prefer: 'bare' } as const
const { kafka, postgres } = await startLocalParts({ report: () => {}, config })
const held = {
  processIds: [...kafka.processIds(), ...postgres.processIds()],
  dataDirs: [...kafka.servers, ...postgres.servers].map(({ dataDir }) => dataDir),
}
process.stdout.write(`${JSON.stringify(held)}\n`)
if (howItEnds === 'throws') throw new Error('as a crash would')
if (howItEnds === 'stays') setInterval(() => {}, 2 ** 30)
