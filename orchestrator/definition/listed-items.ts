// The items of a list as types, those inside other items among them, each with its place: what the
// compiler can tell of a saga is read from these. `saga-item.ts` is the same at run time.
import type { StepKind } from './step-options.ts'

/** An item as it was written. `Place` is another one for each. */
type Listed<Item, Place extends string> = { readonly item: Item; readonly place: Place }

/** Every item of a list, as a union. Where a list is not known item by item, its items share a
 * place. */
export type ItemsIn<T, Place extends string = 'steps'> = T extends readonly unknown[]
  ? number extends T['length']
    ? ItemAndInside<T[number], Place>
    : { [P in keyof T & `${number}`]: ItemAndInside<T[P], `${Place}.${P}`> }[keyof T & `${number}`]
  : never

type ItemAndInside<E, Place extends string> = Listed<E, Place> | ItemsInside<E, Place>

type ItemsInside<E, Place extends string> = E extends { readonly parallel: infer Branches }
  ? { [B in keyof Branches & string]: ItemsIn<Branches[B], `${Place}.${B}`> }[keyof Branches &
      string]
  : E extends { readonly choose: infer Ways extends readonly unknown[] }
    ? ItemsInWays<Ways, Place>
    : E extends { readonly repeat: infer Body }
      ? ItemsIn<Body, `${Place}.repeat`>
      : never

type ItemsInWays<Ways extends readonly unknown[], Place extends string> = {
  [W in keyof Ways & `${number}`]: Ways[W] extends { readonly steps: infer Steps }
    ? ItemsIn<Steps, `${Place}.${W}`>
    : never
}[keyof Ways & `${number}`]

export type NameOf<E> = E extends { readonly name: infer N extends string } ? N : 'it'

/** Of a step whose kind is not known, all kinds. */
export type KindOf<E> = E extends { readonly kind: infer K }
  ? K
  : 'kind' extends keyof E
    ? StepKind
    : 'compensatable'
