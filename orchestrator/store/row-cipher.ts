// How sagas with sensitive data are kept: what may hold such data is one encrypted text in each
// row, the rest stays readable. Rows of other sagas are written and read as they are.
import type { Cipher } from '../../messaging/cipher.ts'
import type { Db } from '../../messaging/db.ts'
import {
  decryptValue,
  type Encrypted,
  encryptValue,
  subjectKeyOf,
} from '../../messaging/encrypted-fields.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { Json, SagaId } from '../../messaging/message.ts'
import type { Registry } from '../definition/registry.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { isSensitiveDefinition } from '../definition/sensitive-definition.ts'
import type { Fact, SagaEvent } from '../engine/event.ts'
import type { Saga } from '../engine/saga.ts'
import type { HistoryEntry, ToldEntry } from './history-entry.ts'
import { maskFact, maskFacts, maskView } from './mask.ts'
import { maskContext } from './mask-context.ts'
import { type SagaRow, type StoredSaga, toSnapshot, toStoredSaga } from './saga-rows.ts'
import { makeView, type SagaView } from './saga-view.ts'
import type { SubjectRing } from './subject-ring.ts'

/** A row of a saga, or of its history: what names the key of a person. */
type KeyedRow = {
  readonly snapshot?: { readonly subjectKey?: unknown } | undefined
  readonly event?: unknown
  readonly facts?: unknown
}

export type RowCipher = {
  /**
   * Gets the keys of persons that the rows need; must come before they are read. Rows that are about
   * nobody take no statement.
   */
  load(db: Pick<Db, 'query'>, rows: readonly KeyedRow[]): Promise<void>
  /** The column `snapshot` of a saga. */
  snapshot(saga: Saga): unknown
  /** The columns `event` and `facts` of an entry. */
  event(entry: HistoryEntry): unknown
  facts(entry: HistoryEntry): unknown
  /** Never throws: a saga that cannot be read comes with its problem. */
  read(row: SagaRow): StoredSaga
  /** The event of an entry, to be replayed. @throws ENCRYPTION_KEY_UNKNOWN, ENCRYPTED_TEXT_INVALID */
  readEvent(of: EntryPlace, event: unknown): SagaEvent
  /** The facts of an entry, for readers: masked. */
  viewFacts(of: HistoryPlace & SagaName, facts: readonly Fact[]): readonly Fact[]
  /** The facts of an entry that was just made, for anybody: masked. */
  tellFacts(saga: SagaName, facts: readonly Fact[]): readonly Fact[]
  /** The entry as it is told to anybody: what is sensitive is masked, and its event as it is in
   * the column, encrypted. */
  tell(entry: HistoryEntry): ToldEntry
  /** The saga, for readers: masked. */
  view(stored: StoredSaga, times: ViewTimes): SagaView
  /** Its context, for readers: masked, also where no schema describes it. */
  viewContext(stored: StoredSaga): Json
  /** Anything kept whose definition is not known here: encrypted if there is a key. */
  hide(place: string, value: unknown): unknown
  /** What was hidden at that place, or never was; null when it cannot be read here. */
  reveal(place: string, kept: unknown): { readonly value: unknown } | null
}

type ViewTimes = Parameters<typeof makeView>[1]
export type HistoryPlace = { readonly sagaId: SagaId; readonly seq: number }
type EntryPlace = { readonly sagaId: SagaId; readonly facts: readonly Fact[] }
type SagaName = { readonly name: string; readonly version: number }

