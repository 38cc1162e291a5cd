// Which modules of a folder have sagas, by their names: a module that is looked at is run, so those
// that are not called like one are left alone.
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { type Call, type Flag, flagTexts, type Terminal } from '../command.ts'
import { cliError } from '../errors.ts'

export const definitionFlags: Readonly<Record<string, Flag>> = {
  definitions: {
    value: 'FILE',
    isRepeatable: true,
    help: 'A module that exports sagas; else SAGALINE_DEFINITIONS, else those of this folder.',
  },
}

/** `saga.ts`, `sagas.js`, `order.saga.ts`, and all of a folder `sagas`; never tests or types. */
const namedLikeOne = /(^|[/.])sagas?\.m?[jt]s$|(^|\/)sagas\/[^/]+\.m?[jt]s$/
const isOther = /\.(test|spec|d)\.m?[jt]s$|\.d\.m?ts$/
const skippedFolders = /^(\.|node_modules$|dist$|build$|out$|coverage$|test$|tests$|__tests__$)/
const depthMax = 4

/** As paths from `folder`, in their order. */
export async function findDefinitions(folder: string): Promise<readonly string[]> {
  const { files } = await walk(folder)
  return files.filter((file) => namedLikeOne.test(file) && !isOther.test(file)).sort()
}

/** Those that code may be in, as paths from `folder`. */
export async function foldersBelow(folder: string): Promise<readonly string[]> {
  return (await walk(folder)).folders
}

type Found = { readonly files: string[]; readonly folders: string[] }

/** Level by level, a few levels deep. */
async function walk(root: string): Promise<Found> {
  const found: Found = { files: [], folders: [] }
  let level = ['']
  for (let depth = 0; depth <= depthMax && level.length > 0; depth += 1) {
    const next: string[] = []
    for (const below of level) {
      for (const entry of await readdir(path.join(root, below), { withFileTypes: true })) {
        const place = path.posix.join(below, entry.name)
        if (entry.isFile()) found.files.push(place)
        else if (entry.isDirectory() && !skippedFolders.test(entry.name)) next.push(place)
      }
    }
    found.folders.push(...next)
    level = next
  }
  return found
}

/** Words, flag, environment, folder: the first that says any. @throws DEFINITIONS_MISSING */
export async function definitionFiles(
  call: Call,
  terminal: Terminal,
  words: readonly string[] = [],
): Promise<readonly string[]> {
  const given = [...words, ...flagTexts(call, 'definitions')]
  if (given.length > 0) return given
  const { definitions } = terminal.config()
  if (definitions !== null) return definitions
  const folder = process.cwd()
  const found = await findDefinitions(folder)
  if (found.length === 0) throw cliError('DEFINITIONS_MISSING', { folder })
  return found
}
