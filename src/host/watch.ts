import { readFileSync } from 'node:fs';
import { privateIsRunning } from './containerd.ts';
import { type Host, neverStarted } from './host.ts';
import { mountsUnder, parseMountinfo } from './mounts.ts';
import type { FollowedCommand } from './shell.ts';
import { watchTree } from './watch-tree.ts';

/** Changes come in flocks: this long after the last one of them they are told, in milliseconds. */
const debounceMs = 60;
/** And after the first one at the latest. */
const maxDelayMs = 300;
/** What nobody tells is looked for this often. */
const tickMs = 1000;
/** An event stream that cannot be had is asked for ever more rarely, in ticks. */
const maxWaitTicks = 60;

/**
 * Tells when something has changed that a check may look at: a file in the working directory, a mount on
 * it, an event of containerd's in the tour's namespace. Starts no containerd for it.
 * @returns ends the watch
 */
export function watchHost(host: Host, onChange: () => void): () => void {
  const { dir, own } = host.workspace;
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

  // The tour's own directory changes with every observation; nothing in there is the learner's work.
  const tree = watchTree(
    () => host.pathFromOutside(dir),
    (path) => path === host.pathFromOutside(own),
    changed,
  );
  const mounts = watchMounts(host, changed);
  const events = followEvents(host, changed);
  const timer = setInterval(() => {
    mounts();
    events.tick();
    // Cheap, and all that sees a working directory that comes back.
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

/** A mount has no event that Node could wait for: the table is compared, and mostly it is the same text. */
function watchMounts(host: Host, onChange: () => void): () => void {
  let text = '';
  const read = () => {
    try {
      const now = readFileSync(host.mountTable(), 'utf8');
      if (now === text) return ours;
      text = now;
    } catch {
      // The process whose table it is has just ended.
      return ours;
    }
    return JSON.stringify(
      mountsUnder(host.workspace.dir, parseMountinfo(text)).map((mount) => [
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

/** Follows the events of whichever containerd is up, as long as it is. */
function followEvents(host: Host, onChange: () => void) {
  let following: FollowedCommand | undefined;
  let asking = false;
  let wait = 1;
  let waited = 0;
  let closed = false;

  const isUp = () =>
    !neverStarted(host) && (!host.containerdAccess.viaWrapper || privateIsRunning(host.workspace));

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
    // That it has gone is news too.
    onChange();
  }

  return {
    tick: () => {
      waited += 1;
      if (closed || asking || waited < wait || !isUp()) return;
      asking = true;
      waited = 0;
      wait = Math.min(maxWaitTicks, wait * 2);
      void begin()
        // A containerd that does not answer now: the checks say so.
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
