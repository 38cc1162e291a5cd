// The clock of the browser: the only place in the dashboard that reads it.
import { useSyncExternalStore } from 'react'

/** Milliseconds since the epoch. */
export const now = (): number => Date.now()

/** Ages are shown in seconds, so they are made anew once a second. */
const tickMs = 1_000

const listeners = new Set<() => void>()
let current = now()
let timer: ReturnType<typeof setInterval> | null = null

function listen(onTick: () => void): () => void {
  listeners.add(onTick)
  current = now()
  timer ??= setInterval(() => {
    current = now()
    for (const tell of listeners) tell()
  }, tickMs)
  return () => {
    listeners.delete(onTick)
    if (listeners.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }
}

/** The time, renewed every second while something shows it. */
export function useNow(): number {
  return useSyncExternalStore(listen, () => current)
}
