// `sagaline doctor`: looks at everything that Sagaline needs, and says what is missing or wrong and
// how to mend it. What nobody said where it is is left out, and that is said too.

import { checkedUrl } from '../audit-flags.ts'
import { type Command, exitCodes, flagText, type Screen, tell } from '../command.ts'
import { restFlags } from '../connection.ts'
import { definitionFlags } from '../definitions/find-definitions.ts'
import { type Cell, type Colour, paintFor, plain, tableText } from '../paint.ts'
import type { Finding, Verdict } from './finding.ts'
import { lookAtKafka } from './look-at-kafka.ts'
import { lookAtDefinitions, lookAtNode, lookAtSettings } from './look-at-machine.ts'
import { lookAtOrchestrator } from './look-at-orchestrator.ts'
import { lookAtPostgres } from './look-at-postgres.ts'

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Says what is missing or misconfigured here, and how to mend it.',
  takes: '',
  wordsMax: 0,
  flags: {
    database: { value: 'URL', help: 'Of the orchestrator; else DATABASE_URL.' },
    brokers: { value: 'HOST:PORT,…', help: 'Of Kafka; else KAFKA_BROKERS.' },
    ...definitionFlags,
    ...restFlags,
  },
  examples: [
    'sagaline doctor',
    'sagaline doctor --database postgres://db/sagas --brokers kafka:9092 --url http://sagas:3000',
    'sagaline doctor --json | jq \'.findings[] | select(.verdict == "broken")\'',
  ],
  run: async (call, terminal) => {
    const given = flagText(call, 'database')
    const database = given === null ? null : checkedUrl(given, '--database')
    const brokers = flagText(call, 'brokers')?.split(',') ?? null
    const [settings, config] = lookAtSettings(terminal)
    const findings: Finding[] = [lookAtNode(), settings]
    if (config !== null) {
      const [ofDefinitions, definitions] = await lookAtDefinitions(call, terminal, config)
      const others = await Promise.all([
        lookAtPostgres(config, database, terminal.clock),
        lookAtKafka(config, brokers, definitions),
        lookAtOrchestrator(call, terminal, definitions),
      ])
      findings.push(...ofDefinitions, ...others.flat())
    }
    const count = (verdict: Verdict) => findings.filter((one) => one.verdict === verdict).length
    tell(call, terminal, { isFine: count('broken') === 0, findings }, () =>
      reportText(findings, terminal.screen),
    )
    return count('broken') === 0 ? exitCodes.fine : exitCodes.refused
  },
}

const marks: Readonly<Record<Verdict, readonly [mark: string, colour: Colour]>> = {
  fine: ['✓', 'green'],
  warning: ['!', 'yellow'],
  broken: ['✗', 'red'],
  skipped: ['-', 'dim'],
}

function reportText(findings: readonly Finding[], screen: Screen): string {
  const paint = paintFor(screen)
  const wide = { ...screen, columns: Number.POSITIVE_INFINITY }
  const rows = findings.map(({ name, verdict, says }): readonly Cell[] => {
    const [text, colour] = marks[verdict]
    return [{ text, colour }, name, plain(says)]
  })
  const lines = tableText([], rows, wide).split('\n')
  const told = findings.flatMap(({ mend }, at) => [
    lines[at] ?? '',
    ...(mend === null ? [] : [paint('cyan', `   → ${mend}`)]),
  ])
  const count = (verdict: Verdict) => findings.filter((one) => one.verdict === verdict).length
  const [bad, doubtful] = [count('broken'), count('warning')]
  const verdict =
    bad + doubtful === 0
      ? paint('green', 'all that was looked at is well')
      : paint(bad > 0 ? 'red' : 'yellow', `${bad} broken, ${doubtful} warnings`)
  return [...told, '', verdict].join('\n')
}
