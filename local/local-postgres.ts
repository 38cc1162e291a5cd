/** Chooses where Postgres comes from and starts it. Called by startLocalParts. */
import { adminUser, startBarePostgres } from './bare-postgres.ts'
import type { LocalConfig } from './config.ts'
import { startPostgresContainer } from './containers.ts'
import { LocalPartsError, reasonOf } from './errors.ts'
import { barePart, foreignPart, type LocalPart } from './local-part.ts'
import { createDatabase, dropDatabase, urlOf } from './postgres-databases.ts'
import type { Report } from './report.ts'

export type LocalPostgres = LocalPart & {
  /** Of a user that may create databases. */
  readonly adminUrl: string
  /** Creates a database and gives its URL. @throws LocalPartsError LOCAL_DATABASE_FAILED */
  readonly createDatabase: (name: string) => Promise<string>
}

export type LocalPostgresOptions = {
  readonly config: LocalConfig
  readonly isDockerUsable: boolean
  readonly report: Report
}

/** @throws LocalPartsError LOCAL_POSTGRES_UNAVAILABLE, LOCAL_START_FAILED */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const { config, report } = options
  if (config.databaseUrl !== undefined) return givenPostgres(config.databaseUrl, report)
  const inContainer = await triedContainer(options)
  if (inContainer !== undefined) return inContainer
  const server = await startBarePostgres(config, report)
  const adminUrl = `postgres://${adminUser}@127.0.0.1:${server.port}/postgres`
  return withDatabases(barePart([server]), adminUrl)
}

function withDatabases(part: LocalPart, adminUrl: string): LocalPostgres {
  const create = async (name: string) =>
    urlOf(adminUrl, await createDatabase({ adminUrl, name, isNameShared: false }))
  return { ...part, adminUrl, createDatabase: create }
}

/** In a server that is not ours the databases get names of their own, and only those go again. */
function givenPostgres(adminUrl: string, report: Report): LocalPostgres {
  const { host, pathname } = new URL(adminUrl)
  report(`postgres: DATABASE_URL says ${host}${pathname}`)
  const created = new Set<string>()
  const dropAll = async () => {
    for (const name of created) {
      created.delete(name)
      await dropDatabase(adminUrl, name).catch((error: unknown) => {
        report(`postgres: database ${name} stays behind (${reasonOf(error)})`)
      })
    }
  }
  const create = async (wanted: string) => {
    const name = await createDatabase({ adminUrl, name: wanted, isNameShared: true })
    created.add(name)
    return urlOf(adminUrl, name)
  }
  return { ...foreignPart('given', dropAll), adminUrl, createDatabase: create }
}

async function triedContainer(options: LocalPostgresOptions): Promise<LocalPostgres | undefined> {
  const { config, isDockerUsable, report } = options
  if (!isDockerUsable) return undefined
  try {
    const { address, stop } = await startPostgresContainer(report)
    return withDatabases(foreignPart('container', stop), address)
  } catch (error) {
    const reason = `its container did not start (${reasonOf(error)})`
    if (config.prefer === 'container') {
      throw new LocalPartsError('LOCAL_POSTGRES_UNAVAILABLE', `${reason}.`, { cause: error })
    }
    report(`postgres: ${reason}; trying the binaries from npm`)
    return undefined
  }
}
