// Compiles what waits: for a signal, a person's word, a time or a moment. Times go by names, so
// that a timer that is set keeps its meaning when a later release changes its length.
import { assign } from 'xstate'
import { rememberSignal } from './chart-context.ts'
import { escalateAction } from './group-marker.ts'
import { type At, failedState, type Position, withGiven } from './position.ts'
import type { ApprovalItem, DelayItem, MomentItem, WaitItem } from './saga-item.ts'

export function compileWait(
  item: WaitItem | ApprovalItem | DelayItem | MomentItem,
  position: Position,
) {
  switch (item.type) {
    case 'wait':
      return waitState(item, position)
    case 'approval':
      return approvalState(item, position)
    case 'delay':
      return delayState(item, position)
    case 'moment':
      return momentState(item, position)
  }
}

type Signalled = At & { readonly event: { readonly data?: unknown } }

function waitState({ name, signal, timeoutMs, onTimeout }: WaitItem, position: Position) {
  const { next, frame } = position
  const hear = ({ context, event }: Signalled) => rememberSignal(context, signal.name, event.data)
  const miss = ({ context }: At) => rememberSignal(context, signal.name, null)
  const on = { [signal.name]: { target: next, actions: assign(hear as never) } }
  if (timeoutMs === null) return { on }
  const delay = `timeout:${name}`
  frame.delays[delay] = timeoutMs
  const goOn = { target: next, actions: assign(miss as never) }
  return { on, after: { [delay]: onTimeout === 'continue' ? goOn : failure(position) } }
}

function approvalState({ name, signal, approval }: ApprovalItem, position: Position) {
  const { by, deadlineMs, escalate } = approval
  const { next, frame } = position
  const hear = ({ context, event }: Signalled) => rememberSignal(context, signal.name, event.data)
  const isApproved = ({ event }: Signalled) =>
    (event.data as { readonly approved?: unknown } | undefined)?.approved === true
  const deadline = `deadline:${name}`
  const late = `escalate:${name}`
  frame.delays[deadline] = deadlineMs
  if (escalate) frame.delays[late] = escalate.afterMs
  const tell = { type: escalateAction, params: { to: escalate?.to, step: name } }
  return {
    meta: { approval: { by, ...(escalate && { escalateTo: escalate.to }) } },
    on: {
      [signal.name]: [
        { guard: isApproved, target: next, actions: assign(hear as never) },
        { ...failure(position), actions: assign(hear as never) },
      ],
    },
    after: {
      ...(escalate && { [late]: { actions: tell } }),
      [deadline]: failure(position),
    },
  }
}

const failure = ({ frame }: Position) => ({ target: failedState(frame) })

function delayState({ name, delayMs }: DelayItem, position: Position) {
  const { next, frame } = position
  const delay = `delay:${name}`
  frame.delays[delay] = typeof delayMs === 'number' ? delayMs : withGiven(position, delayMs)
  return { after: { [delay]: { target: next } } }
}

function momentState({ name, moment }: MomentItem, position: Position) {
  const { next, frame } = position
  const delay = `until:${name}`
  const read = withGiven(position, moment)
  frame.delays[delay] = (at: At) => momentMs(name, read(at))
  return { after: { [delay]: { target: next } } }
}

/** A text without its zone would mean another moment on another machine. */
const isoMoment = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/

function momentMs(name: string, moment: Date | string | number): number {
  const isText = typeof moment === 'string'
  const ms = !isText || isoMoment.test(moment) ? new Date(moment).getTime() : Number.NaN
  if (Number.isNaN(ms)) {
    const given = isText ? `'${moment}'` : 'what it gives'
    throw new Error(`${name} cannot wait until ${given}: no date with a time zone`)
  }
  return ms
}
