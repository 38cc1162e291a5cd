// What a verb would do to the newest of the sagas that fit, before anybody does it.

import { ScrollBox } from '../parts/scroll-box.tsx'
import { Tag } from '../parts/status-badge.tsx'
import { countText, shortId } from '../words/format.ts'
import { type BulkVerb, verbWords } from '../words/verbs.ts'
import type { Preview } from './bulk-dialog.tsx'

const outcomes = {
  acts: { tone: 'good', label: 'acts' },
  'no-change': { tone: 'calm', label: 'no change' },
  refused: { tone: 'bad', label: 'refused' },
  unknown: { tone: 'calm', label: 'not known' },
} as const

export function BulkPreviewList({
  preview: { total, sample },
  verb,
}: {
  readonly preview: Preview
  readonly verb: BulkVerb
}) {
  const acts = sample.filter(({ outcome }) => outcome === 'acts').length
  return (
    <section className="stack" aria-label="What it would do">
      <p>
        <strong className="num">{countText(total)}</strong> sagas fit. Of the newest{' '}
        {countText(sample.length)}, {verbWords[verb].label.toLowerCase()} would act on{' '}
        <strong className="num">{countText(acts)}</strong>. Nothing has been done yet.
      </p>
      <ScrollBox label="The newest of them" more="boxed short">
        <table>
          <thead>
            <tr>
              <th>Saga</th>
              <th>Outcome</th>
              <th>Would send</th>
            </tr>
          </thead>
          <tbody>
            {sample.map(({ sagaId, sagaName, outcome, refusal, commands }) => (
              <tr key={sagaId}>
                <td>
                  {sagaName} <span className="quiet mono">{shortId(sagaId)}</span>
                </td>
                <td>
                  <Tag tone={outcomes[outcome].tone}>{outcomes[outcome].label}</Tag>
                </td>
                <td className="quiet">{refusal?.code ?? commands?.join(', ') ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  )
}
