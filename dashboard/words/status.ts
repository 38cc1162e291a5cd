// What each status of a saga is called, which colour it has, and what it means.
import type { Api } from '../../orchestrator/client/index.ts'

export type Status = Api['get-saga']['answer']['status']
export type Tone = 'calm' | 'accent' | 'good' | 'back' | 'bad' | 'hold'

type Words = { readonly label: string; readonly tone: Tone; readonly means: string }

export const statuses: Readonly<Record<Status, Words>> = {
  scheduled: { label: 'Scheduled', tone: 'calm', means: 'Its start is for later.' },
  waiting: { label: 'Waiting', tone: 'calm', means: 'It waits for its locks.' },
  running: { label: 'Running', tone: 'accent', means: 'It goes forward.' },
  compensating: { label: 'Compensating', tone: 'back', means: 'What was done is being undone.' },
  stuck: { label: 'Stuck', tone: 'bad', means: 'A person must look.' },
  paused: { label: 'Paused', tone: 'hold', means: 'A person holds it.' },
  completed: { label: 'Completed', tone: 'good', means: 'It reached its end.' },
  compensated: { label: 'Compensated', tone: 'back', means: 'Everything done was undone.' },
  abandoned: { label: 'Abandoned', tone: 'calm', means: 'A person gave it up.' },
  terminated: { label: 'Terminated', tone: 'calm', means: 'A person stopped it where it was.' },
}

export const statusNames = Object.keys(statuses) as readonly Status[]

const ended = new Set<Status>(['completed', 'compensated', 'abandoned', 'terminated'])

export const hasEnded = (status: Status): boolean => ended.has(status)
