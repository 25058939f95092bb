import { hostname } from 'node:os';
import type { Term } from '../engine/glossary.ts';
import { keyOf, placesOf } from '../engine/lesson.ts';
import type { Session } from '../engine/session.ts';
import { isBatchRunning, positionOf, type State, stepStatus } from '../engine/update.ts';
import { Exit, type ExitCode, refusalIn } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { App } from './app.tsx';
import { createTourController } from './controller.ts';
import { deferred } from './deferred.ts';
import type { Cell } from './display.ts';
import type { Guest } from './guest.ts';
import type { Key } from './keys.ts';
import { type MountOptions, mount } from './mount.ts';
import { Keyboard } from './pane/keyboard.ts';
import { Panes } from './pane/panes.ts';
import { hasPaneRoom, placePane } from './pane/place.ts';
import { bytesOf, divide, switchKey, upToSwitch } from './pane/typed.ts';
import type { InteractiveCommand } from './run-interactive.ts';
import { copyText } from './screens/step-hint.ts';
import { numberOf } from './step-status.ts';
import { createStore } from './store.ts';
import { watchTerminal } from './terminal.ts';
import { themeOf } from './theme.ts';
import type { TerminalEffect } from './update-view.ts';
import { sizeOf } from './use-size.ts';
import { firstView, type Size, type View } from './view.ts';
import type { TourContext } from './view-model.ts';

interface TourOptions {
  /**
   * Opens the session at the learner's position. Called once the first frame is drawn.
   * @param onBug takes errors that are bugs: they end the tour with their stack
   */
  readonly open: (onBug: (error: unknown) => void) => Promise<Session>;
  /** Loads the glossary, once the session is open. */
  readonly glossary: () => Promise<readonly Term[]>;
  /** Loads the explorer when the learner first opens it. */
  readonly explorer: () => Promise<OpenGuest>;
  /** Loads the lab's cases. */
  readonly lab: () => Promise<LabGuest>;
  /** The command that sets the scripts' variables in another terminal. */
  readonly otherTerminal: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly color: boolean;
  readonly ascii: boolean;
  /** The opening stays until a key is pressed, if the learner hasn't begun yet. */
  readonly opening: boolean;
}

/**
 * @param clear unmounts what is on the screen
 * @returns the guest, or why there is nothing to show
 */
export type OpenGuest = (
  workdir: string,
  place: MountOptions,
  clear: () => Promise<void>,
) => Promise<Guest> | string;

/** The lab, as the tour opens it. */
export interface LabGuest {
  /** How many cases one knows enough for after a lesson, by the lesson's id. */
  readonly cases: ReadonlyMap<string, number>;
  /** @param clear unmounts what is on the screen */
  readonly open: (host: Host, place: MountOptions, clear: () => Promise<void>) => Promise<Guest>;
}

/**
 * Shows the tour until the learner leaves it. The terminal is restored when this settles, whether it
 * resolves or rejects.
 * @returns the exit code
 * @throws TourError and others from `open`, and any bug
 */
