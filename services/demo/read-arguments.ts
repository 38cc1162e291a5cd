// What a person can ask of the demo on its command line. Called by main.ts.

export const usage = `usage: npm run demo [-- --keep | --full]

Starts Kafka, Postgres, the orchestrator, the order service and the payment service, runs five
orders through them over REST, shows what became of each, and ends everything again.

  --keep   stay up afterwards, with addresses and curl lines to try, until Ctrl-C
  --full   show every other part too: events, a view, logs, statistics, replay, archive, payment
           in Java and in Python, and more; a table at the end says what was right
  --help   this text

KAFKA_BROKERS and DATABASE_URL name a Kafka and a Postgres to use instead of starting them.
NO_COLOR=1 switches the colours off.`

export type Arguments =
  | { readonly type: 'run'; readonly way: 'plain' | 'kept' | 'full' }
  | { readonly type: 'help' }
  | { readonly type: 'wrong'; readonly problem: string }

export function readArguments(given: readonly string[]): Arguments {
  const known = ['--keep', '--full', '--help', '-h']
  const unknown = given.filter((argument) => !known.includes(argument))
  if (unknown.length > 0) {
    const noun = unknown.length === 1 ? 'the argument' : 'the arguments'
    return { type: 'wrong', problem: `The demo does not know ${noun} ${unknown.join(' ')}.` }
  }
  if (given.includes('--help') || given.includes('-h')) return { type: 'help' }
  const [isKept, isFull] = [given.includes('--keep'), given.includes('--full')]
  if (isKept && isFull) return { type: 'wrong', problem: '--keep and --full exclude each other.' }
  return { type: 'run', way: isFull ? 'full' : isKept ? 'kept' : 'plain' }
}
