// Reads docker-compose.yml and the Dockerfile, and finds what could not work, without an engine:
// programs, settings, images, health checks and names that are not there.
import path from 'node:path'
import { parse } from 'yaml'
import { importsOf } from './check-imports.ts'
import type { Setting } from './config-fields.ts'
import type { CodeFile } from './source-tree.ts'

export type Container = {
  readonly image: string
  readonly build?: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, unknown>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly configs?: readonly { readonly source: string }[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[] }
}

export type Compose = {
  readonly services: Readonly<Record<string, Container>>
  readonly configs?: Readonly<Record<string, unknown>>
  readonly volumes?: Readonly<Record<string, unknown>>
}

/** @throws an error of the YAML parser, with the line. */
export function parseCompose(text: string): Compose {
  return parse(text, { merge: true })
}

export type Project = {
  readonly files: readonly CodeFile[]
  readonly settings: readonly Setting[]
}

/** The keys in use; one more is first looked up in the Compose specification, then added here. */
const known = {
  compose: ['name', 'services', 'configs', 'volumes'],
  service: [
    ...['image', 'build', 'command', 'environment', 'ports', 'volumes', 'configs', 'depends_on'],
    ...['healthcheck', 'restart', 'stop_grace_period'],
  ],
  healthcheck: ['test', 'interval', 'timeout', 'retries', 'start_period'],
}

function keyProblems(kind: keyof typeof known, value: object = {}): readonly string[] {
  return Object.keys(value)
    .filter((key) => !known[kind].includes(key) && !key.startsWith('x-'))
    .map((key) => `the ${kind} key ${key} is not known`)
}

/** Everything that does not fit, one line each. */
export function problemsIn(compose: Compose, project: Project): readonly string[] {
  return [...keyProblems('compose', compose), ...serviceProblems(compose, project)]
}

function serviceProblems(compose: Compose, project: Project): readonly string[] {
  return Object.entries(compose.services).flatMap(([name, container]) =>
    [
      ...keyProblems('service', container),
      ...keyProblems('healthcheck', container.healthcheck),
      ...imageProblems(container),
      ...textProblems(container),
      ...dependencyProblems(compose, container),
      ...storageProblems(compose, container),
      ...(container.build === undefined ? [] : programProblems(container, project)),
      ...healthProblems(container, project),
    ].map((problem) => `${name}: ${problem}`),
  )
}

function imageProblems({ image, build, ports = [] }: Container): readonly string[] {
  const isPinned = build !== undefined || /^[\w./-]+:\d+\.\d+(\.\d+)?(-\w+)?$/.test(image)
  return [
    ...(isPinned ? [] : [`the image ${image} is not pinned`]),
    ...ports
      .filter((port) => !port.startsWith('127.0.0.1:'))
      .map((port) => `the port ${port} is open to other machines`),
  ]
}

/** A colon in the wrong place makes YAML read an object where a text was meant. */
function textProblems({ command = [], healthcheck, ports = [], volumes = [] }: Container) {
  const texts: readonly unknown[] = [...command, ...(healthcheck?.test ?? []), ...ports, ...volumes]
  return texts
    .filter((text) => typeof text !== 'string')
    .map((text) => `${JSON.stringify(text)} is no text`)
}

function dependencyProblems({ services }: Compose, container: Container): readonly string[] {
  return Object.entries(container.depends_on ?? {}).flatMap(([name, { condition }]) => {
    const other = services[name]
    if (!other) return [`waits for ${name}, which is not there`]
    const isCheckable = condition !== 'service_healthy' || other.healthcheck !== undefined
    return isCheckable ? [] : [`waits for the health of ${name}, which has no check`]
  })
}

function storageProblems(compose: Compose, container: Container): readonly string[] {
  const volumes = (container.volumes ?? []).map((volume) => volume.split(':')[0] ?? '')
  const configs = (container.configs ?? []).map(({ source }) => source)
  const isThere = (names: object | undefined, name: string) => Object.hasOwn(names ?? {}, name)
  return [
    ...volumes.filter((name) => !isThere(compose.volumes, name)),
    ...configs.filter((name) => !isThere(compose.configs, name)),
  ].map((name) => `${name} is not declared`)
}

function programProblems(container: Container, { files, settings }: Project): readonly string[] {
  const { command = [], environment = {} } = container
  const [node, program = '', argument] = withoutFlags(command)
  const file = files.find((candidate) => candidate.path === program)
  if (node !== 'node' || !file) return [`${command.join(' ')} cannot be run`]
  const definitions = String(environment['SAGALINE_DEFINITIONS'] ?? '')
    .split(',')
    .filter((definition) => definition !== '')
  const reached = filesBehind([program, ...definitions], files)
  const read = settings.filter(({ file: from }) => reached.has(from))
  const missing = read.filter((field) => field.default === null && !(field.env in environment))
  const names = new Set(read.map(({ env }) => env))
  return [
    ...(argument && !file.text.includes(`'${argument}'`)
      ? [`${program} knows no ${argument}`]
      : []),
    ...definitions.filter((one) => !reached.has(one)).map((one) => `${one} is not there`),
    ...Object.keys(environment)
      .filter((name) => !names.has(name))
      .map((name) => `${program} knows no setting ${name}`),
    ...new Set(missing.map(({ env }) => `${program} needs ${env}`)),
  ]
}

/** The program and its arguments, without the flags of Node before them. */
export function withoutFlags([node = '', ...rest]: readonly string[]): readonly string[] {
  return [node, ...rest.slice(rest.findIndex((text) => !String(text).startsWith('--')))]
}

/** What is loaded when these files are run. */
export function filesBehind(
  programs: readonly string[],
  files: readonly CodeFile[],
): ReadonlySet<string> {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const reached = new Set<string>()
  const visit = (name: string): void => {
    const file = byPath.get(name)
    if (!file || reached.has(name)) return
    reached.add(name)
    for (const { specifier, isTypeOnly } of importsOf(file)) {
      if (specifier.startsWith('.') && !isTypeOnly) {
        visit(path.posix.join(path.posix.dirname(name), specifier))
      }
    }
  }
  for (const program of programs) visit(program)
  return reached
}

function healthProblems({ healthcheck, command = [] }: Container, { files }: Project) {
  const test = healthcheck?.test.join(' ') ?? ''
  const found = /https?:\/\/127\.0\.0\.1:\d+(\/[\w/.-]+)/.exec(test)?.[1]
  if (found === undefined) return []
  const reached = filesBehind([withoutFlags(command)[1] ?? ''], files)
  const isServed = files.some(
    ({ path: file, text }) => reached.has(file) && text.includes(`'${found}'`),
  )
  return isServed ? [] : [`nothing is served at ${found}`]
}

export type Dockerfile = {
  /** Of every stage. */
  readonly images: readonly string[]
  /** Copied from the checkout into the last stage. */
  readonly copied: readonly string[]
  readonly user: string
  readonly command: readonly string[]
}

export function parseDockerfile(text: string): Dockerfile {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/))
  const of = (name: string) =>
    lines.filter(([first]) => first === name).map((line) => line.slice(1))
  const last = text.slice(text.lastIndexOf('\nFROM '))
  const copies = [...last.matchAll(/^COPY (?!--)(.+)$/gm)].map(([, names = '']) => names.split(' '))
  return {
    images: of('FROM').map(([image = '']) => image),
    copied: copies.flatMap((names) => names.slice(0, -1)),
    user: of('USER').at(-1)?.[0] ?? 'root',
    command: JSON.parse(of('CMD').at(-1)?.join(' ') ?? '[]'),
  }
}
