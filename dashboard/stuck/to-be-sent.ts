// What a replay of a dead letter sends: what it was changed to, else what came. Pure.
import type { Api } from '../../orchestrator/client/index.ts'

type Letter = Api['show-dead-letter']['answer']

export const toBeSent = ({
  value,
  headers,
  edited,
}: Letter): Pick<Letter, 'value' | 'headers'> => ({
  value: edited?.value ?? value,
  headers: edited?.headers ?? headers,
})
