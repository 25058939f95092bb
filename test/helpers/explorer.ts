import { createElement } from 'react';
import { ExplorerScreen } from '../../src/explorer/app.tsx';
import { createExplorerController } from '../../src/explorer/controller.ts';
import { layOut } from '../../src/explorer/layout.ts';
import type { ExplorerState } from '../../src/explorer/state.ts';
import type { ExplorerEffect } from '../../src/explorer/update.ts';
import type { LayoutFiles } from '../../src/oci/layout/layout-files.ts';
import type { Key } from '../../src/ui/keys.ts';
import type { LinkTargets } from '../../src/ui/links.ts';
import type { Theme } from '../../src/ui/theme.ts';
import type { Size } from '../../src/ui/view.ts';
import type { Files } from '../unit/oci/helpers/layouts.ts';
import { linesIn, rowsOf } from './frame.tsx';
import { themes } from './themes.ts';

/** A layout that is nowhere but in memory. */
export function inMemory(files: Files): LayoutFiles {
  const below = (path: string) => (path === '' ? '' : `${path}/`);
  return {
    isDirectory: true,
    violations: [],
    stat: async (path) => {
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
  options: { readonly size?: Size; readonly theme?: Theme; readonly targets?: LinkTargets } = {},
) {
  const { size = { columns: 80, rows: 24 }, theme = themes.color, targets = { dir: '' } } = options;
  const outside: ExplorerEffect[] = [];
  const bugs: unknown[] = [];
  const place = { name: 'image', theme, targets, leave: 'quit' } as const;
  const { store, onKey, load, isBusy, stop } = createExplorerController({
    ...place,
    open: async () => files,
    perform: (what) => outside.push(what),
    onBug: (error) => bugs.push(error),
  });
  await load();
  const state = () => store.getSnapshot() as ExplorerState;
  const now = () => ({ ...place, state: state(), size });
  const layout = () => layOut(now());
  const drawn = () => rowsOf(createElement(ExplorerScreen, now()));
  /** Waits until nothing is left to be read or worked out. */
  const settled = async () => {
    while (bugs.length === 0 && isBusy()) await new Promise((resolve) => setTimeout(resolve, 1));
    if (bugs.length > 0) throw bugs[0];
  };
  await settled();
  return {
    store,
    onKey,
    state,
    /** Goes on from another state. */
    become: store.set,
    layout,
    content: () => linesIn(layout()),
    outside,
    settled,
    stop,
    lines: drawn,
    text: () => drawn().join('\n'),
    /** Presses keys, and waits for what they set going. */
    press: async (...keys: Key[]) => {
      for (const key of keys) onKey(key, size);
      await settled();
    },
    /** The row the cursor is on. */
    here: () => drawn().find((line) => /[▸>] /.test(line.slice(0, 3))) ?? '',
  };
}
