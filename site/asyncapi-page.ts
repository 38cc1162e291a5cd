// docs/asyncapi.json as a page to read: each topic with its messages, their key, headers and payload.
import { capital, escaped, type Schema, schemaText, table } from './schema-text.ts'

type Message = {
  readonly name: string
  readonly summary?: string
  readonly headers?: Schema
  readonly payload?: Schema
  readonly bindings?: { readonly kafka?: { readonly key?: Schema } }
}

type Reference = { readonly $ref: string }

export type AsyncApi = {
  readonly asyncapi: string
  readonly info: { readonly title: string; readonly description: string }
  readonly channels: Readonly<
    Record<
      string,
      {
        readonly address: string
        readonly description?: string
        readonly messages: Readonly<Record<string, Reference>>
      }
    >
  >
  readonly components: { readonly messages: Readonly<Record<string, Message>> }
}

export function asyncapiPage({ info, channels, components }: AsyncApi): string {
  const topics = Object.values(channels).flatMap(({ address, description, messages }) => [
    `## ${address}`,
    ...(description === undefined ? [] : [escaped(description)]),
    ...Object.keys(messages).map((name) => messageText(components.messages[name] ?? { name })),
  ])
  const from = 'Written from `docs/asyncapi.json`, which is made of the contracts.'
  return `${['# Every channel', from, escaped(info.description), ...topics].join('\n\n')}\n`
}

function messageText({ name, summary, headers, payload, bindings }: Message): string {
  const required = headers?.required ?? []
  const names = Object.keys(headers?.properties ?? {})
  const key = bindings?.kafka?.key?.description
  const rows = [
    ['Key', key ?? ''],
    ['Headers', listed(names.filter((header) => required.includes(header)))],
    ['Headers that may be there', listed(names.filter((header) => !required.includes(header)))],
  ]
  return [
    `### ${name}`,
    ...(summary === undefined ? [] : [capital(escaped(summary))]),
    table(
      ['Part', 'What stands there'],
      rows.filter(([, text]) => text !== ''),
    ),
    ...(payload === undefined ? [] : [schemaText(payload)]),
  ].join('\n\n')
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}
