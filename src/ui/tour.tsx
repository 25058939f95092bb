import type { Term } from '../engine/glossary.ts';
import { keyOf } from '../engine/lesson.ts';
import type { Session } from '../engine/session.ts';
import { isOnErrand, positionOf, standingOf } from '../engine/transition.ts';
import { Exit, type ExitCode } from '../errors.ts';
import { App } from './app.tsx';
import { createController } from './controller.ts';
import type { Outside } from './follow.ts';
import type { HandOver } from './hand-over.ts';
import { mount, type Place } from './mount.ts';
import type { Setting } from './now.ts';
import { createStore } from './store.ts';
import { watchTerminal } from './terminal.ts';
import { themeOf } from './theme.ts';
import { firstView, type View } from './view.ts';

export interface TourOptions {
  /**
   * Opens the session where the host says the learner is. Called once the first frame is drawn.
   * @param onBug takes errors that are nobody's to mend: they end the tour with their stack
   */
  readonly open: (onBug: (error: unknown) => void) => Promise<Session>;
  /** The words of the field; asked for once the session is open. */
  readonly glossary: () => Promise<readonly Term[]>;
  /** Loads what shows the image as far as it is built; asked for when somebody wants to see it. */
  readonly explorer: () => Promise<OpenGuest>;
  /** What gives another terminal the names that the scripts use. */
  readonly otherTerminal: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly color: boolean;
  readonly ascii: boolean;
}

/** Another app, which has the screen for a while. */
export interface Guest {
  /** Settles when somebody leaves it; rejects with whatever went wrong. */
  readonly left: Promise<ExitCode>;
  /** Takes it from the screen, and ends what it was doing. The terminal stays as it is. */
  readonly unmount: () => Promise<void>;
}

/**
 * @param clear takes from the screen what is on it
 * @returns why there is nothing to show, if there is not
 */
export type OpenGuest = (
  workdir: string,
  place: Place,
  clear: () => Promise<void>,
) => Promise<Guest> | string;

/**
 * Shows the tour until the learner leaves it. The terminal is as it was before when this settles,
 * however it settles.
 * @returns the exit code
 * @throws whatever `open` throws, and any bug met on the way
 */
