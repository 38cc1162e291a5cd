// The usual way to write a saga: a list of items, one screen long.
import type { Static, TSchema } from 'typebox'
import type { ChartContext } from './chart-context.ts'
import { itemsProblem } from './check-items.ts'
import { optionsProblem } from './check-options.ts'
import { compileSteps } from './compile-steps.ts'
import { completeDefinition, type Options } from './complete-definition.ts'
import { hashOf, structureOf } from './definition-hash.ts'
import type { Given } from './given.ts'
import { givenOf } from './given-of.ts'
import type { Inferred } from './item-options.ts'
import { readItems } from './read-items.ts'
import { refuseIf } from './refuse.ts'
import type { SagaDefinition } from './saga-definition.ts'
import { allItems, stepsOf } from './saga-item.ts'
import type { SagaOptions } from './saga-options.ts'
import type { ShapeOfList } from './shape-of-list.ts'

/**
 * Defines a saga whose items follow one another: commands, child sagas, lists side by side, a list
 * for each of many, choices, loops, and things to wait for. When a step is refused or its outcome
 * stays unknown, when an approval is not given, a wait takes too long or a loop does not end, every
 * step that was or may have been done is undone in reverse order.
 *
 * Its functions must give the same for the same argument, and change nothing.
 * @throws DEFINITION_INVALID with the rule that is broken.
 */
export function defineSaga<
  I extends TSchema,
  const T extends readonly Inferred[],
  Input = Static<I>,
  Output = null,
  const Name extends string = string,
>(
  options: SagaOptions<I, T, Input, Output, Name>,
): SagaDefinition<NoInfer<Input>, NoInfer<Output>, ShapeOfList<Name, T>> {
  const { name, version, input } = options
  refuseIf(name, optionsProblem(options))
  const items = readItems(name, options.steps)
  refuseIf(name, itemsProblem(items))
  const { machine, functions, paths, steps: before } = compileSteps(name, items)
  const steps = stepsOf(items)
  const signals = allItems(items).flatMap((item) => ('signal' in item ? [item.signal] : []))
  const structure = functions === null ? structureOf(items) : null
  const output = options.output as ((given: Given<unknown>) => unknown) | undefined
  const definition = completeDefinition(options as unknown as Options, {
    name,
    hash: hashOf({ name, version, input, steps, signals, structure }),
    machine,
    functions,
    hasChartContext: true,
    paths,
    output: (context) => output?.(givenOf(context as ChartContext, before, name)) ?? null,
    steps,
    signals,
  })
  return definition as SagaDefinition as SagaDefinition<
    NoInfer<Input>,
    NoInfer<Output>,
    ShapeOfList<Name, T>
  >
}
