// Progress of long work on standard error: a bar on a terminal, and else a line now and then.
import type { Terminal } from './command.ts'

/** Between two lines where there is no terminal, and between two drawings of a bar. */
const everyMs = { line: 2_000, bar: 100 }
const barLength = 24

export type Progress = {
  /** `total` 0: not known. */
  tell(done: number, total: number, text?: string): void
  /** Takes the bar away. */
  end(): void
}

export function startProgress(what: string, terminal: Terminal): Progress {
  const { clock, err, screen } = terminal
  const { redraw } = screen
  const pause = redraw === null ? everyMs.line : everyMs.bar
  let last = redraw === null ? clock.monotonicMs() : Number.NEGATIVE_INFINITY
  let isDrawn = false
  return {
    tell: (done, total, text = '') => {
      const now = clock.monotonicMs()
      const isWhole = total > 0 && done >= total
      if (now - last < pause && !(isWhole && redraw !== null)) return
      last = now
      const line = progressText({ what, done, total, text })
      if (redraw === null) return err(line)
      isDrawn = true
      redraw(`${barText(done, total)} ${line}`)
    },
    end: () => {
      if (isDrawn) redraw?.('')
      isDrawn = false
    },
  }
}

type Told = {
  readonly what: string
  readonly done: number
  readonly total: number
  readonly text: string
}

function progressText({ what, done, total, text }: Told): string {
  const share = total === 0 ? `${done}` : `${done} of ${total} (${shareOf(done, total)} %)`
  return text === '' ? `${what} ${share}` : `${what} ${share}, ${text}`
}

function shareOf(done: number, total: number): number {
  return Math.min(100, Math.floor((100 * done) / total))
}

function barText(done: number, total: number): string {
  const full = total === 0 ? 0 : Math.min(barLength, Math.round((barLength * done) / total))
  return `${'█'.repeat(full)}${'░'.repeat(barLength - full)}`
}
