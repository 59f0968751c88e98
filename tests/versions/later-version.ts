import { join } from 'node:path'
import type { Plugin } from 'esbuild'

/**
 * Makes a bundle of the version after today's, as far as anybody can know it: it writes what today's writes, and fields
 * that today's does not know, in each item, in each message, and in every object inside of them.
 */
export const laterVersion: Plugin = {
  name: 'later-version',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/(items|queue)\.ts$/ }, ({ path, importer }) =>
      importer.endsWith(join('shared', 'azure', 'clients.ts'))
        ? { path: join(import.meta.dirname, path.replace('./', 'later-')) }
        : undefined,
    )
  },
}
