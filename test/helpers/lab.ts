import { createElement } from 'react';
import { onTestFinished } from 'vitest';
import { isMended, type LabCase, type LabResult } from '../../src/engine/lab/case.ts';
import type { LabRecord, Solved } from '../../src/engine/lab/record.ts';
import type { Sandbox } from '../../src/engine/lab/sandbox.ts';
import type { Key } from '../../src/ui/keys.ts';
import { type BeyondLab, createLabController } from '../../src/ui/lab/controller.ts';
import type { LabKeyContext } from '../../src/ui/lab/keymap.ts';
import { LabScreen } from '../../src/ui/lab/lab.tsx';
import type { Theme } from '../../src/ui/theme.ts';
import type { Size } from '../../src/ui/view.ts';
import { fakeHost } from './fake-host.ts';
import { rowsOf } from './frame.tsx';
import { temporaryWorkspace } from './temporary.ts';
import { themes } from './themes.ts';

/** What the checks of a case find, and what its command printed. */
interface Situation {
  readonly passing: readonly string[];
  readonly output?: string;
  readonly unavailable?: string;
  /** Thrown when the case is prepared. */
  readonly refuses?: Error;
}

/** A sandbox without a machine: the test says what its checks find. */
export function fakeSandbox(labCase: LabCase, situation: Situation) {
  const { host } = fakeHost(temporaryWorkspace());
  let now = situation;
  let record: LabRecord | undefined;
  let solved: Solved | undefined;
  let prepared = 0;
  const opened = (): LabRecord => {
    if (record === undefined) throw new Error('it is not open');
    return record;
  };
  const prepare = async (): Promise<LabRecord> => {
    if (now.refuses !== undefined) throw now.refuses;
    prepared += 1;
    record = {
      version: 1,
      token: 'token',
      openedAt: '2026-02-03T04:05:06.789Z',
      printed: { code: 1, output: now.output ?? 'ctr: content digest sha256:abc: not found\n' },
      expected: { tree: [], config: '{}' },
      hints: 0,
    };
    return record;
  };
  const sandbox: Sandbox = {
    labCase,
    place: {
      host,
      dir: `${host.workspace.dir}/lab/${labCase.id}`,
      variables: {},
      ending: new AbortController(),
    },
    unavailable: situation.unavailable,
    record: () => record,
    solved: () => solved,
    open: async () => record ?? (await prepare()),
    reset: prepare,
    check: async () => {
      const results = labCase.checks.map(
        (check): LabResult => ({
          check,
          outcome: now.passing.includes(check.id)
            ? { status: 'pass', evidence: `${check.id} is well` }
            : { status: 'fail', actual: `${check.id} is not` },
        }),
      );
      if (isMended(results)) solved ??= { at: '', minutes: 4, hints: opened().hints };
      return results;
    },
    takeHint: () => {
      record = { ...opened(), hints: opened().hints + 1 };
      return record.hints;
    },
    predict: (choice) => {
      record = { ...opened(), choice };
    },
    end: () => {},
  };
  return {
    sandbox,
    /** From now on, the checks find this. */
    becomes: (next: Situation) => {
      now = next;
    },
    /** How often it was prepared. */
    prepared: () => prepared,
  };
}

/** The lab without a terminal: keys go in, rows come out. */
export function labScreen(
  sandboxes: readonly Sandbox[],
  options: {
    readonly size?: Size;
    readonly theme?: Theme;
    readonly leave?: LabKeyContext['leave'];
  } = {},
) {
  const { size = { columns: 80, rows: 24 }, theme = themes.color, leave = 'quit' } = options;
  const outside: BeyondLab[] = [];
  const bugs: unknown[] = [];
  const controller = createLabController({
    sandboxes,
    theme,
    leave,
    perform: (what) => outside.push(what),
    onBug: (error) => bugs.push(error),
  });
  onTestFinished(controller.stop);
  const lines = () => {
    const model = { state: controller.store.getSnapshot(), size, theme, leave };
    return rowsOf(createElement(LabScreen, model)).map((row) => row.trimEnd());
  };
  return {
    controller,
    outside,
    bugs,
    lines,
    text: () => lines().join('\n'),
    /** Presses keys, and waits for what they set going. */
    press: async (...keys: Key[]) => {
      for (const key of keys) {
        controller.onKey(key, size);
        await controller.settled();
      }
    },
  };
}
