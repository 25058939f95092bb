import { hintHere, type LabCase } from '../../engine/lab/case.ts';
import { type Sandbox, standingOf } from '../../engine/lab/sandbox.ts';
import { render } from '../../engine/script.ts';
import { refusalIn } from '../../errors.ts';
import { watchHost } from '../../host/watch.ts';
import { createExternalStore, type ExternalStore } from '../external-store.ts';
import type { Key } from '../keys.ts';
import type { Theme } from '../theme.ts';
import type { Size } from '../view.ts';
import { type LabKeyContext, labActionOf } from './keymap.ts';
import { layOutLab } from './layout.ts';
import { type CaseRow, type LabEffect, type LabState, type OpenCase, updateLab } from './state.ts';

/** Effects for which the terminal is needed. */
export type BeyondLab = 'shell' | 'copy' | 'quit' | 'interrupt' | 'suspend';

interface LabControllerOptions {
  /** In the order in which they are dealt. */
  readonly sandboxes: readonly Sandbox[];
  readonly theme: Theme;
  readonly leave: LabKeyContext['leave'];
  readonly perform: (what: BeyondLab) => void;
  readonly onBug: (error: unknown) => void;
}

/** The lab without a terminal. */
export interface LabController {
  readonly store: ExternalStore<LabState>;
  readonly onKey: (key: Key, size: Size) => void;
  /** The sandbox of the case on the screen. */
  readonly current: () => Sandbox | undefined;
  readonly open: (labCase: LabCase) => void;
  /** Checks the case on the screen. */
  readonly check: () => void;
  readonly remark: (text: string | undefined) => void;
  /** Resolves once nothing is under way. */
  readonly settled: () => Promise<void>;
  readonly stop: () => void;
}

export function createLabController(options: LabControllerOptions): LabController {
  const { sandboxes, theme, leave, perform, onBug } = options;
  const store = createExternalStore<LabState>({
    rows: sandboxes.map(rowOf),
    cursor: 0,
    at: undefined,
    help: false,
    top: undefined,
  });
  const underway = new Set<Promise<void>>();
  let endWatch = () => {};
  let checking: Sandbox | undefined;
  let checkAgain = false;
  let isStopped = false;

  const current = () => {
    const { at } = store.getSnapshot();
    return sandboxes.find(({ labCase }) => labCase === at?.labCase);
  };

  /** Changes the case on the screen, if it's still this one. */
  function change(sandbox: Sandbox, part: Partial<OpenCase>): void {
    const state = store.getSnapshot();
    if (isStopped || state.at?.labCase !== sandbox.labCase) return;
    store.set({ ...state, at: { ...state.at, ...part }, rows: sandboxes.map(rowOf) });
  }

  function begin(sandbox: Sandbox, work: () => Promise<void>): void {
    const done = work()
      .catch((error: unknown) => {
        const remark = refusalIn(error);
        if (remark === undefined) onBug(error);
        else change(sandbox, { remark });
      })
      .finally(() => underway.delete(done));
    underway.add(done);
  }

  function open(labCase: LabCase): void {
    const sandbox = sandboxes.find((each) => each.labCase === labCase);
    if (sandbox === undefined) return;
    const { place } = sandbox;
    const at: OpenCase = {
      labCase,
      dir: place.dir,
      namespace: place.host.workspace.namespace,
      command: render(labCase.symptom, place.host),
      hints: labCase.hints.map((each) => hintHere(each, place.host)),
      record: undefined,
      solved: sandbox.solved(),
      results: undefined,
      revealed: false,
      debrief: false,
      confirming: false,
      remark: undefined,
    };
    const cursor = sandboxes.indexOf(sandbox);
    store.set({ ...store.getSnapshot(), at, cursor, top: undefined });
    prepared(sandbox, () => sandbox.open());
  }

  function prepared(sandbox: Sandbox, prepare: Sandbox['open']): void {
    endWatch();
    begin(sandbox, async () => {
      const record = await prepare();
      change(sandbox, { record, results: undefined, revealed: false, debrief: false });
      if (isStopped || current() !== sandbox) return;
      endWatch();
      endWatch = watchHost(sandbox.place.host, () => check(sandbox), sandbox.place.dir);
      check(sandbox);
    });
  }

  /** One check at a time: a change in the meantime asks for another one. */
  function check(sandbox: Sandbox | undefined): void {
    if (isStopped || sandbox === undefined) return;
    if (checking !== undefined) {
      checkAgain = true;
      return;
    }
    if (sandbox.record() === undefined) return;
    checking = sandbox;
    begin(sandbox, async () => {
      try {
        const results = await sandbox.check();
        change(sandbox, { results, record: sandbox.record(), solved: sandbox.solved() });
      } finally {
        checking = undefined;
        const again = checkAgain || current() !== sandbox;
        checkAgain = false;
        if (again) check(current());
      }
    });
  }

  function carryOut(effect: LabEffect): void {
    const sandbox = current();
    if (effect === 'open') {
      const { rows, cursor } = store.getSnapshot();
      const labCase = rows[cursor]?.labCase;
      if (labCase !== undefined) open(labCase);
    } else if (effect === 'back') endWatch();
    else if (typeof effect === 'string' && isBeyond(effect)) perform(effect);
    else if (sandbox !== undefined) {
      if (effect === 'check') {
        change(sandbox, { results: undefined });
        check(sandbox);
      } else if (effect === 'reset') {
        change(sandbox, { record: undefined, results: undefined });
        prepared(sandbox, () => sandbox.reset());
      } else {
        begin(sandbox, async () => {
          if (effect === 'hint') sandbox.takeHint();
          else sandbox.predict(effect.predict);
          change(sandbox, { record: sandbox.record() });
        });
      }
    }
  }

  return {
    store,
    current,
    open,
    check: () => check(current()),
    remark: (text) => {
      const sandbox = current();
      if (sandbox !== undefined) change(sandbox, { remark: text });
    },
    onKey: (key, size) => {
      const state = store.getSnapshot();
      const { keyContext, window, height, document } = layOutLab({ state, size, theme, leave });
      const action = labActionOf(key, keyContext);
      if (action === undefined) return;
      const page = { top: window.top, height, lines: document.lines.length };
      const next = updateLab(action, state, page);
      // Another terminal may have solved one.
      const rows = next.state.at === undefined ? sandboxes.map(rowOf) : next.state.rows;
      store.set({ ...next.state, rows });
      if (next.effect !== undefined) carryOut(next.effect);
    },
    settled: async () => {
      while (underway.size > 0) await Promise.all(underway);
    },
    stop: () => {
      isStopped = true;
      endWatch();
      for (const sandbox of sandboxes) sandbox.end();
    },
  };
}

function rowOf(sandbox: Sandbox): CaseRow {
  const { labCase, unavailable } = sandbox;
  return { labCase, standing: standingOf(sandbox), solved: sandbox.solved(), unavailable };
}

function isBeyond(effect: string): effect is BeyondLab {
  return ['shell', 'copy', 'quit', 'interrupt', 'suspend'].includes(effect);
}
