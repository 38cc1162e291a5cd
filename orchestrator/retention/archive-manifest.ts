// The manifest of an archived part: which files it has, what is in each, and their checksums. Written
// whole or not at all, after the files that it names, so that a crash leaves what was there before.
import { createHash } from 'node:crypto'
import { open, readdir, readFile, rename } from 'node:fs/promises'
import path from 'node:path'
import { archiveInvalid } from './archive-line.ts'

export const manifestName = 'manifest.json'

export type ArchiveFile = {
  readonly file: string
  readonly sha256: string
  /** Compressed. */
  readonly bytes: number
  readonly sagas: number
  readonly entries: number
  /** Ids of its first and last saga; they are in order. */
  readonly first: string
  readonly last: string
}

export type ArchivedDefinition = {
  readonly name: string
  readonly version: number
  readonly hash: string
  readonly sagas: number
}

export type Manifest = {
  readonly form: 1
  /** The part of the history, and its ids: `low` is in it, `high` is not. */
  readonly part: string
  readonly low: string
  readonly high: string
  /** Every saga of the part was written once. */
  readonly isWhole: boolean
  readonly definitions: readonly ArchivedDefinition[]
  /** Of a saga that is in several, the last one holds. */
  readonly files: readonly ArchiveFile[]
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const text = JSON.stringify({ ...manifest, sha256: checksum(manifest) }, null, 1)
  const file = path.join(folder, manifestName)
  const handle = await open(`${file}.new`, 'w')
  try {
    await handle.writeFile(`${text}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${file}.new`, file)
}

/** Null when there is none. @throws ARCHIVE_INVALID */
export async function readManifest(folder: string): Promise<Manifest | null> {
  const file = path.join(folder, manifestName)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw archiveInvalid(file, error.message, error)
  })
  if (text === null) return null
  const { sha256, ...manifest } = parse(text, file)
  if (manifest.form !== 1) throw archiveInvalid(file, 'it is of another form')
  if (sha256 !== checksum(manifest)) throw archiveInvalid(file, 'its checksum is another one')
  return manifest
}

/** The manifests in a folder of archives, oldest part first. @throws ARCHIVE_INVALID */
export async function readManifests(
  folder: string,
): Promise<readonly { readonly folder: string; readonly manifest: Manifest }[]> {
  const names = await readdir(folder).catch((error: Error) => {
    throw archiveInvalid(folder, error.message, error)
  })
  const found = await Promise.all(
    names.map(async (name) => {
      const inside = path.join(folder, name)
      return { folder: inside, manifest: await readManifest(inside) }
    }),
  )
  return found
    .flatMap(({ manifest, ...rest }) => (manifest === null ? [] : [{ ...rest, manifest }]))
    .toSorted((one, other) => (one.manifest.low < other.manifest.low ? -1 : 1))
}

function parse(text: string, file: string): Manifest & { readonly sha256?: string } {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw archiveInvalid(file, 'it is no JSON', error)
  }
}

function checksum(manifest: Manifest): string {
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex')
}
