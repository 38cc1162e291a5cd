// Where the machine's clock, chance and the environment may be read: time and chance are
// arguments everywhere but in `messaging/clock.ts` and the `main.ts` files, settings come from
// `config.ts` files, and the core knows none of them at all.
import ts from 'typescript'
import { at, type CodeFile, productRooms, roomOf, walk } from './source-tree.ts'

const core = /^orchestrator\/(definition|engine)\//
const clockHomes = /^(messaging|dashboard)\/clock\.ts$|(^|\/)main\.ts$/
// The bootstrap runs before anything is there that a config.ts could use.
const configHome = /(^|\/)config\.ts$|^local\/bootstrap\.mjs$/

const clockCalls = new Set(['Date.now', 'Math.random', 'performance.now', 'crypto.randomUUID'])
const clockNames = new Set(['randomUUID', 'randomInt', 'randomBytes', 'hrtime'])
const timers = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'])
const outside = new Set(['process', 'fetch', 'console', 'Promise', 'globalThis'])

export function checkClock(file: CodeFile): readonly string[] {
  if (!productRooms.includes(roomOf(file.path)) || clockHomes.test(file.path)) return []
  return nodes(file).flatMap((node) => {
    if (isCall(node, clockCalls)) return [at(file, node, `calls ${node.expression.getText()}`)]
    if (isUse(node, clockNames)) return [at(file, node, `uses ${node.text}`)]
    return isNewDate(node) ? [at(file, node, 'reads the clock by new Date()')] : []
  })
}

export function checkEnvironment(file: CodeFile): readonly string[] {
  const isFree = ['test', 'docs', 'bench'].includes(roomOf(file.path)) || configHome.test(file.path)
  if (isFree) return []
  return nodes(file)
    .filter((node) => ts.isPropertyAccessExpression(node) && node.getText() === 'process.env')
    .map((node) => at(file, node, 'reads process.env outside a config.ts'))
}

/** The core computes and nothing else: no clock, no chance, no waiting, no outside. */
export function checkCore(file: CodeFile): readonly string[] {
  if (!core.test(file.path)) return []
  return nodes(file).flatMap((node) => {
    if (isUse(node, timers) || isUse(node, outside)) return [at(file, node, `uses ${node.text}`)]
    const isWaiting = ts.isAwaitExpression(node) || node.kind === ts.SyntaxKind.AsyncKeyword
    if (isWaiting) return [at(file, node, 'waits')]
    const isModule = ts.isImportDeclaration(node) && /^.node:(?!crypto)/.test(specifierOf(node))
    return isModule ? [at(file, node, `imports ${specifierOf(node)}`)] : []
  })
}

const nodes = (file: CodeFile): readonly ts.Node[] => [...walk(file.ast)]

const specifierOf = (node: ts.ImportDeclaration): string => node.moduleSpecifier.getText()

function isCall(node: ts.Node, names: ReadonlySet<string>): node is ts.CallExpression {
  return ts.isCallExpression(node) && names.has(node.expression.getText())
}

/** An identifier that stands for itself, not a property or a key of that name. */
function isUse(node: ts.Node, names: ReadonlySet<string>): node is ts.Identifier {
  if (!ts.isIdentifier(node) || !names.has(node.text)) return false
  const { parent } = node
  const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node
  const isKey = ts.isPropertyAssignment(parent) && parent.name === node
  return !isMember && !isKey && !ts.isPropertySignature(parent) && !ts.isTypeReferenceNode(parent)
}

function isNewDate(node: ts.Node): boolean {
  const isDate = ts.isNewExpression(node) || ts.isCallExpression(node)
  if (!isDate || node.expression.getText() !== 'Date') return false
  return ts.isCallExpression(node) || (node.arguments?.length ?? 0) === 0
}
