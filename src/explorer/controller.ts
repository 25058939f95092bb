import { entryContent } from '../oci/entry-content.ts';
import type { LayoutFiles } from '../oci/layout/layout-files.ts';
import { createExternalStore, type ExternalStore } from '../ui/external-store.ts';
import type { Key } from '../ui/keys.ts';
import type { Size } from '../ui/view.ts';
import { entryAt } from './contents.ts';
import { surveyLayout } from './image/survey.ts';
import { intentBefore, intentOf } from './keymap.ts';
import { layOut, type Now } from './layout.ts';
import { filePlace } from './place.ts';
import { lookedAgain, opened, receive } from './receive.ts';
import type { State } from './state.ts';
import { type Outside, type Turn, turn, typed } from './turn.ts';
import { beginWork, type Work } from './work.ts';
import { writeFileOut } from './write-out.ts';

/** What a controller leaves to whoever shows it. */
export type BeyondExplorer = Exclude<Outside, 'again' | 'write out'>;

export interface ControllerOptions extends Pick<Now, 'name' | 'theme' | 'leave'> {
  /** Opens the layout, for each look at it anew. */
  readonly open: () => Promise<LayoutFiles>;
  readonly outside: (what: BeyondExplorer) => void;
  readonly onBug: (error: unknown) => void;
}

/** The explorer without a terminal. */
export interface Controller {
  /** Undefined until the layout was looked through. */
  readonly store: ExternalStore<State | undefined>;
  /** Does what a key means on the screen it is pressed on. */
  readonly onKey: (key: Key, size: Size) => void;
  /** Looks through the layout, and from then on at what is on the screen. */
  readonly look: () => Promise<void>;
  /** Whether something is being read or worked out. */
  readonly isBusy: () => boolean;
  /** Ends what is being read, for good. */
  readonly stop: () => void;
}

export function createController(options: ControllerOptions): Controller {
  const { name, theme, leave, open, outside, onBug } = options;
  const store = createExternalStore<State | undefined>(undefined);
  let work: Work | undefined;
  let files: LayoutFiles | undefined;
  let isStopped = false;
  // What is turned to has to be read, and what was found may be what something else waits for.
  store.subscribe(() => work?.wake());

  function turnOf(key: Key, state: State, size: Size): Turn | undefined {
    const layout = layOut({ state, name, size, theme, leave });
    if (state.search.typing) return typed(state, key, layout);
    const intent = intentOf(key, layout.situation);
    return intent && turn(state, intent, layout);
  }

  function carryOut(what: Outside): void {
    if (what === 'again') look().catch(onBug);
    else if (what === 'write out') writeOut().catch(onBug);
    else outside(what);
  }

  function onKey(key: Key, size: Size): void {
    const state = store.getSnapshot();
    if (state === undefined) {
      const what = intentBefore(key);
      if (what !== undefined) outside(what);
      return;
    }
    const next = turnOf(key, state, size);
    if (next === undefined) return;
    store.set(next.state);
    if (next.outside !== undefined) carryOut(next.outside);
  }

  /** Writes the file that is looked at into the working directory. */
  async function writeOut(): Promise<void> {
    const state = store.getSnapshot();
    const place = state && filePlace(state);
    const entry = place && entryAt(state, place);
    if (files === undefined || place === undefined || entry === undefined) return;
    const text = await writeFileOut(entry, entryContent(files.read(place.path), place.entry));
    const now = store.getSnapshot();
    if (now !== undefined && !isStopped) store.set(receive(now, { type: 'note', text }));
  }

  async function look(): Promise<void> {
    work?.stop();
    const opening = await open();
    files = opening;
    const survey = await surveyLayout(opening);
    if (isStopped) return;
    work?.stop();
    const before = store.getSnapshot();
    const state = before === undefined ? opened(name, survey) : lookedAgain(before, survey);
    const getState = () => store.getSnapshot() ?? state;
    store.set(state);
    work = beginWork({
      files: opening,
      getState,
      tell: (event) => {
        if (getState().look === state.look) store.set(receive(getState(), event));
      },
      onBug,
    });
    work.wake();
  }

  return {
    store,
    onKey,
    look,
    isBusy: () => work?.isBusy() === true,
    stop: () => {
      isStopped = true;
      work?.stop();
    },
  };
}
