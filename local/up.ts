/**
 * `npm run local`: starts Kafka and Postgres, prints their addresses as environment lines on
 * standard output and all else on standard error, and stays until Ctrl-C.
 */
import { LocalPartsError } from './errors.ts'
import { startLocalParts } from './local-parts.ts'

const report = (line: string) => process.stderr.write(`${line}\n`)

// Something must hold the process open: neither a signal handler nor a kept server does.
const holdOpen = setInterval(() => {}, 2 ** 30)
const askedToEnd = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => resolve())
  }
})

try {
  await stayUp()
} catch (error) {
  if (!(error instanceof LocalPartsError)) throw error
  report(`${error.code}: ${error.message}`)
  process.exitCode = 1
} finally {
  clearInterval(holdOpen)
}

async function stayUp(): Promise<void> {
  const starting = startLocalParts({ report })
  const isEarlyEnd = await Promise.race([askedToEnd.then(() => true), starting.then(() => false)])
  // Asked to end while still starting: the keepers see this process end and tidy up.
  if (isEarlyEnd) process.exit(0)
  const parts = await starting
  process.stdout.write(`KAFKA_BROKERS=${parts.kafka.brokers.join(',')}\n`)
  process.stdout.write(`DATABASE_URL=${parts.postgres.adminUrl}\n`)
  report('local parts are up; Ctrl-C ends them')
  await askedToEnd
  await parts.stop()
  report('local parts are stopped')
}
