// The head of a saga: what it is, and what is wrong with it, before anything else.
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useMessages } from '../api/queries.ts'
import { useNow } from '../clock.ts'
import { Ago } from '../parts/age.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { Icon } from '../parts/icons.tsx'
import { Note } from '../parts/states.tsx'
import { StatusBadge, Tag } from '../parts/status-badge.tsx'
import { agoText, dateText, lengthText, plainName, reasonText, shortId } from '../words/format.ts'
import { OutLinks } from './out-links.tsx'
import type { Saga } from './saga-page.tsx'

export function SagaHead({ saga }: { readonly saga: Saga }) {
  const { id, name, version, status, businessKey } = saga
  return (
    <>
      <header className="stack saga-head">
        <Link href="/sagas" className="up">
          <Icon name="left" size={14} />
          Sagas
        </Link>
        <div className="page-head">
          <h1>
            {plainName(name)}
            {businessKey !== null && <span className="quiet"> {businessKey}</span>}
          </h1>
          <StatusBadge status={status} />
          {saga.archived === true && <Tag>archived</Tag>}
          <Link href={`/definitions/${name}/${version}`}>
            <Tag>
              {name} v{version}
            </Tag>
          </Link>
          <div className="actions">
            <StartLinks id={id} />
          </div>
        </div>
        <Facts saga={saga} />
        <span className="unseen">{id}</span>
      </header>
      <Troubles saga={saga} />
    </>
  )
}

/** The trace in which it was asked for; each step has one of its own. */
function StartLinks({ id }: { readonly id: string }) {
  const traceId = useMessages(id).data?.items.find(({ kind }) => kind === 'start')?.traceId ?? null
  return <OutLinks ids={{ sagaId: id, traceId }} what="its start" look="button small" />
}

function Facts({ saga }: { readonly saga: Saga }) {
  const now = useNow()
  const { id, startedAt, endedAt, parentId, correlationId, nextTimerAt, deadlineAt, locks } = saga
  const end = endedAt === null ? now : new Date(endedAt).getTime()
  return (
    <dl className="facts num">
      <Fact name="Id">
        <span className="mono" title={id}>
          {shortId(id)}
        </span>
        <CopyButton text={id} what="the id" />
      </Fact>
      <Fact name="Started">
        <Ago at={startedAt} />
      </Fact>
      <Fact name={endedAt === null ? 'So far' : 'Took'}>
        {lengthText(end - new Date(startedAt).getTime())}
      </Fact>
      {nextTimerAt !== null && <Fact name="Next timer">{agoText(nextTimerAt, now)}</Fact>}
      {deadlineAt !== null && <Fact name="Deadline">{dateText(deadlineAt)}</Fact>}
      {correlationId !== null && <Fact name="Correlation id">{correlationId}</Fact>}
      {parentId !== null && (
        <Fact name="Child of">
          <Link href={`/sagas/${parentId}`}>{shortId(parentId)}</Link>
        </Fact>
      )}
      {locks.length > 0 && <Fact name="Locks">{locks.join(', ')}</Fact>}
      {Object.entries(saga.attributes).map(([name, value]) => (
        <Fact key={name} name={name}>
          {value}
        </Fact>
      ))}
    </dl>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Troubles({ saga: { status, stuck, failure, pause, flags } }: { readonly saga: Saga }) {
  const place = ({ step, direction }: NonNullable<typeof stuck>) =>
    step === null ? 'the saga' : `${direction === 'undo' ? 'the undo of ' : ''}${step}`
  return (
    <>
      {stuck !== null && (
        <Note tone="bad" icon="stuck" title={`Stuck at ${place(stuck)}`}>
          {reasonText(stuck.reason)}
        </Note>
      )}
      {failure !== null && (
        <Note
          tone="back"
          icon="back"
          title={`${status === 'compensated' ? 'Turned back' : 'Turning back'} because of ${place(failure)}`}
        >
          {reasonText(failure.reason)}
        </Note>
      )}
      {pause !== null && (
        <Note tone="hold" icon="clock" title={`Held by ${pause.actor}`}>
          {pause.reason}
        </Note>
      )}
      {flags.map((flag) => (
        <Note
          key={`${flag.step} ${flag.visit} ${flag.direction}`}
          tone="back"
          icon="info"
          title={`To be looked at: ${place(flag)}`}
        >
          {reasonText(flag.reason)}
        </Note>
      ))}
    </>
  )
}