/** `ring` has the keys of persons; without one their sagas cannot be read. */
export function createRowCipher(
  registry: Registry,
  master: Cipher,
  ring: SubjectRing | null = null,
): RowCipher {
  const cipher = ring?.cipher ?? master
  // Usually there is none, and then nobody looks a definition up for each row.
  const hasSecrets = registry.all().some(isSensitiveDefinition)
  const definitionOf = ({ name, version }: SagaName) => registry.version(name, version)
  const isSecret = (saga: SagaName): boolean => {
    if (!hasSecrets) return false
    const definition = definitionOf(saga)
    return definition !== null && isSensitiveDefinition(definition)
  }
  // The column and the topic get the same text: a random IV would make two of it.
  const sealed = new WeakMap<HistoryEntry, Encrypted>()
  const sealOnce = (entry: HistoryEntry): SagaEvent | Encrypted => {
    if (isBare(entry.event)) return entry.event
    const text = sealed.get(entry) ?? sealEvent(cipher, entry)
    sealed.set(entry, text)
    return text
  }
  const tellFacts: RowCipher['tellFacts'] = (saga, facts) =>
    isSecret(saga) ? facts.map((fact) => maskFact(definitionOf(saga), fact)) : facts
  return {
    load: (db, rows) => loadKeys(ring, db, rows),
    snapshot: (saga) =>
      isSecret(saga) ? sealSnapshot(sealerOf(cipher, saga), saga) : toSnapshot(saga),
    event: (entry) => (isSecret(entry.saga) ? sealOnce(entry) : entry.event),
    facts: (entry) => (isSecret(entry.saga) ? sealFacts(cipher, entry) : entry.facts),
    read: (row) => readSaga(cipher, row),
    readEvent: (of, event) => {
      const opened = decryptValue(cipher, event, eventPlace(of))
      return opened ? (opened.value as SealedEntry).event : (event as SagaEvent)
    },
    viewFacts: (of, facts) => {
      const detailOf = (fact: Fact, index: number) =>
        openDetail(cipher, factPlace(of, index), fact.detail)
      return maskFacts(definitionOf(of), { facts, detailOf, isSecret: isSecret(of) })
    },
    tellFacts,
    tell: (entry) => {
      const { saga, facts } = entry
      if (!isSecret(saga)) return entry
      return { ...entry, event: sealOnce(entry), facts: tellFacts(saga, facts) }
    },
    view: (stored, times) => {
      const hide = stored.isSealed || isSecret(stored.saga)
      return viewOf(definitionOf(stored.saga), { stored, times, hide })
    },
    viewContext: ({ saga, isSealed }) =>
      isSealed || isSecret(saga) ? maskContext(definitionOf(saga), saga.context) : saga.context,
    hide: (place, value) => (cipher.hasKeys ? encryptValue(cipher, value, place) : value),
    reveal: (place, kept) => {
      const opened = orProblem(() => decryptValue(cipher, kept, place))
      return opened instanceof SagalineError ? null : (opened ?? { value: kept })
    },
  }
}

async function loadKeys(
  ring: SubjectRing | null,
  db: Pick<Db, 'query'>,
  rows: readonly KeyedRow[],
): Promise<void> {
  if (ring === null) return
  const keys = rows.flatMap((row) => keyIn(row) ?? [])
  if (keys.length > 0) await ring.load(db, keys)
}

type Viewing = {
  readonly stored: StoredSaga
  readonly times: ViewTimes
  readonly hide: boolean
}

function viewOf(definition: SagaDefinition | null, { stored, times, hide }: Viewing): SagaView {
  const isKnown = definition?.hash === stored.definitionHash
  const view = makeView(stored, times, isKnown ? definition : null)
  if (!hide) return view
  const isErased = stored.problem?.code === 'SUBJECT_ERASED'
  return { ...maskView(definition, view), ...(isErased && { erased: true }) }
}

/** Every text of a saga is by one key. */
function keyIn({ snapshot, event, facts }: KeyedRow): string | null {
  const { subjectKey } = snapshot ?? {}
  if (typeof subjectKey === 'string') return subjectKey
  const details = Array.isArray(facts) ? (facts as readonly Fact[]) : []
  const texts = [event, ...details.map(({ detail }) => detail)]
  for (const text of texts) {
    const key = subjectKeyOf(text)
    if (key !== null) return key
  }
  return null
}

type Sealer = Pick<Cipher, 'encrypt'>

function sealerOf(cipher: Cipher, { subjectKey }: Pick<Saga, 'subjectKey'>): Sealer {
  return subjectKey === null ? cipher : cipher.forSubject(subjectKey)
}

/** Texts are bound to these places: one that was moved cannot be read. */
const snapshotPlace = (id: string): string => `sagas/${id}`
/** The id of the lifecycle event that carries the entry: it holds this very text. */
const eventPlace = ({ sagaId, facts }: EntryPlace): string =>
  `${sagaId}/event/${facts[0]?.seq ?? 0}`
