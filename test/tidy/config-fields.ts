// Reads the settings out of the `config.ts` files, and writes docs/configuration.md from them.
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { markdownTable } from './markdown-table.ts'
import { type CodeFile, root, walk } from './source-tree.ts'

export type Setting = {
  /** The path of the file that lists it. */
  readonly file: string
  readonly env: string
  readonly default: string | null
  readonly unit: string
  readonly why: string
  readonly isSecret: boolean
}

const isConfigFile = ({ path: file }: CodeFile) => /(^|\/)(config|[a-z]+-fields)\.ts$/.test(file)

/** Every object with an `env` and a `why`, as `readConfig` takes them. */
export async function settingsIn(files: readonly CodeFile[]): Promise<readonly Setting[]> {
  const found = files.filter(isConfigFile).flatMap((file) =>
    [...walk(file.ast)]
      .filter(ts.isObjectLiteralExpression)
      .filter((node) => valueOfKey(node, 'env') && valueOfKey(node, 'why'))
      .map((node) => toSetting(file, node)),
  )
  return Promise.all(found)
}

async function toSetting(file: CodeFile, node: ts.ObjectLiteralExpression): Promise<Setting> {
  const initial = valueOfKey(node, 'default')
  return {
    file: file.path,
    env: textOf(valueOfKey(node, 'env')),
    default: initial ? await evaluate(file, initial) : null,
    unit: textOf(valueOfKey(node, 'unit')),
    why: textOf(valueOfKey(node, 'why')),
    isSecret: valueOfKey(node, 'isSecret') !== undefined,
  }
}

function valueOfKey(node: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  return node.properties
    .filter(ts.isPropertyAssignment)
    .find((property) => property.name.getText() === name)?.initializer
}

function textOf(node: ts.Expression | undefined): string {
  return node && ts.isStringLiteralLike(node) ? node.text : ''
}

/** A literal, or something like `defaults.limitMs` that the file imports. */
async function evaluate(file: CodeFile, node: ts.Expression): Promise<string> {
  if (ts.isStringLiteralLike(node)) return node.text
  if (!ts.isPropertyAccessExpression(node)) return node.getText().replaceAll('_', '')
  const owner = node.expression.getText()
  const from = file.ast.statements
    .filter(ts.isImportDeclaration)
    .find(({ importClause }) => importClause?.getText().match(`\\b${owner}\\b`))
  if (!from) return node.getText()
  const target = path.join(path.dirname(file.path), textOf(from.moduleSpecifier))
  const module = await import(pathToFileURL(path.join(root, target)).href)
  return String(module[owner][node.name.text])
}

export type LocalSetting = { readonly file: string; readonly env: string; readonly why: string }

/** Settings of files that read single variables: `env.NAME`, told in a docstring `NAME: …`. */
export function localSettingsIn(files: readonly CodeFile[]): readonly LocalSetting[] {
  return files.filter(isConfigFile).flatMap((file) => {
    const names = [...file.text.matchAll(/\benv\.([A-Z][A-Z0-9_]+)/g)].map(([, name]) => name ?? '')
    return [...new Set(names)].map((env) => ({ file: file.path, env, why: whyOf(file, env) }))
  })
}

function whyOf({ text }: CodeFile, env: string): string {
  const comments = [...text.matchAll(/\/\*\*\s*([A-Z][A-Z0-9_]+[\s\S]*?)\s*\*\//g)]
  const comment = comments.find(([, words = '']) => words.split(':')[0]?.includes(env))?.[1] ?? ''
  return comment.replace(/\s*\n\s*\*\s*/g, ' ').replace(/^[^:]*?(,[^:]*)?: /, '')
}

const intro = `# Configuration

Every program takes its settings from environment variables, checks all of them before it does
anything else, and names every problem at once. It logs the settings that it runs with, secrets
left out. Where the column _Default_ is empty the variable must be set.

The programs and their start commands are in [the README](../README.md). This page is written from
the \`config.ts\` files, by \`npm test -- test/tidy/configuration.test.ts -u\`.
`

const titles: readonly (readonly [pattern: RegExp, title: string, text: string])[] = [
  [/^messaging\//, 'Every program', 'Kafka, Postgres and the log.'],
  [/^orchestrator\/(?!cli\/)/, 'The orchestrator', '`npm start`, and `npm run migrate` before it.'],
  [
    /^orchestrator\/cli\//,
    'The command line',
    '`npm run sagaline -- <command>`. It also takes the settings of Kafka and the encryption keys above.',
  ],
  [
    /^services\/(shared|orders)\//,
    'The services',
    'Their `KAFKA_CLIENT_ID` is `orders`, `payments` or `customers-view` unless it is set.',
  ],
  [/^services\/payments\//, 'The payment service alone', ''],
  [/^services\/place-order\//, 'The saga place-order', 'Read by the orchestrator that runs it.'],
  [/^services\/(demo|system)\//, 'The demo', '`npm run demo`.'],
  [/^bench\//, 'The benchmark', '`npm run bench`.'],
  [
    /^local\//,
    'Local parts',
    'Read by `npm run demo`, `npm test`, `npm run bench`, `npm run local`.',
  ],
]

export function configurationPage(
  settings: readonly Setting[],
  local: readonly LocalSetting[],
): string {
  const sections = titles.flatMap(([pattern, title, text]) => {
    const fields = settings.filter(({ file }) => pattern.test(file))
    const others = local.filter(({ file }) => pattern.test(file))
    if (fields.length + others.length === 0) return []
    const parts = [`## ${title}`, text, fieldTable(fields), otherTable(others)]
    return [`${parts.filter((part) => part !== '').join('\n\n')}\n`]
  })
  return [intro, ...sections].join('\n')
}

function fieldTable(fields: readonly Setting[]): string {
  if (fields.length === 0) return ''
  const rows = fields.map((field) => {
    const why = field.isSecret ? `${field.why} A secret.` : field.why
    return [`\`${field.env}\``, initialOf(field), why]
  })
  return markdownTable(['Variable', 'Default', 'What it does'], rows)
}

function initialOf(field: Setting): string {
  if (field.default === null) return ''
  if (field.default === 'null' || field.default === '') return 'none'
  return `\`${field.default}\`${field.unit === '' ? '' : ` ${field.unit}`}`
}

function otherTable(others: readonly LocalSetting[]): string {
  if (others.length === 0) return ''
  const rows = others.map(({ env, why }) => [`\`${env}\``, why])
  return markdownTable(['Variable', 'What it does'], rows)
}
