// Every message in and out with what was in it; sensitive values are hidden by the server.
import { Fragment, useState } from 'react'
import type { Api } from '../../orchestrator/client/index.ts'
import { useMessages } from '../api/queries.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Icon } from '../parts/icons.tsx'
import { JsonView } from '../parts/json-view.tsx'
import { ScrollBox } from '../parts/scroll-box.tsx'
import { Blank, Failed, Loading } from '../parts/states.tsx'
import { Tag } from '../parts/status-badge.tsx'
import { clockText, shortId } from '../words/format.ts'
import { OutLinks } from './out-links.tsx'

type Message = Api['list-saga-messages']['answer']['items'][number]

export function MessageTable({
  id,
  until,
}: {
  readonly id: string
  /** Of the history; null: all. */
  readonly until: number | null
}) {
  const messages = useMessages(id)
  const { data, error } = messages
  if (error !== null) return <Failed error={error} onRetry={() => void messages.refetch()} />
  if (data === undefined) {
    return (
      <div className="body">
        <Loading />
      </div>
    )
  }
  const items = data.items.filter(({ seq }) => until === null || seq <= until)
  if (items.length === 0) return <Blank icon="letter" title="No message yet" />
  return (
    <ScrollBox label="Messages">
      <table className="message-table">
        <thead>
          <tr>
            <th>Time</th>
            <th>Message</th>
            <th>Step</th>
            <th>Outcome</th>
            <th className="topic">Topic</th>
          </tr>
        </thead>
        <tbody>
          {items.map((message, index) => (
            <Row
              // biome-ignore lint/suspicious/noArrayIndexKey: they are only added to, in this order
              key={index}
              sagaId={id}
              message={message}
            />
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}

function Row({ sagaId, message }: { readonly sagaId: string; readonly message: Message }) {
  const [isOpen, setOpen] = useState(false)
  const { at, kind, type, step, direction, attempt, outcome, topic, data, actor, traceId } = message
  const isOut = kind === 'command'
  return (
    <Fragment>
      <tr data-open={isOpen}>
        <td className="num quiet">{clockText(at)}</td>
        <td>
          <button
            type="button"
            className="opener"
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            <span className="way-icon" data-out={isOut} title={isOut ? 'Sent' : 'Received'}>
              <Icon name={isOut ? 'out' : 'into'} size={14} />
            </span>
            <span className="unseen">{isOut ? 'Sent' : 'Received'}</span>
            <span className="mono">{type}</span> <span className="quiet">{kind}</span>
          </button>
        </td>
        <td>
          {step}
          {direction === 'undo' && <span className="back"> undo</span>}
          {attempt !== null && attempt > 1 && <span className="quiet num"> try {attempt}</span>}
        </td>
        <td>{outcome !== null && <Tag tone={tones[outcome]}>{outcome}</Tag>}</td>
        <td className="topic quiet mono">
          {topic ?? (kind === 'signal' ? actor : 'REST or Kafka')}
        </td>
      </tr>
      {isOpen && (
        <tr className="opened">
          <td colSpan={5}>
            <JsonView value={data} label={`Content of ${type}`} />
            {traceId !== null && (
              <p className="row quiet">
                Trace <span className="mono">{shortId(traceId)}</span>
                <CopyButton text={traceId} what="the trace id" />
                <OutLinks ids={{ sagaId, traceId }} what={`${type} ${kind}`} />
              </p>
            )}
          </td>
        </tr>
      )}
    </Fragment>
  )
}

const tones = { succeeded: 'good', refused: 'bad', failed: 'back' } as const
