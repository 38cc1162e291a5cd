/**
 * Java's archive of Kafka's classes, which halves the start of a broker. Made once for each Java
 * by running a broker for a moment, and kept beside the jars. Called by bare-kafka.ts.
 */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { formattedBroker } from './broker-process.ts'
import { clusterId } from './cluster-id.ts'
import { reasonOf } from './errors.ts'
import type { Java } from './find-java.ts'
import { freePorts } from './free-ports.ts'
import type { KafkaJars } from './kafka-jars.ts'
import { type Report, seconds } from './report.ts'

/** The archive's path, or undefined where it could not be made: Kafka runs without it too. */
export async function classArchive(
  java: Java,
  jars: KafkaJars,
  report: Report,
): Promise<string | undefined> {
  const build = createHash('sha256').update(java.versionText).digest('hex').slice(0, 8)
  const archive = path.join(jars.folder, `classes-${build}.jsa`)
  if (existsSync(archive)) return archive
  const startedAt = performance.now()
  try {
    await record(java, jars, archive)
    report(`kafka: class archive for faster starts made in ${seconds(startedAt)}, once`)
    return archive
  } catch (error) {
    report(`kafka: no class archive, starts take longer (${reasonOf(error)})`)
    return undefined
  }
}

async function record(java: Java, jars: KafkaJars, archive: string): Promise<void> {
  const [client = 0, controller = 0] = await freePorts(2)
  const making = `${archive}.${randomBytes(6).toString('hex')}`
  const broker = await formattedBroker({
    program: { java, jars, archive: undefined },
    clusterId: clusterId(),
    nodeId: 1,
    ports: [{ client, controller }],
    report: () => {},
    // Relative: written into the broker's home folder, which goes away whatever happens.
    extraFlags: ['-XX:ArchiveClassesAtExit=classes.jsa'],
  })
  try {
    await broker.start()
    await broker.stop()
    await copyFile(path.join(broker.dataDir, 'classes.jsa'), making)
    await rename(making, archive)
  } finally {
    await Promise.all([broker.remove(), rm(making, { force: true })])
  }
}
