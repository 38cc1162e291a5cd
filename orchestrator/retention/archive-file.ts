// One file of an archive: JSON Lines, compressed with gzip. Written beside its place and moved there
// when it is whole and on disk.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { SagalineError } from '../../messaging/errors.ts'
import type { ArchivedSaga } from '../store/archived-rows.ts'
import { archiveInvalid, archiveLine } from './archive-line.ts'
import type { ArchiveFile } from './archive-manifest.ts'

/** A longer line is none of ours. */
const lineLengthMax = 256 * 1024 * 1024

/** Null when `sagas` has none: then there is no file. */
export async function writeArchiveFile(
  file: string,
  sagas: AsyncIterable<ArchivedSaga>,
): Promise<Omit<ArchiveFile, 'file'> | null> {
  const gzip = createGzip()
  const hash = createHash('sha256')
  const counted = { bytes: 0, sagas: 0, entries: 0, first: '', last: '' }
  const handle = await open(`${file}.new`, 'w')
  try {
    const written = (async () => {
      for await (const chunk of gzip) {
        hash.update(chunk)
        counted.bytes += chunk.length
        await handle.appendFile(chunk)
      }
    })()
    // It is looked at below; until then it must not count as nobody's.
    written.catch(() => undefined)
    for await (const saga of sagas) {
      if (!gzip.write(`${archiveLine(saga)}\n`)) await drained(gzip, written)
      counted.sagas += 1
      counted.entries += saga.history.length
      if (counted.first === '') counted.first = saga.id
      counted.last = saga.id
    }
    gzip.end()
    await written
    await handle.sync()
  } finally {
    gzip.destroy()
    await handle.close()
  }
  if (counted.sagas === 0) {
    await rm(`${file}.new`)
    return null
  }
  await rename(`${file}.new`, file)
  return { ...counted, sha256: hash.digest('hex') }
}

/** Or whoever empties it has failed. */
function drained(gzip: ReturnType<typeof createGzip>, written: Promise<void>): Promise<unknown> {
  return Promise.race([new Promise((resolve) => gzip.once('drain', resolve)), written])
}

/** The lines of a file. @throws ARCHIVE_INVALID where it cannot be read to its end. */
export async function* readArchiveLines(file: string): AsyncGenerator<string> {
  const gunzip = createGunzip()
  const source = createReadStream(file)
  source.on('error', (error) => gunzip.destroy(error))
  source.pipe(gunzip).setEncoding('utf8')
  let rest = ''
  try {
    for await (const chunk of gunzip) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > lineLengthMax) throw archiveInvalid(file, 'a line of it has no end')
      yield* lines
    }
  } catch (error) {
    if (error instanceof SagalineError) throw error
    throw archiveInvalid(file, error instanceof Error ? error.message : String(error), error)
  } finally {
    source.destroy()
  }
  if (rest !== '') throw archiveInvalid(file, 'it is cut off')
}

/** Of the bytes as they lie there. @throws ARCHIVE_INVALID */
export async function checkArchiveBytes(file: string, known: ArchiveFile): Promise<void> {
  const hash = createHash('sha256')
  try {
    const { size } = await stat(file)
    if (size !== known.bytes) throw archiveInvalid(file, `it has ${size} bytes, not ${known.bytes}`)
    for await (const chunk of createReadStream(file)) hash.update(chunk)
  } catch (error) {
    if (error instanceof SagalineError) throw error
    throw archiveInvalid(file, error instanceof Error ? error.message : String(error), error)
  }
  if (hash.digest('hex') !== known.sha256) throw archiveInvalid(file, 'its checksum is another one')
}
