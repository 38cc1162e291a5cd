// A tutorial as what it tells to do, in its order: files to save, commands to run, and what they print.
// The word behind the language of a block says which it is: ```js NAME is a file, ```sh are commands,
// ```sh stays one that has a terminal of its own, ```text what was printed, with … for what differs.
import { readFileSync } from 'node:fs'
import path from 'node:path'

export type Doing =
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'commands'; readonly text: string; readonly stays: boolean; prints: string[] }

export function readTutorial(file: string): readonly Doing[] {
  return parseTutorial(readFileSync(path.join(import.meta.dirname, '../..', file), 'utf8'))
}

export function parseTutorial(text: string): readonly Doing[] {
  const doings: Doing[] = []
  for (const [, info = '', body = ''] of text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)) {
    const [language, word] = info.split(' ')
    const last = doings.at(-1)
    if (language === 'js' && word !== undefined)
      doings.push({ kind: 'file', name: word, text: body })
    else if (language === 'sh')
      doings.push({ kind: 'commands', text: body, stays: word === 'stays', prints: [] })
    else if (language === 'text' && last?.kind === 'commands')
      last.prints.push(...body.trimEnd().split('\n'))
    else throw new Error(`nobody knows what to do with a block that begins with ${info}`)
  }
  return doings
}

/** Lines that were promised and not printed. Spaces at the margin do not count, … is anything. */
export function missingLines(promised: readonly string[], printed: string): readonly string[] {
  const lines = printed.split('\n').map((line) => line.trim())
  return promised.filter((promise) => {
    const parts = promise
      .trim()
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    const pattern = new RegExp(`^${parts.join('.*')}$`)
    return !lines.some((line) => pattern.test(line))
  })
}
