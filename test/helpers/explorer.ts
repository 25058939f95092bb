import { surveyLayout } from '../../src/explorer/image/survey.ts';
import { intentOf } from '../../src/explorer/keymap.ts';
import { layOut } from '../../src/explorer/layout.ts';
import { opened, receive } from '../../src/explorer/receive.ts';
import type { State } from '../../src/explorer/state.ts';
import { type Outside, turn, typed } from '../../src/explorer/turn.ts';
import { beginWork } from '../../src/explorer/work.ts';
import type { LayoutFiles } from '../../src/oci/layout/layout-files.ts';
import type { Key } from '../../src/ui/keys.ts';
import { textOf } from '../../src/ui/line.ts';
import type { Theme } from '../../src/ui/theme.ts';
import type { Size } from '../../src/ui/view.ts';
import type { Files } from '../unit/oci/helpers/layouts.ts';
import { themes } from './themes.ts';

/** A layout that is nowhere but in memory. */
export function inMemory(files: Files): LayoutFiles {
  const below = (path: string) => (path === '' ? '' : `${path}/`);
  return {
    isDirectory: true,
    faults: [],
    look: async (path) => {
      const bytes = files.get(path);
      if (bytes !== undefined) return { kind: 'file', size: bytes.length };
      const isDirectory = [...files.keys()].some((each) => each.startsWith(below(path)));
      return isDirectory ? { kind: 'directory', size: 0 } : undefined;
    },
    list: async (path) => {
      const start = below(path);
      const inside = [...files.keys()].filter((each) => each.startsWith(start));
      return [
        ...new Set(inside.map((each) => each.slice(start.length).split('/')[0] ?? '')),
      ].sort();
    },
    read: async function* (path) {
      const bytes = files.get(path);
      if (bytes === undefined) throw new Error(`${path} is no regular file`);
      yield bytes;
    },
  };
}

/** The explorer without a terminal: keys go in, lines come out. */
export async function explorer(
  files: LayoutFiles,
  options: { readonly size?: Size; readonly theme?: Theme } = {},
) {
  const { size = { columns: 80, rows: 24 }, theme = themes.color } = options;
  const name = 'image';
  let state: State = opened(name, await surveyLayout(files));
  const outside: Outside[] = [];
  const bugs: unknown[] = [];
  const layout = () => layOut({ state, name, size, theme, leave: 'quit' });
  const work = beginWork({
    files,
    getState: () => state,
    tell: (event) => {
      state = receive(state, event);
      work.wake();
    },
    onBug: (error) => bugs.push(error),
  });
  /** Waits until nothing is left to be read or worked out. */
  const settled = async () => {
    work.wake();
    while (bugs.length === 0 && work.isBusy()) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (bugs.length > 0) throw bugs[0];
  };
  await settled();
  return {
    state: () => state,
    /** Goes on from another state. */
    become: (other: State) => {
      state = other;
    },
    layout,
    outside,
    settled,
    stop: work.stop,
    lines: () => layout().lines.map(textOf),
    text: () =>
      layout()
        .lines.map((line) => textOf(line).trimEnd())
        .join('\n'),
    /** Presses keys, and waits for what they set going. */
    press: async (...keys: Key[]) => {
      for (const key of keys) {
        const now = layout();
        const intent = state.search.typing ? undefined : intentOf(key, now.situation);
        if (!state.search.typing && intent === undefined) continue;
        const next = intent === undefined ? typed(state, key, now) : turn(state, intent, now);
        state = next.state;
        if (next.outside !== undefined) outside.push(next.outside);
      }
      await settled();
    },
    /** The row the cursor is on. */
    here: () =>
      layout()
        .lines.map(textOf)
        .find((line) => /[▸>] /.test(line.slice(0, 3))) ?? '',
  };
}
