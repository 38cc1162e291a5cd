/**
 * The folder outside the checkout where downloads are kept for the next time. Called by
 * kafka-jars.ts.
 */
import { constants } from 'node:fs'
import { access, lstat, mkdir } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { LocalPartsError } from './errors.ts'

/** `sagaline` in the cache home, or where that cannot be written, a private one in the temp folder. */
export async function cacheFolder(cacheHome: string): Promise<string> {
  const usual = path.join(cacheHome, 'sagaline')
  if (await isWritable(usual)) return usual
  const { uid } = userInfo()
  const fallback = path.join(tmpdir(), `sagaline-cache-${uid}`)
  if (await isWritable(fallback)) {
    // Anyone may write to the temp folder, and what lies in the cache is run as a program.
    const { uid: owner } = await lstat(fallback)
    if (uid === -1 || owner === uid) return fallback
  }
  throw new LocalPartsError(
    'LOCAL_KAFKA_UNAVAILABLE',
    `neither ${usual} nor ${fallback} can be written; set XDG_CACHE_HOME to a folder that can.`,
  )
}

async function isWritable(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await access(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}
