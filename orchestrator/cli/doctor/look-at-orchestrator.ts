// What the doctor looks at over REST: whether the orchestrator is there, ready, logs us in, and has
// the definitions of this folder.
import { ApiError, type Client } from '../../client/index.ts'
import type { SagaDefinition } from '../../definition/saga-definition.ts'
import { type Call, flagText, type Terminal } from '../command.ts'
import { connect, urlOf } from '../connection.ts'
import { durationText } from '../times.ts'
import { broken, type Finding, fine, skipped, warning } from './finding.ts'

const name = 'orchestrator'

export async function lookAtOrchestrator(
  call: Call,
  terminal: Terminal,
  definitions: readonly SagaDefinition[],
): Promise<readonly Finding[]> {
  const url = urlOf(call, terminal)
  const client = connect(call, terminal)
  const ready = await client.call('is-ready').catch((error: Error) => error)
  if (ready instanceof Error) return [unreachable(call, url, ready)]
  const problems = Object.entries(ready.problems).map(([what, why]) => `${what}: ${why}`)
  const readiness = ready.isReady
    ? fine(name, `${url} is ready`)
    : broken(
        name,
        `${url} is not ready: ${problems.join('; ')}`,
        'mend what it names; its log has more',
      )
  try {
    return [readiness, ...(await lookInside(client, definitions))]
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return [
      readiness,
      broken('login', error.message, 'put a key that is valid into SAGALINE_API_KEY'),
    ]
  }
}

/** Nobody who did not say where it is needs to be told more than that it is not here. */
function unreachable(call: Call, url: string, error: Error): Finding {
  const mend = 'start it (`sagaline dev` does), or say where it is with --url or SAGALINE_URL'
  if (flagText(call, 'url') === null) return skipped(name, `nothing answers at ${url}`, mend)
  return broken(name, error.message, mend)
}

/** @throws ApiError */
export async function lookInside(
  client: Client,
  definitions: readonly SagaDefinition[],
): Promise<readonly Finding[]> {
  const [{ items }, counts] = await Promise.all([
    client.call('list-definitions'),
    client.call('count-sagas'),
  ])
  const changed = definitions.filter((mine) =>
    items.some(
      ({ name: saga, version, hash }) =>
        saga === mine.name && version === mine.version && hash !== mine.hash,
    ),
  )
  const waiting = items.filter(({ isNewest, isStartable }) => isNewest && !isStartable)
  return [
    lookAtLag(counts.lagMs),
    lookAtStuck(counts.byStatus['stuck'] ?? 0),
    ...changed.map((mine) =>
      warning(
        'definitions there',
        `${mine.name}@${mine.version} runs there with another content than here`,
        `give this one version ${mine.version + 1}, or deploy it`,
      ),
    ),
    ...waiting.map((one) =>
      warning(
        'definitions there',
        `${one.name}@${one.version} is not on every live instance, so the one before is started`,
        'finish the deployment',
      ),
    ),
  ]
}

const lagMsMax = 60_000

function lookAtLag(lagMs: number | null): Finding {
  const title = 'read model'
  if (lagMs !== null && lagMs <= lagMsMax) return fine(title, `${durationText(lagMs)} behind`)
  const says =
    lagMs === null ? 'nobody knows how far behind it is' : `${durationText(lagMs)} behind`
  const mend = 'does the orchestrator consume sagaline.events? Its log says why not'
  return warning(title, says, mend)
}

function lookAtStuck(stuck: number): Finding {
  const title = 'stuck sagas'
  if (stuck === 0) return fine(title, 'none')
  return warning(title, `${stuck} wait for a person`, '`sagaline list --status stuck` has them')
}
