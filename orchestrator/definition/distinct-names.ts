// For the compiler: no two items of a saga have one name. `check-items.ts` holds it at run time,
// where it also sees names that are not literals.
import type { ItemsIn, NameOf } from './listed-items.ts'

/** Nothing for a list that keeps the rule, else a property that no list has, named by it. */
export type DistinctNames<T> = [TwiceIn<ItemsIn<T>>] extends [never]
  ? unknown
  : { readonly problem: `two steps are named ${TwiceIn<ItemsIn<T>>}` }

type TwiceIn<Items> = { [N in NamesIn<Items>]: IsUnion<PlacesOf<Items, N>, N> }[NamesIn<Items>]

type NamesIn<Items> = Items extends { readonly item: infer E } ? Literal<NameOf<E>> : never

/** A name that is made up while the program runs may be any. */
type Literal<N extends string> = Record<never, 1> extends Record<N, 1> ? never : N

type PlacesOf<Items, N> = Items extends {
  readonly item: { readonly name: N }
  readonly place: infer Place
}
  ? Place
  : never

type IsUnion<Places, N, All = Places> = Places extends unknown
  ? [All] extends [Places]
    ? never
    : N
  : never
