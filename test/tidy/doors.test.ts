// What users import is explained, and the package's doors are the doors of the source tree.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { undocumented, undocumentedInDoors } from './check-doors.ts'
import { doors } from './check-shape.ts'
import { readSource } from './source-tree.ts'

it('every export of a door has a docstring', () => {
  expect(undocumentedInDoors()).toEqual([])
})

it('an export without a docstring is found', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sagaline-doors-'))
  const told = '/** Told. */\nexport const told = 1\nexport type Data = { readonly a: 1 }\n'
  const silent = 'export const silent = 1\nexport type Call = () => void\n'
  writeFileSync(path.join(folder, 'index.ts'), told + silent)
  try {
    const found = undocumented(['index.ts'], folder)
    expect(found).toEqual(['index.ts: silent', 'index.ts: Call'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('the package has these doors and no other', () => {
  const { exports } = JSON.parse(readSource('package.json').text)
  const targets = Object.values(exports).flatMap((door) =>
    typeof door === 'object' && door !== null && 'default' in door ? [door.default] : [],
  )
  const built = doors.map((door) => `./dist/${door.replace('.ts', '.js')}`)
  expect(targets.sort()).toEqual(built.sort())
})
