import { existsSync, type FSWatcher, readdirSync, watch } from 'node:fs'
import { join } from 'node:path'

const quietMs = 80

/**
 * Calls `changed` with a file's name when a source in one of the folders, or below, was written, once for a burst.
 *
 * Each folder is watched by itself: on Linux a recursive watch of Node loses a file for good when an editor replaces it.
 */
export function watchSources(folders: string[], changed: (file: string) => void): { close(): void } {
  const watchers = new Map<string, FSWatcher>()
  let timer: NodeJS.Timeout | undefined

  const heard = (folder: string, file: string | null) => {
    if (file !== null && !file.includes('.')) look()
    if (file !== null && !/\.(tsx?|css|json)$/.test(file)) return
    clearTimeout(timer)
    timer = setTimeout(() => changed(join(folder, file ?? '')), quietMs)
  }
  const look = () => {
    for (const [folder, watcher] of watchers) {
      if (existsSync(folder)) continue
      watcher.close()
      watchers.delete(folder)
    }
    for (const folder of folders.flatMap(withFolders)) {
      if (watchers.has(folder)) continue
      // A folder that goes away is found out by whoever watches the one above.
      watchers.set(
        folder,
        watch(folder, (_, file) => heard(folder, file)).on('error', () => {}),
      )
    }
  }
  look()
  return {
    close() {
      clearTimeout(timer)
      for (const watcher of watchers.values()) watcher.close()
    },
  }
}

/** A folder and all below it; none when it has just gone away. */
function withFolders(folder: string): string[] {
  if (!existsSync(folder)) return []
  const inside = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [folder, ...inside.map(({ parentPath, name }) => join(parentPath, name))]
}
