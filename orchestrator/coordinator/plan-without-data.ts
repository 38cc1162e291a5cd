// The plan of a migration, fit to be shown: what the author's functions throw may quote the saga's data.
import { masked } from '../../messaging/encrypted-fields.ts'
import { isSensitiveDefinition } from '../definition/sensitive-definition.ts'
import { type MigrationPlan, planMigration } from '../engine/plan-migration.ts'

type Question = Parameters<typeof planMigration>[0]

export function planWithoutData(question: Question): MigrationPlan {
  const plan = planMigration(question)
  const isOpen = ![question.from, question.to].some(isSensitiveDefinition)
  if (isOpen || plan.type === 'ok') return plan
  return { ...plan, reason: plan.reason.replace(/( threw: ).*/s, `$1${masked}`) }
}
