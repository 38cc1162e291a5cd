/**
 * What the environment says about local parts, read once into a frozen object. This is the only
 * file of the folder that reads `process.env`; called by startLocalParts.
 */
import { homedir } from 'node:os'
import path from 'node:path'
import { LocalPartsError } from './errors.ts'

export type LocalConfig = {
  /** KAFKA_BROKERS, comma separated: use this Kafka and start none. */
  readonly kafkaBrokers: readonly string[] | undefined
  /** DATABASE_URL: create the databases in this server and start none. */
  readonly databaseUrl: string | undefined
  /** SAGALINE_LOCAL: 'container' or 'bare' allows only that; 'auto' tries both in this order. */
  readonly prefer: 'auto' | 'container' | 'bare'
  /** XDG_CACHE_HOME or ~/.cache: where the Kafka jars are kept, in a folder `sagaline`. */
  readonly cacheHome: string
  /** JAVA_HOME: its bin/java is tried before the one on PATH. */
  readonly javaHome: string | undefined
  /** CHROMIUM: the browser that tests of the dashboard drive, instead of the system's. */
  readonly chromium: string | undefined
  /** DOCKER_HOST: asked first, and alone, for a Docker engine. */
  readonly dockerHost: string | undefined
  /** SUDO_UID and SUDO_GID: the person behind a root shell; Postgres then runs as that person. */
  readonly sudoOwner: Owner | undefined
}

export type Owner = { readonly uid: number; readonly gid: number }

/** @throws LocalPartsError LOCAL_CONFIG_INVALID, naming every problem at once. */
export function readLocalConfig(env: NodeJS.ProcessEnv = process.env): LocalConfig {
  const kafkaBrokers = given(env.KAFKA_BROKERS)
    ?.split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '')
  const databaseUrl = given(env.DATABASE_URL)
  const prefer = given(env.SAGALINE_LOCAL) ?? 'auto'
  const problems = [
    kafkaBrokers?.every((broker) => /^.+:\d+$/.test(broker)) === false &&
      'KAFKA_BROKERS must be a comma separated list of host:port',
    databaseUrl !== undefined &&
      !/^postgres(ql)?:\/\//.test(databaseUrl) &&
      'DATABASE_URL must start with postgres:// or postgresql://',
    !isPreference(prefer) && "SAGALINE_LOCAL must be 'auto', 'container' or 'bare'",
  ].filter((problem) => typeof problem === 'string')
  if (problems.length > 0 || !isPreference(prefer)) {
    throw new LocalPartsError('LOCAL_CONFIG_INVALID', `${problems.join('; ')}.`)
  }
  return Object.freeze({
    kafkaBrokers: kafkaBrokers?.length ? kafkaBrokers : undefined,
    databaseUrl,
    prefer,
    cacheHome: given(env.XDG_CACHE_HOME) ?? path.join(homedir(), '.cache'),
    javaHome: given(env.JAVA_HOME),
    chromium: given(env.CHROMIUM),
    dockerHost: given(env.DOCKER_HOST),
    sudoOwner: sudoOwner(env),
  })
}

function given(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim()
}

function isPreference(value: string): value is LocalConfig['prefer'] {
  return ['auto', 'container', 'bare'].includes(value)
}

function sudoOwner(env: NodeJS.ProcessEnv): Owner | undefined {
  const uid = Number(env.SUDO_UID)
  const gid = Number(env.SUDO_GID)
  return uid > 0 && gid > 0 ? { uid, gid } : undefined
}
