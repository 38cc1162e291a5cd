// What a person does with dead letters in the dashboard: put one away, mend one and send it, send many.
import { expect } from 'vitest'
import { encodeMessage } from '../../messaging/envelope.ts'
import type { MessageId } from '../../messaging/message.ts'
import { awaitUntil } from '../system/await-until.ts'
import type { DashboardWorld, Scene } from './dashboard-world.ts'

type Row = { readonly id: string; readonly state: string; readonly changes: string }

/** As the database has them, by the key of their record. */
async function lettersOf(world: DashboardWorld, key: string): Promise<readonly Row[]> {
  const { rows } = await world.db.query<Row>(
    {
      name: 'test.letters',
      text: `select id::text, state, (select string_agg(action || ' by ' || actor || ': ' || reason,
          ', ' order by c.id) from dead_letter_changes c where letter_id = l.id) as changes
        from dead_letters l where key = convert_to($1, 'utf8') order by l.id`,
    },
    [key],
  )
  return rows
}

/** Starts of an expense over Kafka that nobody can read as one; of as many employees as there are. */
async function parkStarts(world: DashboardWorld, key: string, employees: readonly string[]) {
  for (const employee of employees) {
    const { value, ...record } = encodeMessage({
      id: `claim-expense/${employee}/start` as MessageId,
      type: 'sagaline.start-saga',
      source: 'test',
      topic: 'sagaline.starts',
      key,
      data: { saga: 'claim-expense', key: employee, input: { employee, cents: 'many' } },
    })
    await world.engine.kafka.write({ ...record, value: Buffer.from(value) })
  }
  return awaitUntil('they are parked', async () => {
    const letters = await lettersOf(world, key)
    return letters.length === employees.length && letters
  })
}

async function openLetters(world: DashboardWorld) {
  const { page } = await world.open('/stuck')
  await page.getByRole('tab', { name: 'Dead letters' }).click()
  return page
}

export const letterScenes: readonly Scene[] = [
  [
    'a dead letter is put away, with who did it and why',
    async (world) => {
      const [letter] = await parkStarts(world, 'put-away', ['nobody'])
      const page = await openLetters(world)
      await page.locator(`[data-letter="${letter?.id}"] .opener`).click()
      await page.getByLabel('Reason').fill('not ours')
      await page.getByRole('button', { name: 'Put it away' }).click()
      await page.getByText('by ada: not ours').waitFor()
      expect(await lettersOf(world, 'put-away')).toMatchObject([
        { state: 'discarded', changes: 'discarded by ada: not ours' },
      ])
      await page.getByRole('button', { name: 'Close' }).click()
      await page.getByLabel('State').selectOption('discarded')
      await page.locator(`[data-letter="${letter?.id}"]`).getByText('discarded').waitFor()
    },
  ],

  [
    'a dead letter is changed and sent again, and does what it was meant to do',
    async (world) => {
      const [letter] = await parkStarts(world, 'mend', ['mia'])
      const page = await openLetters(world)
      await page.locator(`[data-letter="${letter?.id}"] .opener`).click()
      await page.getByLabel('Reason').fill('a number is needed')
      await page.getByRole('button', { name: 'Change it' }).click()
      // A start may be one of a saga with sensitive data, so what it holds is not shown.
      await page.getByText('the whole value must be written anew').waitFor()
      const input = { employee: 'mia', cents: 4_000 }
      const mended = { saga: 'claim-expense', key: 'mia', input }
      await page.getByLabel('New value').fill(JSON.stringify(mended))
      await page.getByRole('button', { name: 'Keep the change' }).click()
      await page.getByText('edited').first().waitFor()
      expect(await lettersOf(world, 'mend')).toMatchObject([
        { state: 'parked', changes: 'edited by ada: a number is needed' },
      ])
      await page.getByRole('button', { name: 'Send it again' }).click()
      await awaitUntil('Kafka has it', async () => {
        const [sent] = await lettersOf(world, 'mend')
        return sent?.state === 'replayed'
      })
      await awaitUntil('the saga that it asks for has ended', async () => {
        const { rowCount } = await world.db.query(
          `select 1 from sagas where status = 'completed' and attributes->>'employee' = 'mia'`,
        )
        return rowCount === 1
      })
    },
  ],

  [
    'many dead letters are sent again: selected, a dry run first, and no others',
    async (world) => {
      // More than are shown at once.
      const employees = Array.from({ length: 52 }, (_, at) => `e${at}`)
      const letters = await parkStarts(world, 'many', employees)
      const page = await openLetters(world)
      await page.getByLabel('Topic').fill('sagaline.starts')
      await page.getByRole('button', { name: 'Show more' }).click()
      await page.locator(`[data-letter="${letters.at(-1)?.id}"]`).waitFor()
      for (const { id } of letters.slice(0, 2)) {
        await page.locator(`[data-letter="${id}"] input`).click()
      }
      await page.getByRole('button', { name: 'Send 2 again' }).click()
      await page.getByLabel('Reason').fill('to see')
      await page.getByRole('button', { name: 'Show what it would send' }).click()
      await page.getByText('Nothing has been done yet').waitFor()
      const states = async () => (await lettersOf(world, 'many')).map(({ state }) => state)
      expect(new Set(await states())).toEqual(new Set(['parked']))
      await page.getByRole('button', { name: 'Send 2 letters' }).click()
      await page.getByText('2 letters will be sent').waitFor()
      await page.getByRole('button', { name: 'Done' }).click()
      await awaitUntil('Kafka has them', async () => {
        const [first, second, ...others] = await states()
        const isSent = first === 'replayed' && second === 'replayed'
        // What is sent again is parked again, as another letter.
        return isSent && others.every((state) => state === 'parked')
      })
    },
  ],
]
