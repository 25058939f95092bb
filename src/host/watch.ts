import { readFileSync } from 'node:fs';
import { ifPossible } from '../errors.ts';
import { privateIsRunning } from './containerd.ts';
import { type Host, neverStarted } from './host.ts';
import { mountsUnder, parseMountinfo } from './mounts.ts';
import { isWanted } from './private-containerd/rest.ts';
import type { FollowedCommand } from './shell.ts';
import { watchTree } from './watch-tree.ts';

/** Changes come in bursts: milliseconds after the last one until they're reported. */
const debounceMs = 60;
/** The same after the first one, at the latest. */
const maxDelayMs = 300;
/** How often to look for changes that cause no event. */
const tickMs = 1000;
/** The longest wait, in ticks, before connecting to containerd's events again; the wait doubles each time. */
const maxWaitTicks = 60;

/**
 * Reports when something has changed that a check may read: a file in the working directory, a mount in
 * it, or something in the host's namespace in containerd. Starts no containerd.
 * @param dir the part of the working directory to watch
 * @returns a function that ends the watch
 */
export function watchHost(
  host: Host,
  onChange: () => void,
  dir: string = host.workspace.dir,
): () => void {
  const { own } = host.workspace;
  let closed = false;
  let debounce: NodeJS.Timeout | undefined;
  let firstChange: number | undefined;

  const told = () => {
    debounce = undefined;
    firstChange = undefined;
    tree.rescan();
    onChange();
  };
  const changed = () => {
    if (closed) return;
    const now = performance.now();
    firstChange ??= now;
    clearTimeout(debounce);
    debounce = setTimeout(told, Math.max(0, Math.min(debounceMs, firstChange + maxDelayMs - now)));
  };

  // Every observation changes the tour's own directory, and checks don't depend on it.
  const tree = watchTree(
    () => host.pathFromOutside(dir),
    (path) => path === host.pathFromOutside(own),
    changed,
  );
  const mounts = watchMounts(host, dir, changed);
  const events = followEvents(host, changed);
  const timer = setInterval(() => {
    mounts();
    if (host.isResting() && isWanted(host.workspace)) void ifPossible(host.containerd());
    events.tick();
    // Cheap, and the only way to notice that a removed working directory was made again.
    tree.rescan();
  }, tickMs);
  timer.unref();
  tree.rescan();
  events.tick();

  return () => {
    closed = true;
    clearInterval(timer);
    clearTimeout(debounce);
    tree.close();
    events.close();
  };
}

/** Node can't wait for mounts, so the text of the mount table is compared. */
function watchMounts(host: Host, dir: string, onChange: () => void): () => void {
  let text = '';
  const read = () => {
    try {
      const now = readFileSync(host.mountTable(), 'utf8');
      if (now === text) return ours;
      text = now;
    } catch {
      // The process has just ended.
      return ours;
    }
    return JSON.stringify(
      mountsUnder(dir, parseMountinfo(text)).map((mount) => [
        mount.target,
        mount.source,
        [...mount.options],
      ]),
    );
  };
  let ours = '';
  ours = read();
  return () => {
    const now = read();
    if (now === ours) return;
    ours = now;
    onChange();
  };
}

/** Follows containerd's events while it's running. */
function followEvents(host: Host, onChange: () => void) {
  let following: FollowedCommand | undefined;
  let asking = false;
  let wait = 1;
  let waited = 0;
  let closed = false;

  const isUp = () =>
    !host.isResting() &&
    !neverStarted(host) &&
    (!host.containerdAccess.viaWrapper || privateIsRunning(host.workspace));

  async function begin(): Promise<void> {
    const containerd = await host.containerd();
    if (closed) return;
    const stream = containerd.events(() => {
      wait = 1;
      onChange();
    });
    following = stream;
    await stream.ended;
    following = undefined;
    // That it ended is a change, too.
    onChange();
  }

  return {
    tick: () => {
      // Another command may keep a daemon going that the tour has let go of.
      if (host.isResting()) following?.end();
      waited += 1;
      if (closed || asking || waited < wait || !isUp()) return;
      asking = true;
      waited = 0;
      wait = Math.min(maxWaitTicks, wait * 2);
      void begin()
        // containerd doesn't answer; the checks report that.
        .catch(() => {})
        .finally(() => {
          asking = false;
        });
    },
    close: () => {
      closed = true;
      following?.end();
    },
  };
}
