// The services that can be made to fail on purpose, in development: the orchestrator has no faults of
// its own, so it asks theirs, over HTTP. Called by REST.
import { orchestratorError } from '../errors.ts'

/** A fault as a service is told it: the words of the participant's vocabulary. */
type Fault = {
  readonly kind: string
  readonly reason?: unknown
  readonly message?: string
  readonly ms?: number
}

export type FaultOrder = {
  readonly command: string
  readonly fault: Fault
  /** How many commands have it; 1 when left out. */
  readonly times?: number
  /** Only commands of this step. */
  readonly step?: string
}

export type PlannedFault = {
  readonly command: string
  readonly step: string | null
  readonly fault: Fault
  readonly left: number
  readonly hits: number
}

export type FaultService = {
  readonly url: string
  /** Those that may have a fault; none while it is away. */
  readonly commands: readonly string[]
  readonly faults: readonly PlannedFault[]
  /** Why it cannot be asked, or null. */
  readonly problem: string | null
}

export type FaultDoor = {
  list(): Promise<readonly FaultService[]>
  /** The service that has the command gets it. @throws FAULT_REFUSED. */
  add(order: FaultOrder): Promise<void>
  /** Of all services. */
  clear(): Promise<void>
}

/** They are on this machine; whoever takes longer hangs. */
const answerMsMax = 2_000

/** Null without any service: then nothing can be made to fail. */
export function createFaultDoor(urls: readonly string[]): FaultDoor | null {
  if (urls.length === 0) return null
  const list = () => Promise.all(urls.map(serviceAt))
  return {
    list,
    add: async ({ command, ...rest }) => {
      const services = await list()
      const service = services.find(({ commands }) => commands.includes(command))
      if (service === undefined) {
        const away = services.filter(({ problem }) => problem !== null).length
        throw refused(`no service has the command ${command}, and ${away} are away`)
      }
      const body = { faults: [{ command, ...rest }] }
      const answer = await ask(service.url, 'POST', body).catch((error: unknown) => {
        throw refused(reasonOf(error))
      })
      if (answer.status >= 400) throw refused(String(answer.body['detail']))
    },
    clear: async () => {
      await Promise.all(urls.map((url) => ask(url, 'DELETE').catch(() => null)))
    },
  }
}

async function serviceAt(url: string): Promise<FaultService> {
  const away = (problem: string) => ({ url, commands: [], faults: [], problem })
  try {
    const { status, body } = await ask(url, 'GET')
    if (status !== 200) return away(`it answers ${status}: FAULTS_ENABLED is needed there`)
    const { commands = [], faults = [] } = body as Partial<FaultService>
    return { url, commands, faults, problem: null }
  } catch (error) {
    return away(reasonOf(error))
  }
}

type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> }

async function ask(url: string, method: string, body?: object): Promise<Answer> {
  const response = await fetch(new URL('/faults', url), {
    method,
    ...(body && { body: JSON.stringify(body) }),
    redirect: 'error',
    signal: AbortSignal.timeout(answerMsMax),
  })
  const text = await response.text()
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : {} }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message : message
}

const refused = (problem: string) => orchestratorError('FAULT_REFUSED', { problem })
