// What schemathesis is told of this API that no document can say: ids of sagas that are there, and
// which refusals are right for requests that fit their schema.

export type Known = { readonly ids: readonly string[]; readonly name: string }

const casesOfOperation = 240

/** Each on a saga of its own, since some end it. */
const operations = [
  ...['', '/history', '/verbs', '/retry', '/skip', '/cancel', '/pause', '/resume', '/abandon'],
  ...['/terminate', '/signals/{signal}'],
]

export const sagasNeeded = operations.length

export function schemathesisConfig({ ids, name }: Known): string {
  return `
[generation]
max-examples = ${casesOfOperation}
# What Postgres cannot keep is refused; no schema can say so.
allow-x00 = false
codec = "utf-8"

# Of requests that fit their schema: what they name is not there, or not as it should be.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "404", "409", "413", "422"]
${operations.map((path, at) => operation(path, ids[at] ?? '')).join('')}
[[operations]]
include-path = "/definitions/{saga}/migrations"
parameters = { "path.saga" = "${name}" }
${cursors}
[[operations]]
include-path = "/sagas"
${cursors}
[[operations]]
include-path = "/locks"
${cursors}
# The path of any saga, which can be read as well.
[[operations]]
include-path = "/sagas/${name}"
checks.allow_header_conformance.enabled = false
`
}

/** A cursor is made by the page before, and by nobody else. */
const cursors =
  'checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "404", "409", "422"]'

function operation(path: string, id: string): string {
  // A start is at the same path.
  const method = path === '' ? 'include-method = "GET"\n' : ''
  return `
[[operations]]
include-path = "/sagas/{saga}${path}"
${method}parameters = { "path.saga" = "${id}" }
`
}
