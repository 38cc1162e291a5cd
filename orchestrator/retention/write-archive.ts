// Writes a part of the history to its folder in an archive, file by file. Cut short, it goes on after
// the last whole file.
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Db } from '../../messaging/db.ts'
import { type ArchivedSaga, readArchivedSagas } from '../store/archived-rows.ts'
import type { HistoryPart } from '../store/history-parts.ts'
import { writeArchiveFile } from './archive-file.ts'
import { archiveInvalid } from './archive-line.ts'
import { type Manifest, readManifest, writeManifest } from './archive-manifest.ts'

/** Few enough that one saga is found in a file within a moment. */
const fileSagasMax = 2_000
/** Sagas that are read at once, with all of their history. */
const pageSagas = 50

export const beforeAll = '00000000-0000-0000-0000-000000000000'

export type ArchiveGiven = {
  readonly db: Db
  /** Of all archives; each part has a folder of its own there. */
  readonly folder: string
  readonly onFile?: (sagas: number) => void
}

/** Every saga of it that has ended, once; answers what is there. @throws ARCHIVE_INVALID */
export async function archivePart(given: ArchiveGiven, part: HistoryPart): Promise<Manifest> {
  const known = await begin(given, part)
  if (known.isWhole) return known
  return write(given, part, known)
}

/** Those that are still in the database, after they were all written: they have moved since. */
export async function archiveRest(given: ArchiveGiven, part: HistoryPart): Promise<Manifest> {
  return write(given, part, await begin(given, part), beforeAll)
}

async function begin({ folder }: ArchiveGiven, part: HistoryPart): Promise<Manifest> {
  const { name, low, high } = part
  const own = path.join(folder, name)
  await mkdir(own, { recursive: true })
  const known = await readManifest(own)
  const empty = { form: 1, part: name, low, high, isWhole: false, definitions: [], files: [] }
  if (known === null) return empty as Manifest
  const isSame = known.part === name && known.low === low && known.high === high
  if (!isSame) throw archiveInvalid(own, 'it is of another part')
  return known
}

async function write(
  given: ArchiveGiven,
  part: HistoryPart,
  known: Manifest,
  from = known.files.at(-1)?.last ?? beforeAll,
): Promise<Manifest> {
  const own = path.join(given.folder, part.name)
  const counts = new Map(known.definitions.map((one) => [keyOf(one), one]))
  let manifest = known
  let after = from
  // Each file takes sagas away from a part that gets no new ones.
  for (;;) {
    const file = `part-${String(manifest.files.length + 1).padStart(5, '0')}.jsonl.gz`
    const sagas = counted(counts, pagesOf(given.db, part, after))
    const written = await writeArchiveFile(path.join(own, file), sagas)
    const files = written === null ? manifest.files : [...manifest.files, { file, ...written }]
    const isWhole = written === null || written.sagas < fileSagasMax
    manifest = { ...manifest, isWhole, files, definitions: [...counts.values()] }
    await writeManifest(own, manifest)
    given.onFile?.(written?.sagas ?? 0)
    if (isWhole || written === null) return manifest
    after = written.last
  }
}

/** As many as go into one file. */
async function* pagesOf(
  db: Db,
  { low, high }: HistoryPart,
  from: string,
): AsyncGenerator<ArchivedSaga> {
  let after = from
  for (let count = 0; count < fileSagasMax; ) {
    const limit = Math.min(pageSagas, fileSagasMax - count)
    const page = await readArchivedSagas(db, { low, high, after, limit })
    yield* page
    count += page.length
    after = page.at(-1)?.id ?? after
    if (page.length < limit) return
  }
}

type Counted = Map<string, Manifest['definitions'][number]>

async function* counted(
  counts: Counted,
  sagas: AsyncIterable<ArchivedSaga>,
): AsyncGenerator<ArchivedSaga> {
  for await (const saga of sagas) {
    const definition = { name: saga.name, version: saga.version, hash: saga.definition_hash }
    const known = counts.get(keyOf(definition))?.sagas ?? 0
    counts.set(keyOf(definition), { ...definition, sagas: known + 1 })
    yield saga
  }
}

function keyOf({ name, version, hash }: Omit<Manifest['definitions'][number], 'sagas'>): string {
  return `${name}@${version}#${hash}`
}
