// What is installed: under licences that let anybody use it, from the public registry, unchanged.
import { expect, it } from 'vitest'
import { isPermissive, type Lock, productionLicences } from './licences.ts'
import { readSource } from './source-tree.ts'

const { text } = readSource('package-lock.json')
const lock = JSON.parse(text) as Lock
const licences = productionLicences(lock)

it('everything that runs in production has a permissive licence', () => {
  expect(licences.map(({ name }) => name)).toEqual(expect.arrayContaining(['fastify', 'kafkajs']))
  expect(licences.filter(({ licence }) => !isPermissive(licence))).toEqual([])
})

it('a licence that asks something of users is found', () => {
  const asking = ['GPL-3.0-only', 'AGPL-3.0', 'MIT AND GPL-2.0', 'SSPL-1.0', '', 'UNLICENSED']
  expect(asking.filter(isPermissive)).toEqual([])
  expect(['MIT', '(MIT OR GPL-3.0)', 'BSD-2-Clause AND MIT'].every(isPermissive)).toBe(true)
  const packages = { 'node_modules/a': { version: '1.0.0', license: 'GPL-3.0-only' } }
  expect(productionLicences({ packages })).toMatchObject([{ name: 'a', licence: 'GPL-3.0-only' }])
})

it('the lock file names no other registry, and what it names is checked by its hash', () => {
  const hosts = new Set(
    [...text.matchAll(/"resolved": "https?:\/\/([^/"]+)/g)].map(([, host]) => host),
  )
  expect([...hosts].filter((host) => host !== 'registry.npmjs.org')).toEqual([])
  // Of what is for other systems npm may not know the hash.
  const unchecked = Object.entries(lock.packages).filter(
    ([place, { integrity, optional }]) => place !== '' && !optional && !integrity,
  )
  expect(unchecked.map(([place]) => place)).toEqual([])
})
