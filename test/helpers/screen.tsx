import { stripVTControlCharacters } from 'node:util';
import { render } from 'ink-testing-library';
import { onTestFinished, vi } from 'vitest';
import type { Lesson } from '../../src/engine/lesson.ts';
import type { ReadOwnDigests } from '../../src/engine/own-digests.ts';
import { openProgress, type Progress } from '../../src/engine/progress.ts';
import { openSession } from '../../src/engine/session.ts';
import type { Event } from '../../src/engine/update.ts';
import type { Host } from '../../src/host/host.ts';
import { App } from '../../src/ui/app.tsx';
import { createTourController } from '../../src/ui/controller.ts';
import { createStore } from '../../src/ui/store.ts';
import type { Theme } from '../../src/ui/theme.ts';
import type { TerminalEffect } from '../../src/ui/update-view.ts';
import { firstView, type Size, type View } from '../../src/ui/view.ts';
import type { TourContext } from '../../src/ui/view-model.ts';
import { fakeHost } from './fake-host.ts';
import { temporaryWorkspace } from './temporary.ts';
import { themes } from './themes.ts';
import { aContext } from './view-model.ts';

export interface ScreenOptions {
  readonly lessons: readonly Lesson[];
  readonly size?: Size;
  readonly theme?: Theme;
  readonly host?: Partial<Host>;
  readonly setting?: Partial<TourContext>;
  readonly view?: Partial<View>;
  readonly ownDigests?: ReadOwnDigests;
  /** What an earlier session wrote down. */
  readonly before?: (progress: Progress) => void;
  /** Leaves the opening screen up until `attach` is called. */
  readonly wait?: true;
}

/** The keys that a terminal sends for more than a character. */
export const keys = {
  enter: '\r',
  escape: '\u001b',
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  pageUp: '\u001b[5~',
  pageDown: '\u001b[6~',
  ctrlC: '\u0003',
  ctrlZ: '\u001a',
};

/** The screens with a real session, on a fake machine. */
export function screen(options: ScreenOptions) {
  const { lessons, theme = themes.color, size = { columns: 80, rows: 24 } } = options;
  const workspace = temporaryWorkspace();
  const { host, scripts } = fakeHost(workspace, options.host);
  const progress = openProgress(workspace, { keep: false });
  options.before?.(progress);
  const bugs: unknown[] = [];
  const session = openSession({
    lessons,
    variables: [],
    host,
    progress,
    ...(options.ownDigests && { ownDigests: options.ownDigests }),
    onBug: (error) => bugs.push(error),
  });
  const store = createStore();
  const outside: TerminalEffect[] = [];
  const onKey = createTourController({
    store,
    theme,
    dispatch: session.dispatch,
    perform: (what) => outside.push(what),
  });
  const spoken = process.env.INK_SCREEN_READER;
  if (theme.spoken) process.env.INK_SCREEN_READER = 'true';
  const app = render(<App {...{ store, theme, onKey }} onShown={() => {}} />);
  if (theme.spoken && spoken === undefined) delete process.env.INK_SCREEN_READER;
  const resize = ({ columns, rows }: Size) => {
    Object.defineProperty(app.stdout, 'columns', { value: columns, configurable: true });
    Object.defineProperty(app.stdout, 'rows', { value: rows, configurable: true });
    app.stdout.emit('resize');
  };
  resize(size);
  onTestFinished(async () => {
    app.unmount();
    await session.close();
  });
  const attach = () =>
    store.attach(
      session,
      { ...aContext, scriptOf: session.scriptOf, ...options.setting },
      { ...firstView, ...options.view },
    );
  if (options.wait !== true) attach();

  /** The text on the screen, without colours and trailing spaces. */
  const frame = () =>
    stripVTControlCharacters(app.lastFrame() ?? '')
      .split('\n')
      .map((line) => line.trimEnd());
  const seen = (wanted: string | RegExp) => {
    const text = frame().join('\n');
    return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
  };
  const waitFor = (condition: () => boolean, what: unknown) =>
    vi.waitFor(
      () => {
        if (!condition()) throw new Error(`never seen: ${what}\n\n${frame().join('\n')}`);
      },
      { timeout: 3000, interval: 5 },
    );
  const does = (event: Event) => {
    session.dispatch(event);
    return session.settled();
  };
  let taken = 0;
  return {
    session,
    store,
    scripts,
    /** The next script that is started: the test brings it to its end. */
    script: async () => {
      await waitFor(() => scripts.length > taken, 'another script started');
      taken = scripts.length;
      const script = scripts[taken - 1];
      if (script === undefined) throw new Error('no script');
      return script;
    },
    outside,
    bugs,
    progress,
    attach,
    resize,
    frame,
    /** The frame as the terminal gets it. */
    painted: () => app.lastFrame() ?? '',
    press: (...all: string[]) => {
      for (const key of all) app.stdin.write(key);
    },
    /** Waits until a text is on the screen. */
    sees: (wanted: string | RegExp) => waitFor(() => seen(wanted), wanted),
    /** Waits until a text is on the screen no more. */
    loses: (wanted: string | RegExp) => waitFor(() => !seen(wanted), `anything but ${wanted}`),
    /** Waits until the session has nothing to do. */
    settled: () => session.settled(),
    /** Opens a step, and looks at the machine for it. */
    open: (key: string) => does({ type: 'open', key, observe: true }),
    /** Dispatches an event, and waits until all that it sets going is done. */
    does,
  };
}
