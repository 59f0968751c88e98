import { lazy, Suspense } from 'react'
import { Route, Switch } from 'wouter'
import { SignedInAgain } from './data/signed-in-again.tsx'
import { Shell } from './look/shell.tsx'
import { Waiting } from './look/waiting.tsx'
import { Home } from './pages/home.tsx'

const Buy = lazy(() => import('./pages/purchase/buy.tsx'))
const Confirm = lazy(() => import('./pages/purchase/confirm.tsx'))
const It = lazy(() => import('./pages/it/it.tsx'))
const BeginSignIn = lazy(() => import('./pages/sign-in/begin.tsx'))
const SignInDone = lazy(() => import('./pages/sign-in/done.tsx'))
const NotFound = lazy(() => import('./pages/not-found.tsx'))
const OneSubscription = lazy(() => import('./pages/subscriptions/one.tsx'))
const Subscriptions = lazy(() => import('./pages/subscriptions/list.tsx'))

/** Which page stands at which address. Each but the first is loaded when it is wanted. */
export function App() {
  return (
    <Shell>
      <SignedInAgain>
        <Suspense fallback={<Waiting />}>
          <Switch>
            <Route path="/" component={Home} />
            <Route path="/subscriptions" component={Subscriptions} />
            <Route path="/subscriptions/:id/*?" component={OneSubscription} />
            <Route path="/purchase" component={Buy} />
            <Route path="/purchase/confirm" component={Confirm} />
            <Route path="/it" component={It} />
            <Route path="/sign-in" component={BeginSignIn} />
            <Route path="/sign-in/done" component={SignInDone} />
            <Route component={NotFound} />
          </Switch>
        </Suspense>
      </SignedInAgain>
    </Shell>
  )
}
