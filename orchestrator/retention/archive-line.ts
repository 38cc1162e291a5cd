// One line of an archive: a saga with its history, as its rows were. The id stands first, so that a
// line can be told from others without being read.
import { orchestratorError } from '../errors.ts'
import type { ArchivedSaga } from '../store/archived-rows.ts'

/** Of the lines, so that another form can follow. */
const form = 1

export function archiveLine(saga: ArchivedSaga): string {
  const { id, history, ...row } = saga
  return `${linePrefix(id)},${JSON.stringify({ ...row, history }).slice(1)}`
}

/** What a line of that saga begins with. */
export function linePrefix(id: string): string {
  return `{"form":${form},"id":"${id}"`
}

/** @throws ARCHIVE_INVALID */
export function readArchiveLine(line: string, file: string): ArchivedSaga {
  const saga = parse(line, file) as Partial<ArchivedSaga & { readonly form: number }>
  const { form: found, ...rest } = saga
  const isWhole =
    found === form &&
    typeof rest.id === 'string' &&
    typeof rest.revision === 'number' &&
    typeof rest.ended_at_ms === 'number' &&
    Array.isArray(rest.history)
  if (!isWhole) throw archiveInvalid(file, 'a line of it holds no saga')
  return rest as ArchivedSaga
}

function parse(line: string, file: string): object {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Without the cause, which quotes the line.
  }
  throw archiveInvalid(file, 'a line of it is no JSON')
}

export function archiveInvalid(file: string, problem: string, cause?: unknown): Error {
  return orchestratorError('ARCHIVE_INVALID', { file, problem }, cause)
}
