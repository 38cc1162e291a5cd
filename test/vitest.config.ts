// How tests run: three files at a time, since they wait more than they compute, those that take long
// first. Real Kafka and Postgres start only when a test that needs them runs.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { readLocalConfig } from '../local/config.ts'
import { SlowFirst } from './slow-first.ts'

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
  'chart',
]
const real = [
  'messaging',
  'participant',
  'conformance',
  'certify',
  'services',
  'orchestrator',
  'system',
  'local',
  'package',
  'demo',
  'watch',
  'dashboard',
]

/** Each has a Kafka of its own; one that is given cannot be shared. */
const workers = readLocalConfig().kafkaBrokers === undefined ? 3 : 1

type Setup = { readonly globalSetup?: string[]; readonly setupFiles?: string[] }

const project = (name: string, folders: readonly string[], setup: Setup) => ({
  extends: true as const,
  test: { name, include: folders.map((folder) => `test/${folder}/**/*.test.ts`), ...setup },
})

const realSetup: Setup = {
  globalSetup: ['./test/parts.ts'],
  setupFiles: ['./test/mended-kafkajs.ts'],
}

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    reporters: ['default', './test/plain-summary.ts'],
    projects: [project('pure', pure, {}), project('real', real, realSetup)],
    maxWorkers: workers,
    // Files of a worker share what they import: half of the time of a small one went into that.
    isolate: false,
    sequence: { sequencer: SlowFirst },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
  },
})
