// Who is logged in here, and how this browser likes to see things: kept in the browser, never sent
// anywhere but to this server. The key lasts as long as the tab.
const keyName = 'sagaline.key'
const actorName = 'sagaline.actor'
const themeName = 'sagaline.theme'

export const readKey = (): string | null => sessionStorage.getItem(keyName)

export function keepKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(keyName)
  else sessionStorage.setItem(keyName, key)
}

/** The name that goes into histories; with a login the server puts its own in its place. */
export const readActor = (): string => localStorage.getItem(actorName) ?? ''
export const keepActor = (actor: string): void => localStorage.setItem(actorName, actor)

export type Theme = 'light' | 'dark'

export function readTheme(): Theme {
  const kept = localStorage.getItem(themeName)
  if (kept === 'light' || kept === 'dark') return kept
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}

export function showTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme
}

export function keepTheme(theme: Theme): void {
  localStorage.setItem(themeName, theme)
  showTheme(theme)
}
