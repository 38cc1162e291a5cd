// The statements that search the read model. A search by name, version or status looks at each group
// of `search_counts` that fits, which is a range of an index in the order that is asked for; others
// look at all. They have no name, so that each is planned for its values: how common a value is
// makes all the difference.
import type { Attributes } from './saga-rows.ts'
import type { SearchFilter, SearchPage } from './search-sagas.ts'
import { attributeTexts } from './search-words.ts'

/** A piece of SQL; each `$` in it stands for the next of its values. */
type Piece = { readonly text: string; readonly values: readonly unknown[] }

const piece = (text: string, ...values: readonly unknown[]): Piece => ({ text, values })

function join(pieces: readonly Piece[], between: string): Piece {
  const text = pieces.map((one) => one.text).join(between)
  return { text, values: pieces.flatMap(({ values }) => values) }
}

function where(terms: readonly Piece[]): Piece {
  return terms.length === 0 ? piece('') : join([piece('where'), join(terms, ' and ')], ' ')
}

/** Nothing, where nothing is asked. */
function term(text: string, value: unknown): readonly Piece[] {
  return value === null ? [] : [piece(text, value)]
}

/** A key that never changes has its index where the sagas are. */
const keyTerm = (column: string, value: string | null) =>
  term(`saga_id in (select id from sagas where ${column} = $)`, value)

const order = piece('order by started_at desc, saga_id desc limit')

/** `select` gives the columns of `found`. */
export function searchStatement(
  filter: SearchFilter,
  page: SearchPage,
  select: string,
): { readonly text: string; readonly values: readonly unknown[] } {
  const keys = keyTerms(filter)
  const groups = groupTerms(filter)
  const terms = [...keys, ...otherTerms(filter), ...placeTerms(page)]
  const cut = join([order, piece('$::int', page.limit)], ' ')
  const isPlain = groups.length === 0 || keys.length > 0
  const whole = isPlain
    ? join(
        [piece(`select ${select} from saga_search found`), where([...groups, ...terms]), cut],
        ' ',
      )
    : byGroups(where(groups), terms, cut, select)
  let count = 0
  const text = whole.text.replace(/\$/g, () => {
    count += 1
    return `$${count}`
  })
  return { text, values: whole.values }
}

function byGroups(groups: Piece, terms: readonly Piece[], cut: Piece, select: string): Piece {
  const own = ['name', 'version', 'status'].map((column) => piece(`${column} = a_${column}`))
  return join(
    [
      piece(`select ${select} from (select name, version, status from search_counts`),
      groups,
      piece(') as a (a_name, a_version, a_status)'),
      piece('cross join lateral (select * from saga_search'),
      where([...own, ...terms]),
      cut,
      piece(') as found'),
      cut,
    ],
    ' ',
  )
}

function groupTerms(filter: SearchFilter): readonly Piece[] {
  return [
    ...term('name = any($::text[])', namesOf(filter)),
    ...term('version = $::int', filter.version),
    ...term('status = any($::text[])', filter.statuses),
  ]
}

/** Null: all. */
function namesOf({ name, names }: SearchFilter): readonly string[] | null {
  if (name === null) return names
  return names === null || names.includes(name) ? [name] : []
}

function keyTerms(filter: SearchFilter): readonly Piece[] {
  return [
    ...keyTerm('business_key', filter.businessKey),
    ...keyTerm('correlation_id', filter.correlationId),
    ...keyTerm('parent_id', filter.parentId),
    ...term('saga_id = any($::uuid[])', filter.ids),
  ]
}

function otherTerms(filter: SearchFilter): readonly Piece[] {
  return [
    // Both, so that the index of those which have steps under way is of use.
    ...term(`steps <> '{}' and steps @> array[$::text]`, filter.step),
    ...term('attributes @> $::text[]', textsOf(filter.attributes)),
    ...term(`error_terms @@ plainto_tsquery('simple'::regconfig, $)`, filter.error),
    ...term('started_at >= $::timestamptz', filter.startedAfter),
    ...term('started_at < $::timestamptz', filter.startedBefore),
  ]
}

function textsOf(attributes: Attributes | null): readonly string[] | null {
  return attributes && attributeTexts(attributes)
}

function placeTerms({ before }: SearchPage): readonly Piece[] {
  if (before === null) return []
  return [piece('(started_at, saga_id) < ($::timestamptz, $::uuid)', before.startedAt, before.id)]
}
