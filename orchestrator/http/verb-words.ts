// What each of an operator's verbs does, in words for whoever is about to use it: the OpenAPI
// document and the list of verbs of a saga show them.
import type { Verb } from '../engine/event.ts'

export const verbWords: Readonly<Record<Verb, string>> = {
  retry: 'Sends the commands that a stuck saga is parked at again',
  skip: 'Goes past a parked step, by what a person says of its effect',
  cancel: 'Turns a saga back before its point of no return: what was done is undone',
  pause: 'Holds a saga: nothing is sent, no timer fires, and what comes is kept',
  resume: 'Lets a paused saga go on, with everything that came meanwhile',
  abandon: 'Gives up a stuck saga: nothing more is sent, effects that stay are flagged',
  terminate: 'Ends a saga at once: nothing is undone, nothing more is sent',
}
