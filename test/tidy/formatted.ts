// A text as the formatter has it, for files that are written by tests.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { root } from './source-tree.ts'

/** `file`: where it will lie, from the root. */
export function formatted(file: string, text: string): string {
  const biome = path.join(root, 'node_modules/@biomejs/biome/bin/biome')
  const args = [biome, 'check', '--write', `--stdin-file-path=${file}`]
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, input: text })
  if (stdout.length === 0) throw new Error(stderr.toString())
  return stdout.toString()
}
