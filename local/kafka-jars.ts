/**
 * Apache Kafka's jars, fetched by Maven once and kept in the cache. Two processes may fill the
 * cache at once: each builds a folder of its own and renames it into place. Called by
 * bare-kafka.ts.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, rename } from 'node:fs/promises'
import path from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import type { LocalConfig } from './config.ts'
import { LocalPartsError, reasonOf } from './errors.ts'
import { howToGetKafka } from './find-java.ts'
import { kafkaVersion } from './kafka-settings.ts'
import { KeeperLink } from './keeper-link.ts'
import { explained } from './kept-server.ts'
import { type Report, seconds, stillWorking } from './report.ts'

const downloadLimitMs = 10 * 60_000
const pomFile = path.join(import.meta.dirname, 'kafka-pom.xml')
const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'

export type KafkaJars = {
  /** Kafka's folder in the cache, named after the version and what the pom asks for. */
  readonly folder: string
  readonly classPath: string
}

/** @throws LocalPartsError LOCAL_KAFKA_UNAVAILABLE */
export async function kafkaJars(config: LocalConfig, report: Report): Promise<KafkaJars> {
  const cache = await cacheFolder(config.cacheHome)
  const fingerprint = createHash('sha256')
    .update(await readFile(pomFile))
    .digest('hex')
    .slice(0, 8)
  const folder = path.join(cache, `kafka-${kafkaVersion}-${fingerprint}`)
  if (!existsSync(folder)) await fill(folder, report)
  return { folder, classPath: path.join(folder, 'jars', '*') }
}

async function fill(folder: string, report: Report): Promise<void> {
  const startedAt = performance.now()
  report(`kafka: fetching Apache Kafka ${kafkaVersion} with Maven, 37 MB, once, to ${folder}`)
  // The half-filled folder is a keeper's home, so that an interrupted download leaves nothing.
  const keeper = await KeeperLink.open({ homePrefix: `${folder}.filling-` })
  const quiet = stillWorking(report, 'kafka: still fetching')
  try {
    await download(keeper)
    await moveIntoPlace(path.join(keeper.home, 'filled'), folder)
    report(`kafka: fetched in ${seconds(startedAt)}`)
  } finally {
    clearInterval(quiet)
    await keeper.close()
  }
}

async function download(keeper: KeeperLink): Promise<void> {
  const filled = path.join(keeper.home, 'filled')
  await mkdir(path.join(filled, 'jars'), { recursive: true })
  await copyFile(pomFile, path.join(keeper.home, 'pom.xml'))
  const args = [
    '--batch-mode',
    '--strict-checksums',
    '--file',
    path.join(keeper.home, 'pom.xml'),
    // A repository of its own: two Mavens at once spoil a shared one, and the home folder of the
    // user may not exist.
    `-Dmaven.repo.local=${path.join(keeper.home, 'repository')}`,
    copyGoal,
    '-DincludeScope=runtime',
    `-DoutputDirectory=${path.join(filled, 'jars')}`,
  ]
  try {
    await keeper.order({ type: 'run', command: { command: 'mvn', args }, limitMs: downloadLimitMs })
  } catch (error) {
    const detail = reasonOf(error).includes('ENOENT')
      ? howToGetKafka('Java is here but Maven (mvn) was not found')
      : `${howToGetKafka('Maven could not fetch Kafka')}\n${explained('mvn', error).message}`
    throw new LocalPartsError('LOCAL_KAFKA_UNAVAILABLE', detail, { cause: error })
  }
}

async function moveIntoPlace(filled: string, folder: string): Promise<void> {
  try {
    await rename(filled, folder)
  } catch (error) {
    // Another process was first; its folder holds the same.
    if (!existsSync(folder)) throw error
  }
}
