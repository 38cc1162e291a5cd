// The version of this package, from its package.json, which lies at another distance in `dist/`.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

const { dirname } = import.meta

export function packageVersion(): string {
  const places = ['../..', '../../..'].map((up) => path.join(dirname, up, 'package.json'))
  const file = places.find((place) => existsSync(place)) ?? ''
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }
  return version
}
