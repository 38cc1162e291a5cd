// Waits for changes of code below a folder. Folders of what is fetched or built are left alone.
import { watch } from 'node:fs'
import path from 'node:path'
import type { Clock } from '../../../messaging/clock.ts'
import { foldersBelow } from '../definitions/find-definitions.ts'

/** An editor writes a file in several steps. */
const quietMs = 300
/** Each takes a watch of the system; what is beyond is not looked at. */
const foldersMax = 500

const isCode = /\.(m?[jt]s|json)$/

export type Watched = {
  readonly folder: string
  /** Those of other folders are watched too. */
  readonly files: readonly string[]
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Calls back with the file, once for changes that come together; until the signal is aborted. */
export async function watchFolder(
  { folder, files, clock, signal }: Watched,
  onChange: (file: string) => Promise<void>,
): Promise<void> {
  const below = (await foldersBelow(folder)).map((name) => path.join(folder, name))
  const others = files.map((file) => path.dirname(path.resolve(folder, file)))
  const folders = [...new Set([folder, ...below, ...others])].slice(0, foldersMax)
  let changed: string | null = null
  let wake: () => void = () => undefined
  for (const place of folders) {
    const watcher = watch(place, { signal }, (_, name) => {
      if (name === null || !isCode.test(name)) return
      changed = path.relative(folder, path.join(place, name))
      wake()
    })
    // A folder that is removed is watched no longer.
    watcher.on('error', () => watcher.close())
  }
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
  while (!signal.aborted) {
    if (changed === null) {
      const told = new Promise<void>((resolve) => {
        wake = resolve
      })
      await Promise.race([told, aborted])
      await clock.wait(quietMs, signal)
      continue
    }
    const file = changed
    changed = null
    if (!signal.aborted) await onChange(file)
  }
}
