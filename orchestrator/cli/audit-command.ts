// `sagaline audit`: whether every saga stands as it must, by the rows of all databases.
import { orchestratorError } from '../errors.ts'
import type { Command } from './command.ts'

export const auditCommand: Command = {
  name: 'audit',
  summary: 'Reads the databases of a running system and reports every breach of its promises.',
  takes: '',
  wordsMax: 0,
  flags: {
    database: { value: 'URL', help: 'Of the orchestrator; else DATABASE_URL.' },
  },
  examples: ['sagaline audit --database postgres://sagas@db/sagas --definitions ./sagas.js'],
  run: async () => {
    throw orchestratorError('CLI_USAGE', { problem: 'audit cannot judge anything yet' })
  },
}
