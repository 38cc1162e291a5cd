// How tests run: first those that need nothing else, then the rooms on Postgres side by side, then
// those on real Kafka and Postgres one file at a time, since two cores and one broker are shared by
// the processes that they start. Kafka and Postgres start only when a test that needs them runs.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const pure = [
  'tidy',
  'definition',
  'engine',
  'lifecycle',
  'transcripts',
  'explore',
  'fuzz',
  'examples',
  'http',
  'simulate',
  'cli',
  'audit',
  'chaos',
]
const rooms = ['messaging', 'participant']
const real = ['conformance', 'services', 'orchestrator', 'system', 'local', 'package', 'demo']

const project = (name: string, folders: readonly string[], groupOrder: number) => ({
  extends: true as const,
  test: {
    name,
    include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
    fileParallelism: name !== 'real',
    sequence: { groupOrder },
    globalSetup: name === 'pure' ? [] : ['./test/parts.ts'],
  },
})

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    reporters: ['default', './test/plain-summary.ts'],
    projects: [project('pure', pure, 0), project('rooms', rooms, 1), project('real', real, 2)],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
