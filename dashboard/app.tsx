// The frame around every view, the way to each, and the login where the server asks for one.
import { lazy, type ReactNode, Suspense, useEffect } from 'react'
import { Redirect, Route, Switch, useLocation } from 'wouter'
import { isCode } from './api/client.ts'
import { useCounts } from './api/queries.ts'
import { Login } from './login.tsx'
import { Loading } from './parts/states.tsx'
import { Rail } from './rail.tsx'
import { SagasPage } from './sagas/sagas-page.tsx'

// Each with what only it needs: plots here, the diagram there.
const OverviewPage = lazy(() =>
  import('./overview/overview-page.tsx').then(({ OverviewPage: it }) => ({ default: it })),
)
const SagaPage = lazy(() =>
  import('./saga/saga-page.tsx').then(({ SagaPage: it }) => ({ default: it })),
)
const StuckPage = lazy(() =>
  import('./stuck/stuck-page.tsx').then(({ StuckPage: it }) => ({ default: it })),
)
const DefinitionsPage = lazy(() =>
  import('./definitions/definitions-page.tsx').then(({ DefinitionsPage: it }) => ({ default: it })),
)
const StartPage = lazy(() =>
  import('./start/start-page.tsx').then(({ StartPage: it }) => ({ default: it })),
)

export function App() {
  const counts = useCounts()
  if (isCode(counts.error, 'LOGIN_REQUIRED')) {
    // Streams that were refused without the key begin anew as well.
    return <Login onLogin={() => location.reload()} />
  }
  return (
    <div className="shell">
      <Rail stuck={counts.data?.byStatus['stuck'] ?? 0} />
      <Page>
        <Suspense fallback={<div className="page-body">{<Loading />}</div>}>
          <Switch>
            <Route path="/" component={OverviewPage} />
            <Route path="/sagas" component={SagasPage} />
            <Route path="/sagas/:id">{({ id }) => <SagaPage key={id} id={id} />}</Route>
            <Route path="/stuck" component={StuckPage} />
            <Route path="/definitions/:name?/:version?">
              {({ name, version }) => <DefinitionsPage name={name} version={version} />}
            </Route>
            <Route path="/start" component={StartPage} />
            <Route>
              <Redirect to="/" replace />
            </Route>
          </Switch>
        </Suspense>
      </Page>
    </div>
  )
}

/** A new view begins at its top. */
function Page({ children }: { readonly children: ReactNode }) {
  const [path] = useLocation()
  useEffect(() => {
    if (path !== '') document.getElementById('page')?.scrollTo(0, 0)
  }, [path])
  return (
    <main className="page" id="page">
      {children}
    </main>
  )
}
