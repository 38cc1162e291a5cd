// The faults that a participant has on purpose: which commands have which, how often, and whether
// they happened. Tests inject them by contract, the switch of a service by name; a participant that
// is made with them asks for each command, and production makes none.
import type { CommandContract } from '../messaging/contract.ts'
import { participantError } from './errors.ts'
import type { Handler } from './handler.ts'
import {
  type FaultOf,
  type FaultScope,
  faultKinds,
  type InjectedFault,
  type PlannedFault,
} from './injected-fault.ts'

export type Faults = {
  /**
   * From now on the next commands of this contract have the fault, after those injected before it
   * have been used up. @throws FAULT_INVALID
   */
  inject<C extends CommandContract>(contract: C, fault: FaultOf<C>, scope?: FaultScope): void
  /** As `inject`, by the name of the command. @throws FAULT_INVALID */
  add(fault: NamedFault): void
  /** Takes the place of all that there are. @throws FAULT_INVALID, and then nothing changes. */
  set(faults: readonly NamedFault[]): void
  /** The names of the commands that may have one. */
  readonly commands: readonly string[]
  /** All since the last `set` or `clear`, those that are used up among them. */
  list(): readonly PlannedFault[]
  /** No command has a fault any more. */
  clear(): void
  /** For the participant: the fault of this command, which is then used once; null for none. */
  take(command: { readonly name: string; readonly step: string }): TakenFault | null
  /** For the participant: the process dies, or what stands for that. */
  crash(): Promise<never>
}

export type TakenFault = {
  readonly fault: InjectedFault
  /** It did not happen: another command, or the same when it comes again, will have it. */
  readonly giveBack: () => void
}

/** A fault as it is written in JSON. */
export type NamedFault = FaultScope & {
  /** The name of the command. */
  readonly command: string
  readonly fault: InjectedFault
}

export type FaultsOptions = {
  /** How the process dies; a throw stands for that in tests: the commands are delivered again. */
  readonly crash?: () => Promise<never>
}

/** Faults at once, and commands of one of them. */
const faultsMax = 100
const timesMax = 1_000_000
/** An hour. */
const delayMsMax = 3_600_000

/** For the participant of these commands: give it the same list, and these faults. */
export function createFaults(
  commands: readonly Handler[],
  { crash = standInForCrash }: FaultsOptions = {},
): Faults {
  const contracts = new Map(commands.map(({ contract }) => [contract.name, contract]))
  let plan: Planned[] = []
  const checked = (named: NamedFault) => toPlanned(named, contracts)
  const add = (fault: NamedFault) => {
    if (plan.length >= faultsMax) throw invalid(fault.command, `there are ${faultsMax} already`)
    plan.push(checked(fault))
  }
  return {
    inject: (contract, fault, scope = {}) => add({ command: contract.name, fault, ...scope }),
    add,
    commands: [...contracts.keys()],
    set: (faults) => {
      if (faults.length > faultsMax) throw invalid('', `at most ${faultsMax} are allowed`)
      plan = faults.map(checked)
    },
    list: () => plan.map((one) => ({ ...one })),
    clear: () => {
      plan = []
    },
    take: ({ name, step }) => {
      const found = plan.find(
        (one) => one.left > 0 && one.command === name && (one.step ?? step) === step,
      )
      if (found === undefined) return null
      found.left -= 1
      found.hits += 1
      return { fault: found.fault, giveBack: () => untake(found) }
    },
    crash,
  }
}

export type SwitchOptions = FaultsOptions & {
  /** What `FAULTS_ENABLED` says. */
  readonly isEnabled: boolean
  /** What `NODE_ENV` says. */
  readonly nodeEnv: string
}

/**
 * For a service whose faults can be switched on while it runs; null where that is not enabled.
 * @throws FAULTS_IN_PRODUCTION
 */
export function switchableFaults(
  commands: readonly Handler[],
  { isEnabled, nodeEnv, ...options }: SwitchOptions,
): Faults | null {
  if (!isEnabled) return null
  if (nodeEnv === 'production') throw participantError('FAULTS_IN_PRODUCTION')
  return createFaults(commands, options)
}

function untake(planned: Planned): void {
  planned.left += 1
  planned.hits -= 1
}

type Planned = { -readonly [K in keyof PlannedFault]: PlannedFault[K] }

function toPlanned(
  { command, fault, step, times = 1 }: NamedFault,
  contracts: ReadonlyMap<string, CommandContract>,
): Planned {
  const contract = contracts.get(command)
  if (contract === undefined) throw invalid(command, 'there is no such command here')
  if (!isCount(times, timesMax)) throw invalid(command, `times is not a count up to ${timesMax}`)
  const problem = problemOf(contract, fault)
  if (problem !== null) throw invalid(command, problem)
  return { command, fault, step: step ?? null, left: times, hits: 0 }
}

function problemOf(contract: CommandContract, fault: InjectedFault): string | null {
  if (!faultKinds.includes(fault.kind)) return `its kind is none of ${faultKinds.join(', ')}`
  if (fault.kind === 'decline') {
    const problem = contract.checkRefusal(fault.reason)
    return problem && `the reason does not fit the contract: ${problem}`
  }
  if (fault.kind !== 'delay' || isCount(fault.ms, delayMsMax)) return null
  return `ms is not a count up to ${delayMsMax}`
}

const isCount = (count: number, max: number): boolean =>
  Number.isInteger(count) && count >= 1 && count <= max

function invalid(command: string, problem: string): Error {
  return participantError('FAULT_INVALID', { command, problem })
}

async function standInForCrash(): Promise<never> {
  throw participantError('FAULT_CRASH')
}
