// The house style as tests: sizes, names, first comments, exports. Each check is also shown a bad
// sample, so that it is known to be able to fail.
import { describe, expect, it } from 'vitest'
import {
  checkDoorPlace,
  checkExports,
  checkFileSize,
  checkFunctionSizes,
  checkInheritance,
  checkName,
  checkTopComment,
  fileLinesMax,
  functionLinesMax,
} from './check-shape.ts'
import { type CodeFile, codeFiles, toCode } from './source-tree.ts'

type Check = (file: CodeFile) => readonly string[]

const bad = (check: Check, path: string, text: string) => check(toCode(path, text))

describe('every file', () => {
  it('is short enough', () => expect(codeFiles.flatMap(checkFileSize)).toEqual([]))
  it('has short functions', () => expect(codeFiles.flatMap(checkFunctionSizes)).toEqual([]))
  it('has a name that says its job', () => expect(codeFiles.flatMap(checkName)).toEqual([]))
  it('opens with a comment', () => expect(codeFiles.flatMap(checkTopComment)).toEqual([]))
  it('exports by name', () => expect(codeFiles.flatMap(checkExports)).toEqual([]))
  it('is no hidden door', () => expect(codeFiles.flatMap(checkDoorPlace)).toEqual([]))
  it('inherits for errors only', () => expect(codeFiles.flatMap(checkInheritance)).toEqual([]))
})

describe('a bad sample is found', () => {
  it('too long a file', () => {
    const long = 'x()\n'.repeat(fileLinesMax + 1)
    expect(bad(checkFileSize, 'messaging/x.ts', long)).toHaveLength(1)
    expect(bad(checkFileSize, 'test/x.test.ts', long)).toEqual([])
  })

  it('too long a function, but not a group of tests', () => {
    const body = 'x()\n'.repeat(functionLinesMax)
    expect(bad(checkFunctionSizes, 'a.ts', `const f = () => {\n${body}}`)).toHaveLength(1)
    expect(bad(checkFunctionSizes, 'a.ts', `class A { f() {\n${body}} }`)).toHaveLength(1)
    expect(bad(checkFunctionSizes, 'a.ts', `describe('a', () => {\n${body}})`)).toEqual([])
  })

  it('a vague or misspelt name', () => {
    expect(bad(checkName, 'messaging/kafka-utils.ts', '')).toHaveLength(1)
    expect(bad(checkName, 'messaging/sagaManager.ts', '')).toHaveLength(1)
    expect(bad(checkName, 'messaging/types.ts', '')).toHaveLength(1)
    expect(bad(checkName, 'test/saga-end.test.ts', '')).toEqual([])
  })

  it('no comment, or none that says anything, at the top', () => {
    expect(bad(checkTopComment, 'a.ts', "import 'x'\n// Late.\n")).toHaveLength(1)
    expect(bad(checkTopComment, 'a.ts', '// a.ts\n')).toHaveLength(1)
    expect(bad(checkTopComment, 'a.ts', '// It is what it is and no more\n')).toHaveLength(1)
    expect(bad(checkTopComment, 'a.ts', '/** Waits for the end of a saga. */\n')).toEqual([])
  })

  it('exports that nobody named', () => {
    expect(bad(checkExports, 'a.ts', 'export default 1')).toHaveLength(1)
    expect(bad(checkExports, 'a.ts', 'export default function f() {}')).toHaveLength(1)
    expect(bad(checkExports, 'a.ts', "export * from './b.ts'")).toHaveLength(1)
    expect(bad(checkExports, 'a.ts', "export { b } from './b.ts'")).toHaveLength(1)
    expect(bad(checkExports, 'participant/index.ts', 'export const a = 1')).toHaveLength(1)
  })

  it('a door where there is none', () => {
    expect(bad(checkDoorPlace, 'messaging/index.ts', '')).toHaveLength(1)
  })

  it('inheritance', () => {
    expect(bad(checkInheritance, 'a.ts', 'class A extends B {}')).toHaveLength(1)
    expect(bad(checkInheritance, 'a.ts', 'class A extends Error {}')).toEqual([])
  })
})
