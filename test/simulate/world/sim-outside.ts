// Somebody outside of all databases whom the works service asks for some of its work: knows a
// repeat by its key, goes on when the one who asked is dead, answers late or not at all.
import type { Clock } from '../../../messaging/clock.ts'
import type { CommandContract } from '../../../messaging/contract.ts'
import {
  type Command,
  type Handler,
  handleOutside,
  refused,
  type Tx,
} from '../../../participant/index.ts'
import type { SimGiven } from './sim-given.ts'

type Answer = { readonly isDeclined: boolean }

type Ways = {
  readonly clock: Clock
  readonly isDeclined: (command: Command) => boolean
  /** Writes it down, and answers the reply. */
  readonly settle: (tx: Tx, command: Command) => Promise<unknown>
}

const usualMs = { min: 2, max: 60 }
const slowMs = { min: 500, max: 12_000 }

export class SimOutside {
  readonly #given: Pick<SimGiven, 'scheduler' | 'broker' | 'faults' | 'random' | 'story'>
  readonly #answers = new Map<string, Answer>()

  constructor(given: Pick<SimGiven, 'scheduler' | 'broker' | 'faults' | 'random' | 'story'>) {
    this.#given = given
  }

  /** The ids of the commands that it carried out. */
  done(): readonly string[] {
    return [...this.#answers].filter(([, { isDeclined }]) => !isDeclined).map(([id]) => id)
  }

  handler(contract: CommandContract, { clock, isDeclined, settle }: Ways): Handler {
    return handleOutside(contract, {
      call: (command: Command) => this.#call(command, { clock, isDeclined: isDeclined(command) }),
      ask: async ({ id }: Command) => {
        await clock.wait(this.#ms())
        const known = this.#answers.get(id) ?? null
        this.#given.story.seen(`external effect asked about: ${known === null ? 'un' : ''}known`)
        return known
      },
      settle: async (tx: Tx, command: Command, answer: Answer) => {
        if (answer.isDeclined) return refused('not this one')
        return (await settle(tx, command)) as never
      },
    } as never)
  }

  async #call({ id }: Command, { clock, isDeclined }: Answer & { clock: Clock }): Promise<Answer> {
    const { scheduler, broker, faults, story } = this.#given
    const answer = await new Promise<Answer>((resolve) => {
      // Not a step of the one who asks: it happens whether that one lives or not.
      scheduler.after(broker.network.broker, this.#ms(), `outside does ${id}`, () => {
        if (this.#answers.has(id)) story.seen('external effect called again under its key')
        else this.#answers.set(id, { isDeclined })
        resolve(this.#answers.get(id) ?? { isDeclined })
      })
    })
    await clock.wait(this.#ms())
    if (faults.happens('outside.lost', id)) throw new Error('the answer from outside is lost')
    return answer
  }

  #ms(): number {
    const { faults, random } = this.#given
    const { min, max } = faults.happens('outside.slow') ? slowMs : usualMs
    return random.between(min, max)
  }
}
