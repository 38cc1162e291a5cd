// What a participant counts: commands by what became of them, how long they take, and how many go in
// one transaction. Told by the running participant.
import { type Metrics, secondsBuckets, sizeBuckets } from '../messaging/metrics.ts'
import type { Answer } from './fence.ts'
import type { Received } from './received.ts'

export type CommandMetrics = {
  /** One transaction's worth of them; what fell out of it as faulty counts as well. */
  wave(commands: number, seconds: number): void
  /** `seconds`: from when it was taken, tries in this process included. */
  answered(received: Received, outcome: Answer['outcome'], seconds: number): void
  /** Its handler threw, or took too long. */
  faulty(received: Received): void
  parked(code: string): void
}

export function createCommandMetrics(metrics: Metrics): CommandMetrics {
  const waveCommands = metrics.histogram({
    ...{ name: 'sagaline_wave_commands', buckets: sizeBuckets },
    help: 'Commands that one transaction of a participant handled.',
  })
  const waveSeconds = metrics.histogram({
    ...{ name: 'sagaline_wave_seconds', buckets: secondsBuckets },
    help: 'How long such a transaction took, handlers included.',
  })
  const commandSeconds = metrics.histogram({
    name: 'sagaline_command_seconds',
    help: 'From taking a command to its answer being made, by command and outcome.',
    labels: ['command', 'outcome'],
    buckets: secondsBuckets,
  })
  const faults = metrics.counter({
    ...{ name: 'sagaline_handler_faults_total', labels: ['command'] },
    help: 'Tries of a command that threw, or took too long.',
  })
  const letters = metrics.counter({
    ...{ name: 'sagaline_dead_letters_total', labels: ['code'] },
    help: 'Records that nobody could handle, set aside for a person.',
  })
  return {
    wave: (commands, seconds) => {
      waveCommands({}, commands)
      waveSeconds({}, seconds)
    },
    answered: ({ handler }, outcome, seconds) =>
      commandSeconds({ command: handler.contract.name, outcome }, seconds),
    faulty: ({ handler }) => faults({ command: handler.contract.name }),
    parked: (code) => letters({ code }),
  }
}
