// Every SQL statement of the product, found in its source: those with a name, and the texts of
// those without one. For the test that none of them is forgotten.
import ts from 'typescript'
import { inRooms, walk } from '../tidy/source-tree.ts'

const rooms = ['messaging', 'participant', 'orchestrator', 'services']

/** Looks at a real store from outside; nothing that runs uses it. */
const auditor = /^orchestrator\/audit\//

const nodes: readonly ts.Node[] = inRooms(...rooms)
  .filter(({ path, text }) => /\btext:|\.query\b/.test(text) && !auditor.test(path))
  .flatMap((file) => [...walk(file.ast)])

/** A part of a name or text that is put in when it runs is told as `*`. */
function textOf(node: ts.Expression | undefined): string | null {
  if (node === undefined) return null
  if (ts.isStringLiteralLike(node)) return node.text
  if (!ts.isTemplateExpression(node)) return null
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('*')
}

/** Objects with a name and a text. */
export function findNamedStatements(): readonly string[] {
  return nodes
    .filter(ts.isObjectLiteralExpression)
    .flatMap((node) => {
      const partOf = (name: string) =>
        node.properties
          .filter(ts.isPropertyAssignment)
          .find((property) => property.name.getText() === name)?.initializer
      const [name, text] = [textOf(partOf('name')), textOf(partOf('text'))]
      return name !== null && text !== null ? [name] : []
    })
    .toSorted()
}

/** Texts given to `query` as they stand, by the first words of them. */
export function findAnonymousStatements(): readonly string[] {
  const texts = nodes
    .filter(ts.isCallExpression)
    .filter(({ expression }) => /\.query$/.test(expression.getText()))
    .flatMap((call) => textOf(call.arguments[0]) ?? [])
  return [
    ...new Set(texts.map((text) => text.trim().split(/\s+/).slice(0, 4).join(' '))),
  ].toSorted()
}
