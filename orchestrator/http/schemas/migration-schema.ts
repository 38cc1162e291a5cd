// The schema of a page of a migration: what became, or would become, of each saga.
import { Type } from 'typebox'
import type { MigrationItem } from '../../coordinator/migrate-sagas.ts'
import { Status } from './saga-schemas.ts'

const ItemSchema = Type.Object(
  {
    id: Type.String({ description: 'A UUID.' }),
    status: Status,
    state: Type.Unsafe<MigrationItem['state']>({ description: 'Of the statechart, before.' }),
    verdict: Type.Enum(['ok', 'needs-map', 'impossible'], {
      type: 'string',
      description: 'needs-map: the new version says nothing of how to come from the old one.',
    }),
    reason: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'Why not; or, with ok, what a person should know.',
    }),
    migrated: Type.Boolean({ description: 'It has the new version now.' }),
  },
  { additionalProperties: false },
)

export const MigrationSchema = Type.Object(
  {
    items: Type.Immutable(Type.Array(ItemSchema)),
    nextCursor: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'Null on the last page; a page may be empty and not the last one.',
    }),
  },
  { $id: 'MigrationPage', additionalProperties: false, description: 'One page.' },
)
