// Looks sagas up in a folder of archives, which is only read. One is found by its id: the manifests say
// which file has its range, and of that file only lines of that id are parsed.
import path from 'node:path'
import type { ArchivedSaga } from '../store/archived-rows.ts'
import { readArchiveLines } from './archive-file.ts'
import { linePrefix, readArchiveLine } from './archive-line.ts'
import { readManifests } from './archive-manifest.ts'

/** Null when no archive in the folder has it. @throws ARCHIVE_INVALID */
export async function findArchived(folder: string, id: string): Promise<ArchivedSaga | null> {
  for (const file of await filesWith(folder, id)) {
    for await (const line of readArchiveLines(file)) {
      if (line.startsWith(linePrefix(id))) return readArchiveLine(line, file)
    }
  }
  return null
}

/** Newest first: of a saga that is in several, the last one holds. */
async function filesWith(folder: string, id: string): Promise<readonly string[]> {
  const found = await readManifests(folder)
  return found
    .flatMap(({ folder: own, manifest }) =>
      manifest.files
        .filter(({ first, last }) => first <= id && id <= last)
        .map(({ file }) => path.join(own, file)),
    )
    .toReversed()
}

/** Every saga, oldest first. One that is in several files of its part comes more than once. */
export async function* walkArchived(folder: string): AsyncGenerator<ArchivedSaga> {
  for (const { folder: own, manifest } of await readManifests(folder)) {
    for (const { file } of manifest.files) {
      const place = path.join(own, file)
      for await (const line of readArchiveLines(place)) yield readArchiveLine(line, place)
    }
  }
}
