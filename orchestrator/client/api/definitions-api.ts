// The operations of REST under `definitions`. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.
import type { Definition, DefinitionChart, MigrationPage } from './definitions-schemas.ts'

export type DefinitionsApi = {
  /** Every saga and version that can be run here. */
  'list-definitions': {
    ask: Readonly<Record<never, never>>
    answer: {
      readonly items: readonly Definition[]
    }
  }
  /** One version of a saga: its statechart, and how long it may take. */
  'get-definition': {
    ask: { path: { readonly saga: string; readonly version: string } }
    answer: DefinitionChart
  }
  /** Let living sagas go on with another version, a page at a time. */
  'migrate-sagas': {
    ask: {
      path: { readonly saga: string }
      body: {
        /** The version that the sagas have. */
        readonly from: number
        /** The version that they go on with. */
        readonly to: number
        /** Who does it. */
        readonly actor: string
        readonly reason: string
        /** Only tells what would be, unless false. */
        readonly dryRun?: boolean
        readonly limit?: number
        /** `nextCursor` of the page before. */
        readonly cursor?: string
      }
    }
    answer: MigrationPage
  }
  /** This document. */
  'get-openapi': { ask: Readonly<Record<never, never>>; answer: Readonly<Record<string, unknown>> }
}

export const definitionsRoutes = {
  'list-definitions': { method: 'GET', path: '/definitions' },
  'get-definition': { method: 'GET', path: '/definitions/{saga}/{version}' },
  'migrate-sagas': { method: 'POST', path: '/definitions/{saga}/migrations' },
  'get-openapi': { method: 'GET', path: '/openapi.json' },
} as const
