/**
 * The Java command lines of Kafka: to format a data folder, and to run a broker. The flags cut
 * memory and start-up time, which is right for tests and demos. Called by broker-process.ts.
 */
import path from 'node:path'
import type { Java } from './find-java.ts'
import type { KafkaJars } from './kafka-jars.ts'
import type { KeptCommand } from './keeper-messages.ts'

export const brokerReadyText = 'Kafka Server started'

export type KafkaProgram = {
  readonly java: Java
  readonly jars: KafkaJars
  /** Classes already parsed; without it everything works, half as fast at the start. */
  readonly archive: string | undefined
}

const javaFlags = [
  '-Xms32m',
  '-Xmx192m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:ReservedCodeCacheSize=48m',
  '-Xss512k',
  '-Xlog:disable',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  // The one line that says that the broker answers is logged as information.
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
]

/**
 * After those, for a broker under load: all of Java's compilers, as brokers have in production, and a
 * heap that is not always full. Three quarters of the broker's CPU at 1,700 sagas a second.
 */
export const loadFlags: readonly string[] = [
  '-XX:TieredStopAtLevel=4',
  '-XX:ReservedCodeCacheSize=240m',
  '-Xms256m',
  '-Xmx512m',
]

export function formatCommand(
  program: KafkaProgram,
  home: string,
  given: { readonly clusterId: string; readonly formatArgs?: readonly string[] | undefined },
): KeptCommand {
  const args = ['format', '--cluster-id', given.clusterId, '--config', settingsFile(home)]
  const all = ['kafka.tools.StorageTool', ...args, ...(given.formatArgs ?? [])]
  return kafkaCommand(program, [], all)
}

export function brokerCommand(
  program: KafkaProgram,
  home: string,
  extraFlags: readonly string[] = [],
): KeptCommand {
  return kafkaCommand(program, extraFlags, ['kafka.Kafka', settingsFile(home)])
}

export function settingsFile(home: string): string {
  return path.join(home, 'server.properties')
}

function kafkaCommand(
  { java, jars, archive }: KafkaProgram,
  extraFlags: readonly string[],
  mainAndArgs: readonly string[],
): KeptCommand {
  const archived = archive === undefined ? [] : [`-XX:SharedArchiveFile=${archive}`]
  const classPath = ['-cp', jars.classPath]
  return {
    command: java.command,
    args: [...javaFlags, ...archived, ...extraFlags, ...classPath, ...mainAndArgs],
  }
}
