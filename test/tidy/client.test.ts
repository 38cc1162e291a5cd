// docs/openapi.json and the types of the client are what the routes say, and the document keeps the
// rules for such documents.
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { expect, it } from 'vitest'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { openApiOf } from '../http/documented.ts'
import { appWith } from '../http/fake-edge.ts'
import { type ApiDocument, clientFiles } from './client-types.ts'
import { formatted } from './formatted.ts'
import { listFiles } from './source-tree.ts'

// No saga's own path: those are another installation's.
const app = await appWith({ registry: createRegistry([]) })
const document = (await openApiOf(app)) as unknown as ApiDocument
const files = clientFiles(document)

it('docs/openapi.json is what the routes say', async () => {
  const text = formatted('docs/openapi.json', JSON.stringify(document))
  await expect(text).toMatchFileSnapshot('../../docs/openapi.json')
})

it.each(Object.entries(files))('%s is what the document says', async (file, text) => {
  await expect(formatted(file, text)).toMatchFileSnapshot(`../../${file}`)
})

it('the client has no other types of the API', () => {
  const found = listFiles('orchestrator/client/api')
  expect(found).toEqual(Object.keys(files).toSorted())
})

it('the document breaks no rule for OpenAPI documents', async () => {
  expect(await problemsOf(JSON.stringify(document))).toEqual([])
})

it('a document that breaks a rule is found', async () => {
  const { paths, ...rest } = document
  const broken = { ...rest, paths: { ...paths, '/sagas/{saga}/': {}, '/open/{here}': { get: {} } } }
  expect(await problemsOf(JSON.stringify(broken))).not.toEqual([])
})

async function problemsOf(source: string): Promise<readonly string[]> {
  const config = await createConfig({
    extends: ['recommended'],
    rules: {
      // It is served by the server that it describes.
      'no-server-example.com': 'off',
      // The licence of the program is no licence of somebody's installation.
      'info-license': 'off',
      'info-license-url': 'off',
    },
  })
  const found = await lintFromString({ source, config, absoluteRef: 'openapi.json' })
  return found.map(({ ruleId, message, location }) => {
    return `${ruleId} at ${location[0]?.pointer}: ${message}`
  })
}
