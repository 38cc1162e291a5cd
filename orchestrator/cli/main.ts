#!/usr/bin/env node
// The command line `sagaline`: `node orchestrator/cli/main.ts audit --help` from the checkout.
import { realClock } from '../../messaging/clock.ts'
import { readCliConfig } from './config.ts'
import { runCli } from './run-cli.ts'

process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  clock: realClock,
  config: readCliConfig,
})
