/** Finds a Java that is new enough for Kafka. Called by bare-kafka.ts. */
import { execFile } from 'node:child_process'
import path from 'node:path'
import { LocalPartsError } from './errors.ts'

const javaMajorMin = 17
const answerLimitMs = 20_000

export type Java = {
  readonly command: string
  /** All it says about itself; a class archive fits only the very same build. */
  readonly versionText: string
}

/** @throws LocalPartsError LOCAL_KAFKA_UNAVAILABLE */
export async function findJava(javaHome: string | undefined): Promise<Java> {
  const places = [...(javaHome ? [path.join(javaHome, 'bin', 'java')] : []), 'java']
  let tooOld: string | undefined
  for (const command of places) {
    const versionText = await versionOf(command)
    const major = Number(/version "(?:1\.)?(\d+)/.exec(versionText)?.[1] ?? 0)
    if (major >= javaMajorMin) return { command, versionText }
    if (major > 0) tooOld ??= `${command} is Java ${major}`
  }
  throw new LocalPartsError('LOCAL_KAFKA_UNAVAILABLE', howToGetKafka(tooOld ?? 'no Java was found'))
}

export function howToGetKafka(lack: string): string {
  return (
    `${lack}, and no Docker engine is in use. Start Docker, or install Java ${javaMajorMin} or ` +
    'newer and Maven, or point KAFKA_BROKERS at a Kafka that runs.'
  )
}

function versionOf(command: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, ['-version'], { timeout: answerLimitMs }, (error, out, err) => {
      resolve(error ? '' : `${out}${err}`)
    })
  })
}
