// What a person can tell a saga: the word on the button, what it means, and how grave it is.
export const verbs = ['retry', 'skip', 'cancel', 'pause', 'resume', 'abandon', 'terminate'] as const

export type BulkVerb = (typeof verbs)[number]

type Words = { readonly label: string; readonly means: string; readonly isGrave: boolean }

export const verbWords: Readonly<Record<BulkVerb, Words>> = {
  retry: {
    label: 'Retry',
    means: 'Sends the commands that a stuck saga is parked at again.',
    isGrave: false,
  },
  skip: {
    label: 'Skip a step',
    means: 'Goes past a parked step, by what you say of its effect.',
    isGrave: true,
  },
  cancel: {
    label: 'Cancel',
    means: 'Turns the saga back before its point of no return: what was done is undone.',
    isGrave: true,
  },
  pause: {
    label: 'Pause',
    means: 'Holds the saga: nothing is sent, no timer fires, and what comes is kept.',
    isGrave: false,
  },
  resume: {
    label: 'Resume',
    means: 'Lets a paused saga go on, with everything that came meanwhile.',
    isGrave: false,
  },
  abandon: {
    label: 'Abandon',
    means: 'Gives a stuck saga up: nothing more is sent, effects that stay are flagged.',
    isGrave: true,
  },
  terminate: {
    label: 'Terminate',
    means: 'Ends the saga at once: nothing is undone, nothing more is sent.',
    isGrave: true,
  },
}
