// All bugs that are planted, one at a time.
import { engineBugs } from './engine-bugs.ts'
import { messagingBugs } from './messaging-bugs.ts'
import type { PlantedBug } from './planted-bug.ts'

export const plantedBugs: readonly PlantedBug[] = [...messagingBugs, ...engineBugs]
