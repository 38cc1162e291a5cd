// Reads the tables of errors out of the code, and writes docs/errors.md from them.
import ts from 'typescript'
import { markdownTable } from './markdown-table.ts'
import { type CodeFile, walk } from './source-tree.ts'

export type ErrorRow = {
  /** The path of the table. */
  readonly table: string
  readonly code: string
  readonly message: string
  /** Not there for errors that never leave a command line. */
  readonly status: number | null
  readonly isRetryable: boolean | null
}

const upperCase = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/

/** Every entry of every object whose keys are codes. */
export function errorRows(files: readonly CodeFile[]): readonly ErrorRow[] {
  return files
    .filter(({ path }) => path.endsWith('/errors.ts'))
    .flatMap((file) =>
      [...walk(file.ast)]
        .filter(ts.isPropertyAssignment)
        .filter(({ name }) => upperCase.test(name.getText()))
        .map((property) => toRow(file.path, property)),
    )
}

function toRow(table: string, { name, initializer }: ts.PropertyAssignment): ErrorRow {
  const code = name.getText()
  if (ts.isStringLiteralLike(initializer)) {
    return { table, code, message: initializer.text, status: null, isRetryable: null }
  }
  const field = (wanted: string): ts.Expression | undefined =>
    ts.isObjectLiteralExpression(initializer)
      ? initializer.properties
          .filter(ts.isPropertyAssignment)
          .find((property) => property.name.getText() === wanted)?.initializer
      : undefined
  const message = field('message')
  return {
    table,
    code,
    message: message && ts.isStringLiteralLike(message) ? message.text : '',
    status: Number(field('status')?.getText() ?? Number.NaN),
    isRetryable: field('retryable')?.getText() === 'true',
  }
}

export function problemsOf(rows: readonly ErrorRow[]): readonly string[] {
  const seen = new Map<string, string>()
  return rows.flatMap(({ table, code, message, status }) => {
    const other = seen.get(code)
    seen.set(code, table)
    return [
      ...(other === undefined ? [] : [`${code} is in ${other} and in ${table}`]),
      ...(message === '' ? [`${table}: ${code} has no message`] : []),
      ...(status !== null && !(status >= 400 && status < 600) ? [`${code} has no status`] : []),
    ]
  })
}

/** In the order of the page. */
const titles: Readonly<Record<string, string>> = {
  orchestrator: 'Orchestrator',
  participant: 'Participant',
  messaging: 'Messaging: configuration, Kafka, Postgres',
  testing: 'Testing',
  services: 'The example services',
  local: 'Local parts: demo, tests, benchmarks',
}

const intro = `# Errors

Everything that Sagaline refuses or fails at on purpose has a stable code. REST answers with an
RFC 9457 problem document whose \`code\` is the one here and whose status is the one in the table.
A participant that could not carry out a command puts the code into its reply; a record that
nobody can handle is kept in the table \`dead_letters\` with the code and the reason.

_Again?_ says whether the same call may succeed later without a change. Words in braces are filled
in. This page is written from the tables in the code, by
\`npm test -- test/tidy/errors.test.ts -u\`.
`

export function errorsPage(rows: readonly ErrorRow[]): string {
  const sections = Object.entries(titles).map(([room, title]) => {
    const entries = rows.filter(({ table }) => table.startsWith(`${room}/`))
    const table = entries[0]?.table ?? ''
    return `## ${title}\n\nFrom \`${table}\`.\n\n${tableOf(entries)}\n`
  })
  return [intro, ...sections].join('\n')
}

function tableOf(entries: readonly ErrorRow[]): string {
  const text = (message: string) => message.replaceAll('\n', ' ').trim()
  if (entries.every(({ status }) => status === null)) {
    const rows = entries.map(({ code, message }) => [`\`${code}\``, text(message)])
    return markdownTable(['Code', 'Message'], rows)
  }
  const rows = entries.map(({ code, status, isRetryable, message }) => {
    return [`\`${code}\``, String(status), isRetryable ? 'yes' : 'no', text(message)]
  })
  return markdownTable(['Code', 'Status', 'Again?', 'Message'], rows)
}
