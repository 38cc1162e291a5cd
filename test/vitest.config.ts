// How tests run: quick ones side by side, then those on real Kafka and Postgres one file at a
// time, since two cores and one broker are shared by the processes that they start.
import { defineConfig } from 'vitest/config'

const quick = ['tidy', 'definition', 'engine', 'transcripts', 'http', 'messaging', 'participant']
const real = ['conformance', 'services', 'orchestrator', 'system', 'local', 'package', 'demo']

const project = (name: string, folders: readonly string[], groupOrder: number) => ({
  extends: true as const,
  test: {
    name,
    include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
    fileParallelism: name === 'quick',
    sequence: { groupOrder },
  },
})

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    globalSetup: './test/parts.ts',
    reporters: ['default', './test/plain-summary.ts'],
    projects: [project('quick', quick, 0), project('real', real, 1)],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
