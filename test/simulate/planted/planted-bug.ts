// A bug that is planted to see whether the simulation finds it: a text of a source file, and what
// stands there instead while that file is loaded.
import { registerHooks } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

export type PlantedBug = {
  readonly name: string
  /** From the root of the repository. */
  readonly file: string
  /** Must be there exactly once. */
  readonly find: string
  readonly put: string
}

const root = path.join(import.meta.dirname, '..', '..', '..')

/** From now on the file is loaded with the bug in it; it must not have been loaded before. */
export function plant({ name, file, find, put }: PlantedBug): void {
  const planted = pathToFileURL(path.join(root, file)).href
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (url !== planted) return loaded
      const text = String(loaded.source)
      if (text.split(find).length !== 2) {
        throw new Error(`the place for the bug '${name}' is not there exactly once in ${file}`)
      }
      return { ...loaded, source: text.replace(find, () => put) }
    },
  })
}
