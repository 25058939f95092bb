import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { basename, join } from 'node:path';

/** So many directories are watched at the most: the kernel has a number of its own for each user. */
const maxDirectories = 500;

interface MonitoredDirectory {
  readonly watcher: FSWatcher;
  /** Which directory it is, whatever is found at its path later. */
  readonly identity: string;
}

/** Watches over directories and everything in them. */
export interface TreeWatch {
  /** Finds the directories that have come and gone, or have something else mounted on them. */
  rescan(): void;
  close(): void;
}

/**
 * Watches a directory and those below it. Node's own recursive watch looks at every file as well, and
 * trips over directories that vanish while it looks; one inotify watch a directory says all that is
 * needed here: that something has changed.
 * @param root where it is now; it may not exist, or not yet
 * @param skip paths that are none of our business
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
      // The directory itself has gone; another in its place may even have its number.
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
        // Before its entries are read: what comes after them is told.
        begin(path, identity);
      }
      found.add(path);
      for (const entry of readdirSync(path, { withFileTypes: true })) {
        if (entry.isDirectory()) visit(join(path, entry.name), found);
      }
    } catch (error) {
      // Gone again, not ours to read, or one more than the kernel allows: it is not watched.
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