export async function openTour(options: TourOptions): Promise<ExitCode> {
  const { stdin, stdout } = options;
  const theme = themeOf(options);
  const store = createStore();
  const ending = deferred<ExitCode>();
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

  const panes = new Panes();
  /** The paste for the shell hasn't ended. */
  let pasting = false;
  /** Until then, what is typed was meant for a shell that has just closed. */
  let deafUntil = 0;
  /** Another app has the screen. */
  let guest = false;
  const isTyping = () => !guest && store.getSnapshot().view.shell?.focused === true;
  const keyboard = new Keyboard(stdin, function* (text) {
    for (let rest = text; rest !== ''; ) {
      if (isTyping()) {
        const typed = divide(rest, pasting);
        pasting = typed.pasting;
        if (typed.shell !== '') panes.type(typed.shell);
        if (typed.page === undefined) return;
        store.change({ ...store.getSnapshot().view, shell: { focused: false } });
        rest = typed.page;
      } else {
        const [page, after] = upToSwitch(rest, panes.isOpen && !guest);
        rest = after;
        if (page !== switchKey && performance.now() < deafUntil) continue;
        yield page;
      }
    }
  });

  const press = createTourController({
    store,
    theme,
    dispatch: (event) => session?.dispatch(event),
    perform: (what) => {
      if (what === 'quit') return ending.resolve(Exit.good);
      if (what === 'interrupt') return ending.resolve(Exit.interrupted);
      if ((what === 'shell' || what === 'visit') && hasPaneRoom(sizeOf(stdout), theme)) {
        return void openPane(what).catch(told);
      }
      // One hand-over at a time, even if several keys arrive together.
      if (leaving) return;
      leaving = true;
      void leave(what)
        .catch(told)
        .finally(() => {
          leaving = false;
        });
    },
  });

  // Keys that were read together: after the one that turns to the shell, they are for the shell.
  const onKey = (key: Key, size: Size) =>
    isTyping() ? panes.type(bytesOf(key)) : press(key, size);

  function show(): void {
    terminal.enter();
    terminal.pasting(isTyping());
    const app = (
      <App store={store} theme={theme} onKey={onKey} onShown={terminal.guard} shell={panes.shown} />
    );
    const place = { stdin: keyboard.stream, stdout, theme, terminal, cursor: cursorInPane };
    unmount = mount(app, place, ending.reject);
  }

  /** The cell of the screen where the learner types. */
  function cursorInPane(): Cell | undefined {
    const cursor = panes.shown.getSnapshot()?.screen?.cursor;
    if (!isTyping() || cursor === undefined) return undefined;
    const { row, column } = placePane(sizeOf(stdout), true);
    return { row: row + cursor.row, column: column + cursor.column };
  }

  let typing = false;
  store.subscribe(() => {
    if (typing === isTyping()) return;
    typing = !typing;
    terminal.pasting(typing);
  });
  const fitPanes = () => panes.resize(placePane(sizeOf(stdout), isTyping()));
  stdout.on('resize', fitPanes);

  /** Says what the machine refused, on the page: the tour can go on. */
  function told(error: unknown): void {
    const remark = refusalIn(error);
    if (remark === undefined) {
      ending.reject(error);
      return;
    }
    // What was typed ahead was meant for the shell.
    if (isTyping()) deafUntil = performance.now() + deafMs;
    pasting = false;
    change({ remark, ...(panes.isOpen ? {} : { shell: undefined }) });
  }

  /** Opens the learner's shell or the step's visit beside the page, or else lends the terminal to it. */
  async function openPane(what: 'shell' | 'visit'): Promise<void> {
    if (session === undefined) return;
    const opened = session;
    const { at } = opened.getSnapshot();
    const { visit } = at.step;
    store.change({ ...store.getSnapshot().view, shell: { focused: true }, remark: undefined });
    const hands = import('./run-interactive.ts');
    const load = async () => {
      const { visitInPane, shellInPane } = await hands;
      return what === 'visit' && visit !== undefined
        ? visitInPane(opened, visit)
        : shellInPane(opened);
    };
    const running = panes.open(load, placePane(sizeOf(stdout), true));
    const stopInforming = what === 'shell' ? (await hands).keepShellInformed(opened) : () => {};
    const code = await running.finally(stopInforming);
    if (over) return;
    // What was typed for it mustn't become a key of the page. If it never began, nothing was.
    if (isTyping() && code !== undefined) deafUntil = performance.now() + deafMs;
    pasting = false;
    if (!panes.isOpen) {
      store.change({ ...store.getSnapshot().view, shell: undefined });
    } else if (what === 'visit') {
      // The page is where the visit was begun.
      store.change({ ...store.getSnapshot().view, shell: { focused: false } });
    }
    if (code === undefined) return leave(what);
    const remark = (await hands).shellFailure('The shell', code);
    if (remark !== undefined) change({ remark });
    // On a later step, the page shows what has changed since it was opened.
    if (what === 'visit' || keyOf(at) === keyOf(opened.getSnapshot().at)) changed(opened);
  }

  /** Lends the terminal to another program for a while; the session goes on meanwhile. */
  async function lend(run: () => unknown): Promise<void> {
    await unmount();
    terminal.leave();
    terminal.lent = true;
    try {
      await run();
    } finally {
      terminal.lent = false;
      // A signal may have ended the tour while the other program had the terminal.
      if (!over) show();
    }
  }

  async function handOver({ words, run, failed }: InteractiveCommand): Promise<number> {
    let code = 0;
    await lend(async () => {
      stdout.write(`${['', ...words].join('\n')}\n`);
      code = await run();
    });
    change({ remark: failed?.(code) });
    return code;
  }

  const change = (part: Partial<View>) =>
    store.change({ ...store.getSnapshot().view, scroll: undefined, readToEnd: new Set(), ...part });

  /** Opens the explorer on the image as far as it is built. The terminal stays ours. */
  async function explore(workdir: string): Promise<void> {
    const openExplorer = await options.explorer();
    const place = { stdin: keyboard.stream, stdout, theme, terminal };
    const shown = openExplorer(workdir, place, () => unmount());
    if (typeof shown === 'string') return change({ screen: 'step', remark: shown });
    return entertain(await shown);
  }

  async function openLab({ host }: Session): Promise<void> {
    const { open } = await options.lab();
    return entertain(
      await open(host, { stdin: keyboard.stream, stdout, theme, terminal }, () => unmount()),
    );
  }

  /** Waits until the learner comes back from another app. */
  async function entertain(visited: Guest): Promise<void> {
    guest = true;
    unmount = visited.unmount;
    const code = await visited.left.finally(async () => {
      guest = false;
      await visited.unmount();
      if (!over) show();
    });
    if (code === Exit.interrupted) ending.resolve(code);
  }

  /** Copies what is shown to be typed, and keeps it in a file, since a terminal may ignore the request. */
  async function copyScript({ host }: Session): Promise<void> {
    const { state, context, view } = store.getSnapshot();
    if (state === undefined || context === undefined) return;
    const model = { state, context, view, theme, size: { columns: 0, rows: 0 }, runningMs: 0 };
    const text = copyText(model);
    const [{ copy, copiedText }, { keepCopied }] = await Promise.all([
      import('./clipboard.ts'),
      import('../host/learner-files.ts'),
    ]);
    const path = keepCopied(host.workspace, text);
    const copied = await copy(text, options);
    store.change({ ...store.getSnapshot().view, news: copiedText(copied, path) });
  }

  async function leave(what: Exclude<TerminalEffect, 'quit' | 'interrupt'>): Promise<void> {
    // Stop the whole job, which includes npx and npm.
    if (what === 'suspend') return lend(() => process.kill(0, 'SIGTSTP'));
    if (session === undefined) return;
    if (what === 'explore') return explore(session.host.workspace.dir);
    if (what === 'lab') return openLab(session);
    if (what === 'copy') return copyScript(session);
    const hands = await import('./run-interactive.ts');
    const { at } = session.getSnapshot();
    switch (what) {
      case 'shell':
        await handOver(await hands.learnerShell(session));
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
    changed(session);
  }

  /** The learner may have done the step in another program. */
  function changed(session: Session): void {
    change({ acted: true, remark: store.getSnapshot().view.remark });
    session.dispatch({ type: 'check' });
  }

  /** Looks at the machine again, since more can be seen with the password. */
  async function lookAgain(session: Session): Promise<void> {
    if (isBatchRunning(session.getSnapshot())) return session.dispatch({ type: 'resume' });
    const { locked } = store.getSnapshot().view;
    if (locked) {
      session.dispatch({ type: 'survey' });
      await session.settled();
    }
    change({ locked: false, acted: false });
    const state = session.getSnapshot();
    const place = locked ? positionOf(state) : state.at;
    session.dispatch({ type: 'open', key: keyOf(place), observe: true });
  }

  show();
  const opening = options.open(ending.reject);
  opening
    .then(async (opened) => {
      session = opened;
      const [terms, { cases }] = await Promise.all([options.glossary(), options.lab()]);
      const context = { ...(await settingOf(opened, options, terms)), labCases: cases };
      const { remark } = opened.host;
      const screen = options.opening && isNew(opened.getSnapshot()) ? 'opening' : 'step';
      const locked = await isLocked(opened);
      store.attach(opened, context, { ...firstView, screen, remark, locked });
    })
    .catch(ending.reject);

  try {
    return await ending.promise;
  } finally {
    over = true;
    stdout.off('resize', fitPanes);
    await unmount();
    terminal.leave();
    await panes.close();
    await opening.then(
      (opened) => opened.close(),
      () => {},
    );
    terminal.release();
    if (session !== undefined) stdout.write(farewell(session.getSnapshot()));
  }
}

/** Milliseconds in which nothing is read once the shell has closed. */
const deafMs = 300;

/** Whether no step was done here yet. */
function isNew({ lessons, at, completed }: State): boolean {
  const [first] = placesOf(lessons);
  return completed.size === 0 && first !== undefined && keyOf(at) === keyOf(first);
}

/** Where the learner stands, for the terminal that the tour leaves; nothing after the last page. */
function farewell(state: State): string {
  if (state.finished) return '';
  const { lesson, step } = state.at;
  const number = lesson.steps.indexOf(step) + 1;
  return `You are at ${numberOf(lesson)} ${lesson.title}, step ${number} of ${lesson.steps.length}. The next start goes on where this machine says you are.\n`;
}

async function settingOf(
  session: Session,
  { otherTerminal }: TourOptions,
  glossary: readonly Term[],
): Promise<Omit<TourContext, 'labCases'>> {
  const [{ needsRoot }, { obstacleIds, obstacleOf }, { createHighlight }] = await Promise.all([
    import('../host/privilege.ts'),
    import('../host/preflight/obstacles.ts'),
    import('./grammar.ts'),
  ]);
  const { workspace, privilege } = session.host;
  return {
    scriptOf: session.scriptOf,
    workdir: workspace.dir,
    namespace: workspace.namespace,
    hostname: hostname(),
    glossary,
    problems: obstacleIds.map((id) => ({ id, ...obstacleOf(id) })),
    privilege,
    highlight: createHighlight(),
    otherTerminal,
    needsRoot,
  };
}

/** Whether the learner's position can't be found without sudo's password. */
async function isLocked(session: Session): Promise<boolean> {
  if (session.host.privilege !== 'sudo') return false;
  const state = session.getSnapshot();
  if (stepStatus(state, positionOf(state)) !== 'cannot be seen') return false;
  const { sudoNeedsPassword } = await import('../host/privilege.ts');
  return sudoNeedsPassword();
}
