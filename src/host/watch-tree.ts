import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { basename, join } from 'node:path';

/** The most directories to watch: the kernel has a limit for each user. */
const maxDirectories = 500;

interface MonitoredDirectory {
  readonly watcher: FSWatcher;
  /** The identity of the directory, in case its path is replaced. */
  readonly identity: string;
}

/** A watch on a directory and everything below it. */
interface TreeWatch {
  /** Finds directories that were made, removed or mounted on. */
  rescan(): void;
  close(): void;
}

/**
 * Watches a directory and those below it. Node's own recursive watch opens every file and fails if a
 * directory is removed while it does. One inotify watch per directory is enough to know that something
 * has changed.
 * @param root its current path; it may not exist
 * @param skip paths that aren't watched
 */
export function watchTree(
  root: () => string,
  skip: (path: string) => boolean,
  onChange: () => void,
): TreeWatch {
  const monitored = new Map<string, MonitoredDirectory>();

  const drop = (path: string) => {
    monitored.get(path)?.watcher.close();
    monitored.delete(path);
  };

  function begin(path: string, identity: string): void {
    const watcher = watch(path, { persistent: false }, (kind, name) => {
      // The directory was removed. A new one at its path may even have the same inode number.
      if (kind === 'rename' && name === basename(path)) drop(path);
      if (name === null || !skip(join(path, name))) onChange();
    });
    watcher.on('error', () => drop(path));
    monitored.set(path, { watcher, identity });
  }

  function visit(path: string, found: Set<string>): void {
    if (found.size >= maxDirectories || skip(path)) return;
    try {
      const { dev, ino } = statSync(path);
      const identity = `${dev} ${ino}`;
      if (monitored.get(path)?.identity !== identity) {
        drop(path);
        // Watch before reading the entries, so that later ones aren't missed.
        begin(path, identity);
      }
      found.add(path);
      for (const entry of readdirSync(path, { withFileTypes: true })) {
        if (entry.isDirectory()) visit(join(path, entry.name), found);
      }
    } catch (error) {
      // It was removed, we may not read it, or the kernel allows no more watches.
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }

  return {
    rescan: () => {
      const found = new Set<string>();
      visit(root(), found);
      for (const path of monitored.keys()) if (!found.has(path)) drop(path);
    },
    close: () => {
      for (const path of [...monitored.keys()]) drop(path);
    },
  };
}
