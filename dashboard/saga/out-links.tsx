// Links to where the traces and logs of a saga are; nothing where the server was told of no such place.
import { useLinks } from '../api/queries.ts'
import { Icon } from '../parts/icons.tsx'
import { type LinkIds, linkOf } from './links.ts'

export function OutLinks({
  ids,
  what,
  look = '',
}: {
  readonly ids: LinkIds
  /** What they are of, for those who do not see where they stand. */
  readonly what: string
  /** Of each of them. */
  readonly look?: string
}) {
  const { data } = useLinks()
  if (data === undefined) return null
  const links = [
    ['Trace', linkOf(data.trace, ids)],
    ['Logs', linkOf(data.logs, ids)],
  ] as const
  if (links.every(([, href]) => href === null)) return null
  return (
    <span className="out-links">
      {links.map(
        ([name, href]) =>
          href !== null && (
            <a key={name} className={look} href={href} target="_blank" rel="noreferrer">
              {name}
              <span className="unseen"> of {what}, in a new tab</span>
              <Icon name="leave" size={12} />
            </a>
          ),
      )}
    </span>
  )
}
