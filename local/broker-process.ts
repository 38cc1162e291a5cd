/**
 * One broker as a process: lays out its home folder, formats it, and gives the server, not yet
 * started. Called by bare-kafka.ts for the brokers of a cluster and by class-archive.ts.
 */
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  brokerCommand,
  brokerReadyText,
  formatCommand,
  type KafkaProgram,
  settingsFile,
} from './kafka-command.ts'
import { brokerSettings } from './kafka-settings.ts'
import { KeeperLink } from './keeper-link.ts'
import { explained, KeptServer } from './kept-server.ts'
import type { Report } from './report.ts'

const formatLimitMs = 60_000
const startLimitMs = 90_000
const stopLimitMs = 10_000

export type BrokerPorts = {
  readonly client: number
  readonly controller: number
  readonly ways?: readonly BrokerWay[]
}

/** A listener for clients that are told another port to dial, e.g. that of a proxy. */
export type BrokerWay = {
  readonly name: string
  readonly listen: number
  readonly advertised: number
}

export type BrokerOptions = {
  readonly program: KafkaProgram
  readonly clusterId: string
  /** From 1, the place of this broker's ports in `ports` plus one. */
  readonly nodeId: number
  readonly ports: readonly BrokerPorts[]
  readonly report: Report
  readonly extraFlags?: readonly string[]
  /** Instead of those that every broker gets, and beside them. */
  readonly settings?: Readonly<Record<string, string>>
  /** For the format step, e.g. users. */
  readonly formatArgs?: readonly string[]
}

export async function formattedBroker(options: BrokerOptions): Promise<KeptServer> {
  const { program, nodeId, report } = options
  const name = `kafka ${nodeId}`
  const keeper = await KeeperLink.open({
    homePrefix: path.join(tmpdir(), 'sagaline-kafka-'),
  })
  try {
    await writeFile(settingsFile(keeper.home), properties(options, keeper.home))
    const { clusterId, formatArgs } = options
    const command = formatCommand(program, keeper.home, { clusterId, formatArgs })
    await keeper.order({ type: 'run', command, limitMs: formatLimitMs })
  } catch (error) {
    await keeper.close()
    throw explained(name, error)
  }
  return new KeptServer({
    name,
    port: options.ports[nodeId - 1]?.client ?? 0,
    keeper,
    command: brokerCommand(program, keeper.home, options.extraFlags),
    readyText: brokerReadyText,
    startLimitMs,
    orderlyEnd: { signal: 'SIGTERM', limitMs: stopLimitMs },
    report,
  })
}

function properties({ nodeId, ports, settings: given }: BrokerOptions, home: string): string {
  const own: BrokerPorts = ports[nodeId - 1] ?? { client: 0, controller: 0 }
  const settings = {
    ...brokerSettings({
      nodeId,
      clientHost: '127.0.0.1',
      clientPort: own.client,
      listenHost: '127.0.0.1',
      voters: ports.map(({ controller }, at) => `${at + 1}@127.0.0.1:${controller}`),
      controllerPort: own.controller,
      ways: own.ways ?? [],
    }),
    // A properties file reads a backslash as an escape.
    'log.dirs': path.join(home, 'data').replaceAll('\\', '/'),
    ...given,
  }
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`)
  return lines.join('')
}
