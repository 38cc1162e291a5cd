// Whether an archived part can be relied on: every file has its bytes, every line is a whole saga with
// a history without a gap, and there are as many as the manifest says.
import path from 'node:path'
import type { ArchivedSaga } from '../store/archived-rows.ts'
import { checkArchiveBytes, readArchiveLines } from './archive-file.ts'
import { archiveInvalid, readArchiveLine } from './archive-line.ts'
import type { ArchiveFile, Manifest } from './archive-manifest.ts'

export type Verified = { readonly sagas: number; readonly entries: number }

/** `onSaga` is told of each. @throws ARCHIVE_INVALID at the first thing that is not so. */
export async function verifyPart(
  folder: string,
  manifest: Manifest,
  onSaga: (saga: ArchivedSaga) => void = () => undefined,
): Promise<Verified> {
  if (!manifest.isWhole) throw archiveInvalid(folder, 'it was not written to its end')
  const total = { sagas: 0, entries: 0 }
  for (const known of manifest.files) {
    const file = path.join(folder, known.file)
    await checkArchiveBytes(file, known)
    const found = await verifyFile(file, known, onSaga)
    total.sagas += found.sagas
    total.entries += found.entries
  }
  return total
}

async function verifyFile(
  file: string,
  known: ArchiveFile,
  onSaga: (saga: ArchivedSaga) => void,
): Promise<Verified> {
  const found = { sagas: 0, entries: 0 }
  let last = ''
  for await (const line of readArchiveLines(file)) {
    const saga = readArchiveLine(line, file)
    if (saga.id <= last) throw archiveInvalid(file, 'its sagas are not in the order of their ids')
    const isWhole = saga.history.every(({ seq }, index) => seq === index + 1)
    if (!isWhole || saga.history.length !== saga.revision) {
      throw archiveInvalid(file, `the history of ${saga.id} has a gap`)
    }
    last = saga.id
    found.sagas += 1
    found.entries += saga.history.length
    onSaga(saga)
  }
  const isAsKnown = found.sagas === known.sagas && found.entries === known.entries
  if (!isAsKnown || last !== known.last) throw archiveInvalid(file, 'it has other sagas')
  return found
}