export async function openTour(options: TourOptions): Promise<ExitCode> {
  const { stdin, stdout } = options;
  const theme = themeOf(options);
  const store = createStore();
  const ending = deferred<ExitCode>();
  // Only the first reason to end counts, and it may come before anybody waits for it.
  ending.promise.catch(() => {});

  const terminal = watchTerminal({
    stdin,
    stdout,
    alternate: !theme.spoken,
    onSignal: ending.resolve,
    onCrash: ending.reject,
  });

  let session: Session | undefined;
  let unmount = async () => {};
  let over = false;
  let leaving = false;

  const onKey = createController({
    store,
    theme,
    dispatch: (event) => session?.dispatch(event),
    outside: (what) => {
      if (what === 'quit') return ending.resolve(Exit.good);
      if (what === 'interrupt') return ending.resolve(Exit.interrupted);
      // One hand-over at a time, however many keys came together.
      if (leaving) return;
      leaving = true;
      void leave(what)
        .catch(ending.reject)
        .finally(() => {
          leaving = false;
        });
    },
  });

  function show(): void {
    terminal.enter();
    const app = <App store={store} theme={theme} onKey={onKey} onShown={terminal.guard} />;
    unmount = mount(app, { stdin, stdout, theme, terminal }, ending.reject);
  }

  /** Gives the terminal to somebody else for a while; the session goes on meanwhile. */
  async function lend(run: () => unknown): Promise<void> {
    await unmount();
    terminal.leave();
    terminal.lent = true;
    try {
      await run();
    } finally {
      terminal.lent = false;
      // A signal may have ended the tour while somebody else had the terminal.
      if (!over) show();
    }
  }

  async function handOver({ words, run, failed }: HandOver): Promise<number> {
    let code = 0;
    await lend(async () => {
      stdout.write(`${['', ...words].join('\n')}\n`);
      code = await run();
    });
    change({ remark: failed?.(code) });
    return code;
  }

  const change = (part: Partial<View>) =>
    store.change({ ...store.getSnapshot().view, scroll: undefined, read: undefined, ...part });

  /** The explorer, on the image as far as it is built. The terminal stays ours. */
  async function explore(workdir: string): Promise<void> {
    const openExplorer = await options.explorer();
    const shown = openExplorer(workdir, { stdin, stdout, theme, terminal }, () => unmount());
    if (typeof shown === 'string') return change({ screen: 'step', remark: shown });
    const explorer = await shown;
    unmount = explorer.unmount;
    const code = await explorer.left.finally(async () => {
      await explorer.unmount();
      if (!over) show();
    });
    if (code === Exit.interrupted) ending.resolve(code);
  }

  async function leave(what: Exclude<Outside, 'quit' | 'interrupt'>): Promise<void> {
    // The whole job: npx and npm wait in front of us.
    if (what === 'suspend') return lend(() => process.kill(0, 'SIGTSTP'));
    if (session === undefined) return;
    if (what === 'explore') return explore(session.host.workspace.dir);
    const hands = await import('./hand-over.ts');
    const { at } = session.getSnapshot();
    switch (what) {
      case 'shell':
        await handOver(await hands.ownShell(session));
        break;
      case 'visit':
        if (at.step.visit !== undefined) await handOver(hands.visit(session, at.step.visit));
        break;
      case 'install': {
        const installation = await hands.installation(session);
        if (typeof installation === 'string') return change({ remark: installation });
        await handOver(installation);
        break;
      }
      case 'unlock':
        if ((await handOver(hands.unlock(session))) === 0) await lookAgain(session);
        return;
    }
    // What was done there counts.
    change({ acted: true, remark: store.getSnapshot().view.remark });
    session.dispatch({ type: 'recheck' });
  }

  /** With the password, more can be seen than before. */
  async function lookAgain(session: Session): Promise<void> {
    if (isOnErrand(session.getSnapshot())) return session.dispatch({ type: 'resume' });
    const { locked } = store.getSnapshot().view;
    if (locked) {
      session.dispatch({ type: 'survey' });
      await session.settled();
    }
    change({ locked: false, acted: false });
    const state = session.getSnapshot();
    const place = locked ? positionOf(state) : state.at;
    session.dispatch({ type: 'open', key: keyOf(place), look: true });
  }

  show();
  const opening = options.open(ending.reject);
  opening
    .then(async (opened) => {
      session = opened;
      const setting = await settingOf(opened, options, await options.glossary());
      const { remark } = opened.host;
      store.attach(opened, setting, { ...firstView, remark, locked: await isLocked(opened) });
    })
    .catch(ending.reject);

  try {
    return await ending.promise;
  } finally {
    over = true;
    await unmount();
    terminal.leave();
    await opening.then(
      (opened) => opened.close(),
      () => {},
    );
    terminal.release();
  }
}

/** A promise that is settled from outside; the first time counts. */
function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

async function settingOf(
  session: Session,
  { otherTerminal }: TourOptions,
  glossary: readonly Term[],
): Promise<Setting> {
  const { needsRoot } = await import('../host/privilege.ts');
  const { workspace, privilege } = session.host;
  return {
    scriptOf: session.scriptOf,
    workdir: workspace.dir,
    namespace: workspace.namespace,
    glossary,
    privilege,
    otherTerminal,
    needsRoot,
  };
}

/** Where the learner is cannot be told before sudo has its password. */
async function isLocked(session: Session): Promise<boolean> {
  if (session.host.privilege !== 'sudo') return false;
  const state = session.getSnapshot();
  if (standingOf(state, positionOf(state)) !== 'cannot be seen') return false;
  const { sudoAsks } = await import('../host/privilege.ts');
  return sudoAsks();
}
