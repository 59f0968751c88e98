import { type FSWatcher, watch } from 'node:fs'

const quietMs = 80

/** Calls `changed` with a file's name when a source in one of the folders was written, once for a burst of writes. */
export function watchSources(folders: string[], changed: (file: string) => void): { close(): void } {
  let timer: NodeJS.Timeout | undefined
  const heard = (_: string, file: string | null) => {
    if (file !== null && !/\.(ts|json)$/.test(file)) return
    clearTimeout(timer)
    timer = setTimeout(() => changed(file ?? 'a source'), quietMs)
  }
  const watchers: FSWatcher[] = folders.map((folder) => watch(folder, { recursive: true }, heard))
  return {
    close() {
      clearTimeout(timer)
      for (const one of watchers) one.close()
    },
  }
}
