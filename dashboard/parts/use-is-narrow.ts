// Whether the page is as narrow as a phone, as the styles have it.
import { useSyncExternalStore } from 'react'

const query = matchMedia('(max-width: 760px)')

function listen(onChange: () => void): () => void {
  query.addEventListener('change', onChange)
  return () => query.removeEventListener('change', onChange)
}

export const useIsNarrow = (): boolean => useSyncExternalStore(listen, () => query.matches)
