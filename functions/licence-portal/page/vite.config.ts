import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The page, as static files: names of assets carry a hash of their contents, so that they may be kept for ever. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../../../dist/licence-portal/page',
    emptyOutDir: true,
    target: 'es2023',
    // Nothing inline: the policy of the page forbids it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  logLevel: 'warn',
})
