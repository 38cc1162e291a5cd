// The navigation, and below it whether the page is live and in which colours it is shown.
import { useState, useSyncExternalStore } from 'react'
import { Link, useLocation } from 'wouter'
import { linkState, onLinkChange } from './api/client.ts'
import { useFeed } from './api/live.ts'
import { keepKey, keepTheme, readKey, readTheme } from './api/session.ts'
import markUrl from './mark.svg'
import { Icon, type IconName } from './parts/icons.tsx'

type Entry = { readonly path: string; readonly label: string; readonly icon: IconName }

const entries: readonly Entry[] = [
  { path: '/', label: 'Overview', icon: 'overview' },
  { path: '/sagas', label: 'Sagas', icon: 'sagas' },
  { path: '/stuck', label: 'Stuck', icon: 'stuck' },
  { path: '/definitions', label: 'Definitions', icon: 'definitions' },
  { path: '/start', label: 'Start', icon: 'start' },
]

const words = { connecting: 'Connecting', live: 'Live', lost: 'Reconnecting' } as const

export function Rail({ stuck }: { readonly stuck: number }) {
  const [path] = useLocation()
  const isAt = (entry: string) => (entry === '/' ? path === '/' : path.startsWith(entry))
  return (
    <header className="rail">
      <Link href="/" className="brand">
        <img src={markUrl} alt="" width="24" height="24" />
        Sagaline
      </Link>
      <nav className="nav" aria-label="Views">
        {entries.map(({ path: to, label, icon }) => (
          <Link key={to} href={to} aria-current={isAt(to) ? 'page' : undefined}>
            <Icon name={icon} />
            {label}
            {to === '/stuck' && stuck > 0 && (
              <span className="count num">
                {stuck}
                <span className="unseen"> stuck sagas</span>
              </span>
            )}
          </Link>
        ))}
      </nav>
      <div className="rail-end">
        <LiveSign />
        <div className="row">
          <ThemeButton />
          {readKey() !== null && <LogOut />}
        </div>
      </div>
    </header>
  )
}

function LiveSign() {
  useFeed(() => undefined)
  const state = useSyncExternalStore(onLinkChange, linkState)
  return (
    <p className="live" data-state={state} role="status">
      <span className="dot" />
      {words[state]}
    </p>
  )
}

function ThemeButton() {
  const [theme, setTheme] = useState(readTheme)
  const other = theme === 'dark' ? 'light' : 'dark'
  const change = () => {
    keepTheme(other)
    setTheme(other)
  }
  return (
    <button type="button" className="button plain icon" onClick={change} title={`Show it ${other}`}>
      <span className="unseen">{`Show it ${other}`}</span>
      <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
    </button>
  )
}

function LogOut() {
  const leave = () => {
    keepKey(null)
    location.reload()
  }
  return (
    <button type="button" className="button plain small" onClick={leave}>
      Log out
    </button>
  )
}
