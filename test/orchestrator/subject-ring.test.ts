// The keys of persons that a process has at hand: an erased one is not there for longer than it must be.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { SubjectRing } from '../../orchestrator/store/subject-ring.ts'
import { createTestDatabase, type TestDatabase } from '../participant/test-database.ts'
import { cipherOf } from './sensitive-sagas.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase(['messaging', 'orchestrator'])
})
afterAll(() => database.drop())

it('forgets each a minute after its last use, however few there are', async () => {
  const { db } = database
  let now = 0
  const ring = new SubjectRing(cipherOf(1), { ...realClock, monotonicMs: () => now })
  const [ann, bob] = [await ring.keyOf(db, 'ann'), await ring.keyOf(db, 'bob')]
  const [ofAnn, ofBob] = [ann, bob].map((id) => ring.cipher.forSubject(id).encrypt('text', 'here'))
  const read = (text = '') => ring.cipher.decrypt(text, 'here')
  now = 40_000
  await ring.load(db, [bob])
  now = 61_000
  ring.forget()
  expect(() => read(ofAnn)).toThrow(expect.objectContaining({ code: 'ENCRYPTION_KEY_UNKNOWN' }))
  expect(read(ofBob)).toBe('text')
  await ring.load(db, [ann])
  expect(read(ofAnn)).toBe('text')
})
