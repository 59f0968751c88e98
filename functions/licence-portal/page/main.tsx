import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { mayTryAgain } from './data/call.ts'
import { Texts } from './language/texts.tsx'
import { Look } from './look/theme.tsx'
import './main.css'

const client = new QueryClient({
  defaultOptions: { queries: { retry: mayTryAgain, staleTime: 15_000 }, mutations: { retry: false } },
})

const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <Look>
          <Suspense>
            <Texts>
              <App />
            </Texts>
          </Suspense>
        </Look>
      </QueryClientProvider>
    </StrictMode>,
  )
