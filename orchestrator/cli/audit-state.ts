// The file of `--state`: how far an audit came, and with what it was done. Written whole or not
// at all, by renaming, so that a crash leaves the one before.
import { readFile, rename, writeFile } from 'node:fs/promises'
import { orchestratorError } from '../errors.ts'

/** With what was looked: when that differs, what was judged before was not judged alike. */
export type AuditMeans = {
  readonly database: string
  readonly services: readonly string[]
  /** As `name@version#hash`. */
  readonly definitions: readonly string[]
  readonly hasTopics: boolean
}

export type AuditState = AuditMeans & {
  readonly form: 1
  /** By the clock of the orchestrator's database, ms since the epoch. */
  readonly auditedUntil: number
  /** Sagas with a breach, and those that could not be judged: they are looked at each time. */
  readonly again: readonly string[]
}

/** Null when there is none yet. @throws AUDIT_STATE_INVALID */
export async function readAuditState(file: string): Promise<AuditState | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw invalid(file, error.message, error)
  })
  if (text === null) return null
  try {
    const state = JSON.parse(text) as Partial<AuditState> | null
    const { form, auditedUntil, again } = state ?? {}
    if (form === 1 && typeof auditedUntil === 'number' && Array.isArray(again)) {
      return state as AuditState
    }
  } catch (error) {
    throw invalid(file, 'it is no JSON', error)
  }
  throw invalid(file, 'it is none of an audit')
}

export async function writeAuditState(file: string, state: AuditState): Promise<void> {
  try {
    await writeFile(`${file}.new`, `${JSON.stringify(state)}\n`)
    await rename(`${file}.new`, file)
  } catch (error) {
    throw invalid(file, error instanceof Error ? error.message : String(error), error)
  }
}

function invalid(file: string, problem: string, cause?: unknown): Error {
  return orchestratorError('AUDIT_STATE_INVALID', { file, problem }, cause)
}

/** In words, what is looked at with other means than the last time; null when nothing is. */
export function changedMeans(before: AuditMeans, now: AuditMeans): string | null {
  const differs = (name: keyof AuditMeans) =>
    JSON.stringify(before[name]) !== JSON.stringify(now[name])
  if (differs('database')) return 'it is of another database'
  if (differs('services')) return 'other services are given'
  if (differs('definitions')) return 'other definitions are loaded'
  return now.hasTopics && !before.hasTopics ? 'the topic was not read' : null
}
