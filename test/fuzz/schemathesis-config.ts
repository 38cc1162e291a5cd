// What schemathesis is told of this API that no document can say: ids of sagas that are there, and
// which refusals are right for requests that fit their schema.

export type Known = { readonly ids: readonly string[]; readonly name: string }

const casesOfOperation = 240

/** Each on a saga of its own, since some end it. */
const operations = [
  ...['', '/history', '/logs', '/verbs', '/retry', '/skip', '/cancel', '/pause', '/resume'],
  ...['/abandon', '/terminate', '/signals/{signal}'],
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

# A wrong query may be too long as well.
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429", "431"]
${operations.map((path, at) => operation(path, ids[at] ?? '')).join('')}
[[operations]]
include-path = "/definitions/{saga}/migrations"
parameters = { "path.saga" = "${name}" }
${inWords}
${alsoRead}
${pathsInWords.map((path) => `[[operations]]\ninclude-path = "${path}"\n${inWords}\n`).join('')}
[[operations]]
include-path = "/dead-letters/replay"
${inWords}
${alsoRead}
[[operations]]
include-path = "/sagas/${name}"
${alsoRead}
`
}

const pathsInWords = [
  '/sagas',
  '/locks',
  '/bulk-jobs',
  '/stats',
  '/dead-letters',
  '/dead-letters/{letter}/edit',
]

/** The path of any saga, letter or version, which can be read as well. */
const alsoRead = `checks.allow_header_conformance.enabled = false
checks.unsupported_method.enabled = false`

/** Cursors, times, ids, one of two fields: what they must be no schema can say. */
const inWords =
  'checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "404", "409", "422"]'

function operation(path: string, id: string): string {
  // A start is at the same path.
  const method = path === '' ? 'include-method = "GET"' : ''
  // A past moment, and the place in the lines.
  const words = path === '' || path === '/logs' ? inWords : ''
  return `
[[operations]]
include-path = "/sagas/{saga}${path}"
${method}
${words}
parameters = { "path.saga" = "${id}" }
`
}
