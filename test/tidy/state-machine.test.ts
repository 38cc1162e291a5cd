// docs/state-machine.md is drawn from the engine.
import { expect, it } from 'vitest'
import { stateMachinePage } from './state-machine-page.ts'

it('docs/state-machine.md is what the engine holds sagas to', async () => {
  await expect(stateMachinePage()).toMatchFileSnapshot('../../docs/state-machine.md')
})
