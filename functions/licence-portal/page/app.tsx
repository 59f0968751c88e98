import { lazy, Suspense } from 'react'
import { Route, Switch } from 'wouter'
import { Shell } from './look/shell.tsx'
import { Waiting } from './look/waiting.tsx'
import { Home } from './pages/home.tsx'

const NotFound = lazy(() => import('./pages/not-found.tsx'))

/** Which page stands at which address. Each but the first is loaded when it is wanted. */
export function App() {
  return (
    <Shell>
      <Suspense fallback={<Waiting />}>
        <Switch>
          <Route path="/" component={Home} />
          <Route component={NotFound} />
        </Switch>
      </Suspense>
    </Shell>
  )
}
