import { stripVTControlCharacters } from 'node:util';
import { render } from 'ink-testing-library';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ExplorerApp } from '../../src/explorer/app.tsx';
import type { Theme } from '../../src/ui/theme.ts';
import type { Size } from '../../src/ui/view.ts';
import { explorer, inMemory } from '../helpers/explorer.ts';
import { themes } from '../helpers/themes.ts';
import { tar } from '../unit/oci/helpers/archives.ts';
import { layout } from '../unit/oci/helpers/layouts.ts';

const layers = [
  await tar([
    'bin/',
    { name: 'bin/busybox', content: 'static' },
    'data/',
    { name: 'data/config.txt', content: 'old' },
    { name: 'hello.txt', content: 'from the base' },
  ]),
  await tar(['data/', 'data/.wh.config.txt', { name: 'hello.txt', content: 'from the delta' }]),
];

/** The screen over an image in which everything was hashed, read and merged. */
async function shown(size: Size, theme: Theme) {
  const targets = { dir: '/tmp/image', hostname: 'lab' };
  const { store, onKey, stop } = await explorer(inMemory(await layout({ layers })), {
    size,
    theme,
    targets,
  });
  onTestFinished(stop);
  const app = render(
    <ExplorerApp
      {...{ store, theme, targets, onKey }}
      name="image"
      leave="quit"
      onShown={() => {}}
    />,
  );
  onTestFinished(() => app.unmount());
  Object.defineProperty(app.stdout, 'columns', { value: size.columns, configurable: true });
  Object.defineProperty(app.stdout, 'rows', { value: size.rows, configurable: true });
  app.stdout.emit('resize');
  const painted = () => app.lastFrame() ?? '';
  const frame = () =>
    stripVTControlCharacters(painted())
      .split('\n')
      .map((line) => line.trimEnd());
  return {
    painted,
    frame,
    press: (...keys: string[]) => {
      for (const key of keys) app.stdin.write(key);
    },
    sees: (wanted: string | RegExp) =>
      vi.waitFor(() => {
        const text = frame().join('\n');
        const isThere = typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
        if (!isThere) throw new Error(`never seen: ${wanted}\n\n${text}`);
      }),
  };
}

const narrow = { columns: 80, rows: 24 };
const wide = { columns: 200, rows: 50 };

describe.each([
  ['80x24', narrow, themes.plain],
  ['80x24 in ASCII', narrow, themes.ascii],
  ['200x50', wide, themes.plain],
  ['200x50 in colour', wide, themes.color],
])('%s', (_, size, theme) => {
  const mark = theme.ascii ? '\\[\\+\\]' : '✔';

  test('tree, document, layer, bytes, entry, transparencies, help', async () => {
    const it = await shown(size, theme);
    await it.sees(new RegExp(`manifest +${mark} [0-9a-f]{8}`));
    await it.sees(/layers, merged/);
    it.press('\r');
    await it.sees(theme.ascii ? '> manifest' : '→ manifest');
    it.press('\r');
    await it.sees(/"schemaVersion": 2/);
    it.press('G', 'k', 'k', 'k', 'k');
    await it.sees(theme.ascii ? '> layer 1' : '→ layer 1');
    await it.sees(/to layer 1/);
    it.press('\r');
    await it.sees(new RegExp(`DiffID +${mark} `));
    await it.sees(/ChainID/);
    await it.sees('data/.wh.config.txt');
    it.press('x');
    await it.sees(/ID1 ID2 +gzip/);
    it.press('x');
    await it.sees(/3 entries/);
    it.press('t');
    await it.sees(/\[x\] 1 +Digest/);
    await it.sees(/config\.txt +0, whited out by 1/);
    it.press(' ');
    await it.sees(/\[ \] 1 +Digest/);
    await it.sees(/config\.txt +from 0/);
    it.press('?');
    await it.sees('follow the digest');
    for (const line of it.frame()) expect(line.length).toBeLessThan(size.columns);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
    if (theme.ascii) expect(it.frame().join('')).toMatch(/^[\x00-\x7f]*$/);
  });

  test('search is shown while it is typed', async () => {
    const it = await shown(size, theme);
    await it.sees('index.json');
    it.press('/', 'busy');
    await it.sees('/busy');
    await it.sees(theme.ascii ? /> +busybox/ : /▸ +busybox/);
    it.press('\u007f');
    await it.sees(/\/bus[^y]/);
    it.press('\r');
    await it.sees('n next');
  });
});

test('no colour where none is wanted', async () => {
  const plain = await shown(narrow, themes.plain);
  await plain.sees('index.json');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences.
  expect(plain.painted()).not.toMatch(/\u001b\[3\d/);
});