const factPlace = ({ sagaId, seq }: HistoryPlace, index: number): string =>
  `history/${sagaId}/${seq}/facts/${index}`

type Parts = Readonly<Record<string, unknown>>

/** What is known to hold no data of the saga; anything else, also what comes later, is encrypted. */
const openParts = new Set([
  'value',
  'historyValue',
  'timers',
  'sequence',
  'startDueAt',
  'begunAt',
  'deadlineAt',
  'locks',
  'parent',
  'undoCommandId',
  'groups',
  'taken',
  'isFinishing',
  'subjectKey',
])
const openStepParts = new Set([
  'name',
  'visit',
  'outcome',
  'undo',
  'attempts',
  'attemptsMax',
  'isPaused',
  'dueAt',
  'issuedAt',
  'deadlineAt',
  'lane',
  'order',
])

function split(parts: Parts, isOpen: (name: string) => boolean): { open: Parts; secret: Parts } {
  const entries = Object.entries(parts)
  return {
    open: Object.fromEntries(entries.filter(([name]) => isOpen(name))),
    secret: Object.fromEntries(entries.filter(([name]) => !isOpen(name))),
  }
}

function sealSnapshot(cipher: Sealer, saga: Saga): unknown {
  const { steps, ...rest } = toSnapshot(saga) as Parts & { readonly steps: readonly Parts[] }
  const whole = split(rest, (name) => openParts.has(name))
  const each = steps.map((step) => split(step, (name) => openStepParts.has(name)))
  const secret = { ...whole.secret, steps: each.map((step) => step.secret) }
  const sealed = encryptValue(cipher, secret, snapshotPlace(saga.id))
  return { ...whole.open, steps: each.map((step) => step.open), sealed }
}

function readSaga(cipher: Cipher, row: SagaRow): StoredSaga {
  const { sealed, ...open } = row.snapshot as Parts & SagaRow['snapshot']
  if (sealed === undefined) return toStoredSaga(row)
  const opened = orProblem(() => decryptValue(cipher, sealed, snapshotPlace(row.id)))
  const problem = opened instanceof SagalineError ? opened : null
  const secret = opened instanceof SagalineError ? null : (opened?.value as Secret)
  const steps = open.steps.map((step, index) => ({
    ...(secret?.steps[index] ?? { payload: null, error: null }),
    ...step,
  }))
  const rest = secret ?? { context: null, failure: null, stuck: null }
  const snapshot = { ...rest, ...open, steps } as SagaRow['snapshot']
  return { ...toStoredSaga({ ...row, snapshot }), isSealed: true, problem }
}

type Secret = Parts & {
  readonly steps: readonly { readonly payload: Json; readonly error: Json }[]
}

function orProblem<T>(work: () => T): T | SagalineError {
  try {
    return work()
  } catch (error) {
    if (error instanceof SagalineError) return error
    throw error
  }
}

/** Wake-ups and the like carry nothing but their type. */
const isBare = (event: SagaEvent): boolean => Object.keys(event).length === 1

type SealedEntry = Pick<HistoryEntry, 'event' | 'at'>

function sealEvent(cipher: Cipher, { saga, event, facts, at }: HistoryEntry): Encrypted {
  const entry: SealedEntry = { event, at }
  return encryptValue(sealerOf(cipher, saga), entry, eventPlace({ sagaId: saga.id, facts }))
}

function sealFacts(cipher: Cipher, { saga, facts }: HistoryEntry): unknown {
  const place = { sagaId: saga.id, seq: saga.revision }
  const sealer = sealerOf(cipher, saga)
  return facts.map((fact, index) => {
    const { detail } = fact
    if (detail === undefined) return fact
    return { ...fact, detail: encryptValue(sealer, detail, factPlace(place, index)) }
  })
}

/** Undefined when it was not encrypted; when it cannot be read, the code that says why. */
function openDetail(cipher: Cipher, place: string, detail: Json | undefined): Json | undefined {
  const opened = orProblem(() => decryptValue(cipher, detail, place))
  if (opened instanceof SagalineError) return { code: opened.code }
  return opened === null ? undefined : (opened.value as Json)
}
