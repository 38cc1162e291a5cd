// The licences of everything that runs in production, from what is installed. All of them must let
// anybody use, change and pass on the code.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './source-tree.ts'

export type Licence = {
  readonly name: string
  readonly version: string
  /** An SPDX expression, or empty. */
  readonly licence: string
}

type LockEntry = {
  readonly version?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
  readonly license?: string
  readonly integrity?: string
}

export type Lock = { readonly packages: Readonly<Record<string, LockEntry>> }

/** Peers are there too: xstate is one. */
export function productionLicences(lock: Lock): readonly Licence[] {
  return Object.entries(lock.packages)
    .filter(([place, { dev, devOptional }]) => place !== '' && !dev && !devOptional)
    .filter(([place, { optional }]) => !optional || existsSync(path.join(root, place)))
    .map(([place, { version = '', license }]) => ({
      name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      licence: license ?? installedLicence(place),
    }))
}

function installedLicence(place: string): string {
  const file = path.join(root, place, 'package.json')
  if (!existsSync(file)) return ''
  const { license } = JSON.parse(readFileSync(file, 'utf8')) as { readonly license?: unknown }
  return typeof license === 'string' ? license : ''
}

const permissive = new Set([
  ...['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0'],
  ...['Unlicense', 'CC0-1.0'],
])

/** Of `A OR B` one that is permissive is enough; of `A AND B` all must be. */
export function isPermissive(licence: string): boolean {
  const choices = licence.replace(/^\((.*)\)$/, '$1').split(' OR ')
  return choices.some((choice) =>
    choice.split(' AND ').every((part) => permissive.has(part.trim())),
  )
}
