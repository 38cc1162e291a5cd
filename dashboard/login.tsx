// The login: an API key or a token, kept for as long as the tab is open.
import { type FormEvent, useState } from 'react'
import { client, isCode, problemText } from './api/client.ts'
import { keepKey, readKey } from './api/session.ts'
import markUrl from './mark.svg'
import { Field } from './parts/field.tsx'
import { Note } from './parts/states.tsx'

export function Login({ onLogin }: { readonly onLogin: () => void }) {
  // There was one, and the server does not take it any more.
  const [hasEnded] = useState(() => readKey() !== null)
  const [key, setKey] = useState('')
  const [wrong, setWrong] = useState<string | null>(null)
  const logIn = async (event: FormEvent) => {
    event.preventDefault()
    keepKey(key.trim())
    try {
      await client.call('count-sagas')
      onLogin()
    } catch (error) {
      keepKey(null)
      const isRefused = isCode(error, 'LOGIN_REQUIRED')
      setWrong(isRefused ? 'This key is not known here.' : problemText(error))
    }
  }
  return (
    <main className="login">
      <form className="panel" onSubmit={(event) => void logIn(event)}>
        <div className="body stack">
          <img src={markUrl} alt="" width="36" height="36" />
          <h1>Log in to Sagaline</h1>
          {hasEnded ? (
            <Note tone="hold" icon="key" title="Your login has ended">
              The key that this tab had is not taken any more: it expired, or was revoked.
            </Note>
          ) : (
            <p className="quiet">
              With an API key of this orchestrator, or a token of your issuer.
            </p>
          )}
          <Field label="API key or token" wrong={wrong}>
            {(ids) => (
              <input
                {...ids}
                className="input mono"
                type="password"
                autoComplete="current-password"
                value={key}
                onChange={({ target }) => setKey(target.value)}
              />
            )}
          </Field>
          <button type="submit" className="button main" disabled={key.trim() === ''}>
            Log in
          </button>
        </div>
      </form>
    </main>
  )
}
