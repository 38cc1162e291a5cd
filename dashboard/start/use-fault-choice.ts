// What the start form knows of faults: nothing unless the server allows them.
import { useRef, useState } from 'react'
import type { Api } from '../../orchestrator/client/index.ts'
import { client } from '../api/client.ts'
import { useFaults } from '../api/queries.ts'
import { readActor } from '../api/session.ts'
import { type ChosenFault, faultOf, noFault } from './fault-order.ts'
import type { Startable } from './start-page.tsx'

export type FaultService = Api['list-faults']['answer']['services'][number]

export function useFaultChoice({ name, steps }: Startable) {
  const { data } = useFaults()
  const [chosen, setChosen] = useState<ChosenFault>(noFault)
  /** The order that was sent last, as JSON; its answer may have been lost. */
  const sent = useRef<string | null>(null)
  const services = data?.services ?? []
  const commands = new Set(services.flatMap((service) => service.commands))
  const faulty = steps.filter(({ command }) => commands.has(command))
  const { order, wrong } = faultOf(
    chosen,
    (step) => faulty.find((one) => one.name === step)?.command ?? '',
  )
  return {
    isAllowed: data?.isAllowed === true,
    fields: {
      ...{ steps: faulty.map((step) => step.name), services, chosen, wrong },
      onChange: setChosen,
    },
    /** Before the saga is started. Does nothing where none was chosen. */
    send: async () => {
      if (order === null) return
      const isRepeat = sent.current === JSON.stringify(order)
      if (isRepeat && (await isThere(order.command))) return
      sent.current = JSON.stringify(order)
      const actor = readActor() || 'dashboard'
      await client.call('add-fault', { body: { ...order, actor, reason: `for a ${name}` } })
    },
  }
}

/** A fault has no key that makes its repeat harmless, so a repeat looks first. */
async function isThere(command: string): Promise<boolean> {
  const { services } = await client.call('list-faults', {})
  return services.some(({ faults }) => faults.some((one) => one.command === command))
}
