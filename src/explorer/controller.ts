import { entryContent } from '../oci/entry-content.ts';
import type { LayoutFiles } from '../oci/layout/layout-files.ts';
import { createExternalStore, type ExternalStore } from '../ui/external-store.ts';
import type { Key } from '../ui/keys.ts';
import type { Size } from '../ui/view.ts';
import { entryAt } from './contents.ts';
import { DirectoryLayers } from './image/directory-layers.ts';
import { surveyLayout } from './image/survey.ts';
import { type JobRunner, startJobRunner } from './job-runner.ts';
import { actionOf, actionWhileLoading } from './keymap.ts';
import { type ExplorerViewModel, layOut } from './layout.ts';
import { opened, receive, reloaded } from './receive.ts';
import { filePlace } from './selectors.ts';
import type { ExplorerState } from './state.ts';
import { type ExplorerEffect, type ExplorerUpdate, update, updateSearch } from './update.ts';
import { writeFileOut } from './write-out.ts';

/** Effects that the controller leaves to its caller. */
type BeyondExplorer = Exclude<ExplorerEffect, 'again' | 'write out'>;

interface ExplorerControllerOptions
  extends Pick<ExplorerViewModel, 'name' | 'theme' | 'targets' | 'leave'> {
  /** Opens the layout, each time it is loaded. */
  readonly open: () => Promise<LayoutFiles>;
  readonly perform: (what: BeyondExplorer) => void;
  readonly onBug: (error: unknown) => void;
}

/** The explorer without a terminal. */
interface ExplorerController {
  /** Undefined until the layout has been surveyed. */
  readonly store: ExternalStore<ExplorerState | undefined>;
  /** Performs a key's action on the current screen. */
  readonly onKey: (key: Key, size: Size) => void;
  /** Loads the layout, and then whatever the screen needs. */
  readonly load: () => Promise<void>;
  /** Whether a job is running. */
  readonly isBusy: () => boolean;
  /** Ends all jobs for good. */
  readonly stop: () => void;
}

export function createExplorerController(options: ExplorerControllerOptions): ExplorerController {
  const { name, theme, targets, leave, open, perform, onBug } = options;
  const store = createExternalStore<ExplorerState | undefined>(undefined);
  let work: JobRunner | undefined;
  let files: LayoutFiles | undefined;
  let isStopped = false;
  // A new page needs jobs, and a finished job may be what another one waits for.
  store.subscribe(() => work?.wake());

  function updateFor(key: Key, state: ExplorerState, size: Size): ExplorerUpdate | undefined {
    const layout = layOut({ state, name, size, theme, targets, leave });
    if (state.search.typing) return updateSearch(state, key, layout);
    const action = actionOf(key, layout.keyContext);
    return action && update(state, action, layout);
  }

  function carryOut(what: ExplorerEffect): void {
    if (what === 'again') load().catch(onBug);
    else if (what === 'write out') writeOut().catch(onBug);
    else perform(what);
  }

  function onKey(key: Key, size: Size): void {
    const state = store.getSnapshot();
    if (state === undefined) {
      const what = actionWhileLoading(key);
      if (what !== undefined) perform(what);
      return;
    }
    const next = updateFor(key, state, size);
    if (next === undefined) return;
    store.set(next.state);
    if (next.effect !== undefined) carryOut(next.effect);
  }

  /** Writes the file on the page into the working directory. */
  async function writeOut(): Promise<void> {
    const state = store.getSnapshot();
    const place = state && filePlace(state);
    const entry = place && entryAt(state, place);
    if (files === undefined || place === undefined || entry === undefined) return;
    const text = await writeFileOut(entry, entryContent(files.read(place.path), place.entry));
    const now = store.getSnapshot();
    if (now !== undefined && !isStopped) store.set(receive(now, { type: 'note', text }));
  }

  async function load(): Promise<void> {
    work?.stop();
    const opening = await open();
    files = opening;
    const survey =
      opening instanceof DirectoryLayers ? opening.survey() : await surveyLayout(opening);
    if (isStopped) return;
    work?.stop();
    const before = store.getSnapshot();
    const state = before === undefined ? opened(name, survey) : reloaded(before, survey);
    const getState = () => store.getSnapshot() ?? state;
    store.set(state);
    work = startJobRunner({
      files: opening,
      getState,
      tell: (event) => {
        if (getState().generation === state.generation) store.set(receive(getState(), event));
      },
      onBug,
    });
    work.wake();
  }

  return {
    store,
    onKey,
    load,
    isBusy: () => work?.isBusy() === true,
    stop: () => {
      isStopped = true;
      work?.stop();
    },
  };
}
