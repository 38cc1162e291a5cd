// The auditor, again and again while a system is at work, as it would be run in production: from
// outside, by the command line, with the topic.
import path from 'node:path'
import { realClock } from '../../messaging/clock.ts'
import { callCli } from '../cli/call-cli.ts'
import type { AuditedDatabases } from './audited-rows.ts'

const saga = path.join(import.meta.dirname, '../../services/place-order/saga.ts')
const betweenMs = 500

export type Meanwhile = {
  readonly audits: number
  /** Sagas that lived when they were looked at, in all audits. */
  readonly living: number
  /** What was printed of audits that did not end well. */
  readonly alarms: readonly string[]
}

export async function auditMeanwhile(
  on: { readonly databases: AuditedDatabases; readonly brokers: string },
  work: Promise<unknown>,
): Promise<Meanwhile> {
  const { sagas, orders, payments } = on.databases
  const services = ['--service', `orders=${orders}`, '--service', `payments=${payments}`]
  const topics = ['--topics', '--brokers', on.brokers]
  const words = ['audit', '--database', sagas, '--definitions', saga, ...services, ...topics]
  let isOver = false
  const over = () => {
    isOver = true
  }
  void work.then(over, over)
  const alarms: string[] = []
  let [audits, living] = [0, 0]
  while (!isOver) {
    const { code, out, err } = await callCli([...words, '--json'])
    audits += 1
    if (code === 0) living += livingIn(out)
    if (code !== 0 || !out.includes('"notJudged":[]')) alarms.push(`${code}: ${out} ${err}`)
    await realClock.wait(betweenMs)
  }
  return { audits, living, alarms }
}

function livingIn(out: string): number {
  const { sagas, ended } = JSON.parse(out) as { readonly sagas: number; readonly ended: number }
  return sagas - ended
}
