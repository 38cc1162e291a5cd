// The colour of each state of a dead letter.
export const letterTones = {
  parked: 'bad',
  replaying: 'accent',
  replayed: 'good',
  discarded: 'calm',
} as const
