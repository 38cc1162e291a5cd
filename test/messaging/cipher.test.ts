// What is encrypted with the keys of the configuration: only they read it, only where it belongs.
import { describe, expect, it } from 'vitest'
import { createCipher, encryptedLengthMax, parseEncryptionKeys } from '../../messaging/cipher.ts'
import { describeConfig, readConfig } from '../../messaging/config.ts'
import { encryptionFields } from '../../messaging/config-fields.ts'

const [first, second] = ['A', 'B'].map((letter) => letter.repeat(42).concat('8='))
const cipherOf = (keys: string) => createCipher(parseEncryptionKeys(keys))
const old = cipherOf(`old:${first}`)
const rotated = cipherOf(`new:${second},old:${first}`)

const failsWith = (code: string) => expect.objectContaining({ code })
const caught = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}

describe('a cipher', () => {
  it('reads what it wrote, and never writes the same twice', () => {
    const texts = ['', 'a', '"😀"', 'x'.repeat(10_000)]
    for (const text of texts) expect(old.decrypt(old.encrypt(text, 'here'), 'here')).toBe(text)
    expect(old.encrypt('a', 'here')).not.toBe(old.encrypt('a', 'here'))
  })

  it('shows nothing of the text', () => {
    expect(old.encrypt('4111-1111', 'here')).toMatch(/^v1\.old\.[\w-]+$/)
    const body = old.encrypt('4111-1111', 'here').split('.')[2] ?? ''
    expect(Buffer.from(body, 'base64url').includes('4111')).toBe(false)
  })

  it('writes with the first key and reads with all of them', () => {
    expect(rotated.encrypt('a', 'here')).toMatch(/^v1\.new\./)
    expect(rotated.decrypt(old.encrypt('a', 'here'), 'here')).toBe('a')
  })

  it('names the key that it lacks', () => {
    const error = caught(() => old.decrypt(rotated.encrypt('a', 'here'), 'here'))
    expect(error).toEqual(failsWith('ENCRYPTION_KEY_UNKNOWN'))
    expect(String(error)).toContain('the key new')
  })

  it('refuses a text that was moved to another place', () => {
    const moved = caught(() => old.decrypt(old.encrypt('a', 'here'), 'there'))
    expect(moved).toEqual(failsWith('ENCRYPTED_TEXT_INVALID'))
  })

  it('refuses a text with any one of its characters changed', () => {
    const text = old.encrypt('secret', 'here')
    // All but the last one, which may hold bits that mean nothing.
    for (let at = 0; at < text.length - 1; at += 1) {
      const changed = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`
      expect(caught(() => old.decrypt(changed, 'here'))).toHaveProperty('code')
    }
  })

  it.each(['', 'a', 'v1.old', 'v1.old.', 'v1.old.AAAA', 'v2.old.AAAA', 'v1..AAAA', 'v1.old.A.B'])(
    'refuses %j, which is none of its texts',
    (text) => {
      expect(caught(() => old.decrypt(text, 'here'))).toEqual(failsWith('ENCRYPTED_TEXT_INVALID'))
    },
  )

  it('refuses the same key id with another secret', () => {
    const other = cipherOf(`old:${second}`)
    const error = caught(() => other.decrypt(old.encrypt('a', 'here'), 'here'))
    expect(error).toEqual(failsWith('ENCRYPTED_TEXT_INVALID'))
  })

  it('without keys neither reads nor writes', () => {
    const none = createCipher([])
    expect(none.hasKeys).toBe(false)
    expect(caught(() => none.encrypt('a', 'here'))).toEqual(failsWith('ENCRYPTION_KEY_MISSING'))
    expect(caught(() => none.fingerprints('a'))).toEqual(failsWith('ENCRYPTION_KEY_MISSING'))
    const unread = caught(() => none.decrypt(old.encrypt('a', 'here'), 'here'))
    expect(unread).toEqual(failsWith('ENCRYPTION_KEY_UNKNOWN'))
  })

  it('knows a text again by a fingerprint of every key, the newest first', () => {
    const [newest, older] = rotated.fingerprints('4711')
    expect(older).toEqual(old.fingerprints('4711')[0])
    expect(newest).not.toEqual(older)
    expect(rotated.fingerprints('4712')[0]).not.toEqual(newest)
  })

  it('makes no text longer than it says', () => {
    const longest = cipherOf(`${'k'.repeat(32)}:${first}`)
    for (const bytes of [0, 1, 2, 3, 100, 1_001]) {
      const { length } = longest.encrypt('x'.repeat(bytes), 'here')
      expect(length).toBeLessThanOrEqual(encryptedLengthMax(bytes))
      expect(length).toBeGreaterThan(encryptedLengthMax(bytes) - 3)
    }
  })
})

describe('the keys of the configuration', () => {
  const read = (text: string) => readConfig({ SAGALINE_ENCRYPTION_KEYS: text }, encryptionFields)

  it('are never shown', () => {
    const config = read(`k1:${first}`)
    const shown = JSON.stringify(describeConfig(config, encryptionFields))
    expect(shown).toBe('{"SAGALINE_ENCRYPTION_KEYS":"***"}')
  })

  it('may be left out', () => {
    expect(read('').encryptionKeys).toBeNull()
  })

  it.each([
    ['no id', `${first}`],
    ['an empty id', `:${first}`],
    ['an id with a dot', `k.1:${first}`],
    ['a short secret', 'k1:c2hvcnQtc2VjcmV0'],
    ['a key twice', `k1:${first},k1:${second}`],
    ['too many keys', Array.from({ length: 17 }, (_, n) => `k${n}:${first}`).join(',')],
  ])('with %s are refused without a word of the secret', (_, text) => {
    const error = caught(() => read(text))
    expect(error).toEqual(failsWith('CONFIG_INVALID'))
    expect(String(error)).toContain('SAGALINE_ENCRYPTION_KEYS')
    expect(String(error)).not.toMatch(/AAAA|c2hvcnQ/)
  })
})
