// What is drawn of a saga: one version of its definition, and what is new in a part of it.
import type { Api } from '../../orchestrator/client/index.ts'

export type Definition = Api['get-definition']['answer']

/** Against the version before. */
export type Mark = 'added' | 'changed' | 'removed'
