// Where the page begins: the theme before anything is drawn, then the app.
import './styles/fonts.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/shell.css'
import './styles/parts.css'
import './styles/table.css'
import './styles/dialog.css'
import './styles/saga.css'
import './styles/views.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createRoot } from 'react-dom/client'
import { Router } from 'wouter'
import { ApiError } from '../orchestrator/client/index.ts'
import { readTheme, showTheme } from './api/session.ts'
import { App } from './app.tsx'

showTheme(readTheme())

/** What the server refuses it refuses again; an outage is tried a few times. */
const triesMax = 3

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      retry: (failed, error) =>
        failed < triesMax && !(error instanceof ApiError && error.status < 500),
    },
  },
})

const root = document.getElementById('root')
if (root !== null) {
  createRoot(root).render(
    <QueryClientProvider client={queries}>
      <Router base="/dashboard">
        <App />
      </Router>
    </QueryClientProvider>,
  )
}
