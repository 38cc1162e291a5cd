// Every transcript is a conversation with the engine: what is asked, and the exact answer. After
// a wanted change, `vitest run test/transcripts -u` rewrites the answers; read the difference.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { replay } from './conversation.ts'

const folder = new URL('.', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'))

describe('the engine answers as the transcript says', () => {
  it.each(files)('%s', async (name) => {
    const path = fileURLToPath(new URL(name, folder))
    await expect(replay(readFileSync(path, 'utf8'))).toMatchFileSnapshot(path)
  })
})
