// What makes an ask that has effects safe to repeat, and what may be said when it went wrong.
import { useState } from 'react'
import { v4 as newId } from 'uuid'
import { ApiError } from '../../orchestrator/client/index.ts'

/** One key for a dialog or form that is open: however often it asks, it is done once. */
export function useAskKey(): string {
  return useState(() => newId())[0]
}

/** `refused` only where the server said so: a lost answer says nothing of what was done. */
export function failureTitle(error: unknown, refused: string): string {
  const isRefused =
    error instanceof SyntaxError || (error instanceof ApiError && error.status < 500)
  return isRefused ? refused : 'It is not known whether it was done: try again, it is done once'
}
