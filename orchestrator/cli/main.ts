#!/usr/bin/env node
// The command line `sagaline`: `node orchestrator/cli/main.ts audit --help` from the checkout.
import { text } from 'node:stream/consumers'
import { realClock } from '../../messaging/clock.ts'
import type { Screen } from './command.ts'
import { readCliConfig } from './config.ts'
import { lookAtNode } from './doctor/look-at-machine.ts'
import { runCli } from './run-cli.ts'

/** As shells have it for what Ctrl-C ended. */
const interruptedCode = 130

const { stdin, stdout, stderr } = process
const interruption = new AbortController()
let isHeard = false

function interrupted(): AbortSignal {
  if (isHeard) return interruption.signal
  isHeard = true
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Asked twice, it ends at once.
      if (interruption.signal.aborted) process.exit(interruptedCode)
      interruption.abort()
    })
  }
  return interruption.signal
}

const screen: Screen = {
  isColoured: stdout.isTTY === true && stdout.hasColors(),
  // Of a terminal that does not know its width, Node says 0.
  columns: (stdout.isTTY === true && stdout.columns) || Number.POSITIVE_INFINITY,
  redraw: stderr.isTTY === true ? (line) => void stderr.write(`\r\x1b[2K${line}`) : null,
}

// A reader that has seen enough, such as `head`, is no failure.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

// Else it would fail somewhere with the name of what that Node does not have.
const { verdict, says, mend } = lookAtNode()
if (verdict === 'broken') stderr.write(`${says}: ${mend}\n`)

process.exitCode = await runCli(process.argv.slice(2), {
  out: (line) => void stdout.write(`${line}\n`),
  err: (line) => void stderr.write(`${line}\n`),
  clock: realClock,
  config: readCliConfig,
  screen,
  input: () => text(stdin),
  interrupted,
})
