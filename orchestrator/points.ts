// The named places where a crash could matter. A test kills the process at each of them; in
// production nothing is called.

export const orchestratorPoints = [
  'start.after-commit-before-publish',
  'start.after-publish',
  'advance.before-commit',
  'advance.after-commit-before-publish',
  'advance.after-publish-before-offset',
  'timer.after-commit-before-publish',
] as const

export type OrchestratorPoint = (typeof orchestratorPoints)[number]

/** Told of each point as it is passed. May be asynchronous: the work waits for it. */
export type OnOrchestratorPoint = (point: OrchestratorPoint) => void | Promise<void>

export const noPoint: OnOrchestratorPoint = () => undefined
