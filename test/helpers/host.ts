import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lessons, variables } from '../../lessons/index.ts';
import { keyOf, type Place } from '../../src/engine/lesson.ts';
import { openObservation } from '../../src/engine/observation.ts';
import { openProgress } from '../../src/engine/progress.ts';
import { render, type Script } from '../../src/engine/script.ts';
import { openSession } from '../../src/engine/session.ts';
import { knownVariables } from '../../src/engine/variables.ts';
import { type HostOptions, openHost } from '../../src/host/host.ts';
import { claim } from '../../src/host/ownership.ts';

/** A working directory and a namespace that no other suite has. */
export function ownPlace(name = 'w') {
  const parent = mkdtempSync(join(tmpdir(), 'handroll-tour-test-'));
  const namespace = `tour-test-${parent.slice(-6).replace(/[^A-Za-z0-9]/g, '0')}`;
  return {
    parent,
    workdir: join(parent, name),
    namespace,
    remove: () => {
      rmSync(parent, { recursive: true, force: true });
      // Control groups are no files of the directory: runc's stay when a daemon is not asked to end.
      const named = ['-depth', '-type', 'd', '-path', `*/${namespace}*`];
      spawnSync('find', ['/sys/fs/cgroup', ...named, '-exec', 'rmdir', '{}', '+']);
    },
  };
}

export type OwnPlace = ReturnType<typeof ownPlace>;

/** A session on a real machine, with a private containerd, and scripts run beside its steps. */
export async function realSession(options: HostOptions) {
  const host = await openHost({ containerd: 'private', ...options });
  claim(host.workspace);
  const progress = openProgress(host.workspace, { keep: true });
  const session = openSession({ lessons, variables, host, progress });
  const newObservation = () => openObservation(host, progress);
  return {
    host,
    progress,
    session,
    newObservation,
    /** Runs a step and waits for its checks. */
    perform: async (place: Place) => {
      session.dispatch({ type: 'open', key: keyOf(place), observe: false });
      session.dispatch({ type: 'run' });
      await session.settled();
      if (session.getSnapshot().phase === 'passed') progress.markCompleted(keyOf(place));
      return session.getSnapshot();
    },
    /** Runs a script that is no step, with every variable that is known. */
    script: async (script: Script) => {
      const env = await knownVariables(newObservation(), variables);
      const last = progress.remembered('container.upper');
      let output = '';
      const { ended } = host.script(render(script, host), {
        env: { ...env, ...(last === undefined ? {} : { LAST_UPPERDIR: last }) },
        onOutput: (chunk) => {
          output += chunk;
        },
      });
      return { ...(await ended), output };
    },
  };
}
