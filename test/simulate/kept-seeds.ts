// Runs that once broke a promise, and what was wrong then. They are run again each time. A change of
// the simulation gives a seed another run, so each of these faults has a test of its own as well.

export type KeptSeed = { readonly seed: number; readonly sagas: number; readonly why: string }

export const keptSeeds: readonly KeptSeed[] = [
  {
    seed: 9,
    sagas: 100,
    why: 'a connection lost while a child started ended the orchestrator: a rejection unhandled',
  },
]
