// Makes samples: from the contracts of sagas, and from a file of examples, whose word counts more.
import { createCheck } from '../../messaging/check.ts'
import type { Cipher } from '../../messaging/cipher.ts'
import type { CommandContract } from '../../messaging/contract.ts'
import { decryptFields, encryptFields } from '../../messaging/encrypted-fields.ts'
import { orchestratorError } from '../errors.ts'
import { exampleOf, variantsOf } from './example-of.ts'
import type { Sample } from './sample.ts'

/** One entry of the file of examples. Schemas are JSON Schema. */
export type Example = {
  readonly name: string
  readonly undo?: string | null
  readonly payload?: unknown
  readonly other?: unknown
  readonly refused?: unknown
  readonly misfit?: unknown
  readonly schema?: unknown
  readonly reply?: unknown
}

/** Fits hardly any contract: commands take objects. */
const strangePayload = ['certify', { 'no such': 'payload' }]

type Making = {
  /** Of the commands of the topic that are no undo. */
  readonly contracts: readonly CommandContract[]
  readonly examples: readonly Example[]
  readonly cipher: Cipher
}

/** @throws CERTIFY_UNREADY where no payload is known. */
export function makeSamples({ contracts, examples, cipher }: Making): readonly Sample[] {
  const names = new Set([...contracts, ...examples].map(({ name }) => name))
  return [...names].map((name) =>
    makeSample({
      contract: contracts.find((one) => one.name === name) ?? null,
      example: examples.find((one) => one.name === name) ?? { name },
      cipher,
    }),
  )
}

type Known = {
  readonly contract: CommandContract | null
  readonly example: Example
  readonly cipher: Cipher
}

function makeSample({ contract, example, cipher }: Known): Sample {
  const { name, reply, refused } = example
  const check = checkOf(contract?.payload ?? (example.schema as Schema))
  const payload =
    example.payload ?? exampleOf((contract?.payload ?? example.schema ?? {}) as Schema)
  const problem = payload === undefined ? 'there is none' : check(payload)
  if (problem !== null) throw orchestratorError('CERTIFY_UNREADY', { name, problem })
  const replyCheck = checkOf((reply ?? contract?.reply) as Schema)
  return {
    ...{ name, payload, refused },
    undo: example.undo ?? contract?.undo?.name ?? null,
    other: example.other ?? variantsOf(payload).find((one) => check(one) === null),
    misfit: example.misfit ?? strangePayload,
    replyProblem: (data, id) => replyCheck(decryptFields(cipher, data, id)),
    sealed: (data, id) =>
      contract === null ? data : encryptFields(cipher, contract.payload, { data, boundTo: id }),
  }
}

type Schema = CommandContract['payload']

const fitsAlways = () => null

function checkOf(schema: Schema | undefined): (value: unknown) => string | null {
  return schema === undefined ? fitsAlways : createCheck(schema)
}
