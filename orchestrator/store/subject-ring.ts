// The keys of persons that this process has at hand, so that rows are read and written without waiting:
// they are loaded before, in one statement for many rows. Forgotten a minute after their last use, since
// somebody may have destroyed one meanwhile.
import type { KeyObject } from 'node:crypto'
import {
  type Cipher,
  newSubjectSecret,
  subjectSecret,
  withSubjects,
} from '../../messaging/cipher.ts'
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { messagingError } from '../../messaging/errors.ts'
import { findSubjectKeys, insertSubjectKey, loadSubjectKeys } from './subject-keys.ts'

/** Older ones are loaded anew. */
const freshMs = 30_000
/** A transaction that began with a key at hand has it to its end. */
const keptMs = 60_000

type Held = {
  /** Null: it was destroyed. */
  readonly secret: KeyObject | null
  readonly loadedAt: number
  usedAt: number
}

export class SubjectRing {
  /** With the keys of persons beside those of the configuration. */
  readonly cipher: Cipher
  readonly #master: Cipher
  readonly #clock: Pick<Clock, 'monotonicMs' | 'newId'>
  readonly #isKept: boolean
  readonly #held = new Map<string, Held>()

  /** `isKept`: every key stays, for a command that reads much once. */
  constructor(master: Cipher, clock: Pick<Clock, 'monotonicMs' | 'newId'>, isKept = false) {
    this.#master = master
    this.#clock = clock
    this.#isKept = isKept
    this.cipher = withSubjects(master, (id) => this.#secret(id))
  }

  /** Those that are not at hand. Must come before anything of them is read or written. */
  async load(db: Pick<Db, 'query'>, ids: readonly string[]): Promise<void> {
    const now = this.#clock.monotonicMs()
    const asked = [...new Set(ids)].filter((id) => !this.#isFresh(id, now))
    if (asked.length === 0) return
    for (const { id, wrapped } of await loadSubjectKeys(db, asked)) {
      this.#held.set(id, { secret: this.#unwrap(id, wrapped), loadedAt: now, usedAt: now })
    }
  }

  /** The id of the person's key, which is made where there is none, and is at hand then. */
  async keyOf(db: Db, subject: string): Promise<string> {
    const fingerprints = this.#master.fingerprints(`subject ${subject}`)
    const [fingerprint] = fingerprints
    let [id] = await findSubjectKeys(db, fingerprints)
    if (id === undefined && fingerprint !== undefined) {
      const made = this.#clock.newId().replaceAll('-', '')
      const text = newSubjectSecret().toString('base64')
      const wrapped = this.#master.encrypt(text, placeOf(made))
      await insertSubjectKey(db, { id: made, fingerprint, wrapped })
      ;[id] = await findSubjectKeys(db, fingerprints)
    }
    // Made and destroyed in the same moment.
    if (id === undefined) throw messagingError('SUBJECT_ERASED', { id: 'new' })
    await this.load(db, [id])
    return id
  }

  /** They were destroyed; other processes know it within half a minute. */
  drop(ids: readonly string[]): void {
    for (const id of ids) this.#held.delete(id)
  }

  /** By every key of encryption, the first one's first. */
  fingerprints(subject: string): readonly Buffer[] {
    return this.#master.fingerprints(`subject ${subject}`)
  }

  /** Those that were not used for a minute. Must be called every few seconds, also where nothing runs. */
  forget(): void {
    if (this.#isKept) return
    const now = this.#clock.monotonicMs()
    for (const [id, { usedAt }] of this.#held) {
      if (now - usedAt > keptMs) this.#held.delete(id)
    }
  }

  #isFresh(id: string, now: number): boolean {
    const held = this.#held.get(id)
    if (held === undefined) return false
    held.usedAt = now
    return this.#isKept || now - held.loadedAt < freshMs
  }

  #unwrap(id: string, wrapped: string | null): KeyObject | null {
    if (wrapped === null) return null
    return subjectSecret(Buffer.from(this.#master.decrypt(wrapped, placeOf(id)), 'base64'))
  }

  #secret(id: string): KeyObject {
    const held = this.#held.get(id)
    if (held === undefined) throw messagingError('ENCRYPTION_KEY_UNKNOWN', { id })
    if (held.secret === null) throw messagingError('SUBJECT_ERASED', { id })
    return held.secret
  }
}

const placeOf = (id: string): string => `subject-keys/${id}`
