import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterEach, describe, expect, test } from 'vitest';
import { fail, pass } from '../../../src/engine/check.ts';
import { key, text, withKeys } from '../../../src/engine/text.ts';
import type { Event, State } from '../../../src/engine/update.ts';
import { keymap as explorerKeymap } from '../../../src/explorer/keymap.ts';
import { helpOf } from '../../../src/ui/bindings.ts';
import { keyFor, keyInTour, keymap } from '../../../src/ui/keymap.ts';
import type { Key } from '../../../src/ui/keys.ts';
import { labKeymap } from '../../../src/ui/lab/keymap.ts';
import { textOf } from '../../../src/ui/line.ts';
import { prose } from '../../../src/ui/prose.ts';
import { layOut } from '../../../src/ui/screen-layout.ts';
import { unicodeSymbols } from '../../../src/ui/symbols.ts';
import { type ChosenScreen, firstView, type View } from '../../../src/ui/view.ts';
import { explorer, inMemory } from '../../helpers/explorer.ts';
import { linesIn } from '../../helpers/frame.tsx';
import { aCheck, aLesson, aStep, results } from '../../helpers/small-tour.ts';
import { themes } from '../../helpers/themes.ts';
import { aViewModel, opening, stateAfter } from '../../helpers/view-model.ts';
import { layout } from '../oci/helpers/layouts.ts';

const root = join(import.meta.dirname, '../../..');

describe('a key in a text', () => {
  test('is called as the keymap says, on the screen and elsewhere', () => {
    const told = text`Press ${key('install')}, or \`${key('run')}\`.`;
    expect(prose(told, new Map(), themes.color, 80).map(textOf)).toEqual(['Press i, or r.']);
    expect(withKeys(told.join(''), keyInTour)).toBe('Press i in the tour, or `r in the tour`.');
  });

  test('has one name where several do the same: that of the help', () => {
    expect(keyFor('run', themes.color)).toBe('r');
    expect(keyFor('quit', themes.color)).toBe('q');
    expect(keyFor('cancel', themes.color)).toBe('Escape');
  });
});

// --- a key that is changed ---------------------------------------------------------------------

interface Keys {
  keys: readonly Key[];
  listed?: readonly Key[];
}

const another = '§';
const all = [...keymap, ...explorerKeymap] as unknown as Keys[];
const before = all.map(({ keys, listed }) => ({ keys, listed }));

/** Gives all that one key does to another. */
function rebind(old: Key): void {
  const moved = (keys: readonly Key[]) => keys.map((each) => (each === old ? another : each));
  for (const binding of all) {
    binding.keys = moved(binding.keys);
    if (binding.listed !== undefined) binding.listed = moved(binding.listed);
  }
}

afterEach(() => {
  for (const [at, binding] of all.entries()) {
    const was = before[at];
    binding.keys = was?.keys ?? [];
    if (was?.listed !== undefined) binding.listed = was.listed;
  }
});

const wrong = fail({ expected: 'this', actual: 'that', hint: `Press ${key('install')}.` });
const step = aStep('tools', {
  checks: [aCheck('one'), aCheck('two')],
  predict: {
    question: 'Which?',
    choices: ['one', 'two'],
    ask: async () => ({ right: 0, said: '' }),
  },
  visit: { label: 'step inside', leave: 'exit', script: { source: 'true' } },
});
const lesson = aLesson('00-prerequisites', [aStep('before'), step, aStep('after')], {
  picture: { drawing: text`drawn`, alt: 'drawn' },
});
const places = lesson.steps.map((each) => ({ lesson, step: each }));
const output = { lines: Array.from({ length: 60 }, (_, at) => `line ${at}`), dropped: 0 };
const ran: Event[] = [
  opening(lesson, 1),
  { type: 'run' },
  { type: 'output', output },
  { type: 'ended', ended: { code: 0, milliseconds: 1, cancelled: false } },
];
const batch = { purpose: 'catch up', places, goal: '00-prerequisites/after' } as const;
const states: State[] = [
  stateAfter([lesson], opening(lesson, 1)),
  stateAfter([lesson], ...ran.slice(0, 3)),
  stateAfter([lesson], ...ran, ...results(pass(''), wrong), { type: 'checked', answer: undefined }),
  stateAfter([lesson], ...ran, ...results(pass(''), pass('')), {
    type: 'checked',
    answer: undefined,
  }),
  stateAfter([lesson], opening(lesson, 1), { type: 'perform', batch: { ...batch, places: [] } }),
  stateAfter(
    [lesson],
    opening(lesson, 1),
    { type: 'perform', batch },
    { type: 'cancel' },
    ...results(wrong),
    { type: 'checked', answer: undefined },
  ),
];
const turned: ChosenScreen[] = ['step', 'contents', 'help', 'picture', 'output', 'glossary'];

/** All that the screens of the tour say of keys. */
function tourTexts(): string[] {
  const size = { columns: 139, rows: 60 };
  const shown = (state: State, view: Partial<View>, theme = themes.color) =>
    linesIn(layOut(aViewModel(state, { size, theme, view: { ...firstView, ...view } }))).map(
      textOf,
    );
  return states.flatMap((state) => [
    ...turned.flatMap((screen) => shown(state, { screen, acted: true })),
    ...([1, 2, 3] as const).flatMap((hintLevel) => shown(state, { hintLevel, acted: true })),
    ...shown(state, { acted: true }, themes.spoken),
    keyInTour('install'),
  ]);
}

async function explorerTexts(): Promise<string[]> {
  const files = await layout({ layers: [] });
  const size = { columns: 139, rows: 60 };
  const it = await explorer(inMemory(files.set('oci-layout', Buffer.from('no JSON'))), { size });
  const at = [it.text()];
  for (const action of ['top', 'open', 'back', 'search'] as const) {
    const binding = explorerKeymap.find((each) => each.action === action);
    await it.press(binding?.keys[0] ?? '');
    at.push(it.text());
  }
  await it.press('escape', explorerKeymap.find(({ action }) => action === 'help')?.keys[0] ?? '');
  return [...at, it.text()].flatMap((each) => each.split('\n'));
}

const letters = (keys: readonly Keys[]) =>
  [...new Set(keys.flatMap((each) => each.keys))].filter((each) => /^[a-z]$/i.test(each));
const alone = (letter: string) => new RegExp(`(?<![\\w'’-])${letter}(?![\\w'’-])`);

describe('a key that is changed is changed in every sentence', () => {
  test.each(letters(keymap as unknown as Keys[]))('%s', (letter) => {
    expect(tourTexts().some((each) => alone(letter).test(each))).toBe(!['l'].includes(letter));
    rebind(letter);
    expect(tourTexts().filter((each) => alone(letter).test(each))).toEqual([]);
  });

  test.each(letters(explorerKeymap as unknown as Keys[]))('explorer: %s', async (letter) => {
    rebind(letter);
    const told = await explorerTexts();
    expect(told.filter((each) => alone(letter).test(each))).toEqual([]);
  });
});

// --- by hand -----------------------------------------------------------------------------------

/** What looks like a key in a sentence: `x`, (x), press x, x shows. */
const byHand = [
  /`[A-Za-z?]`/,
  /\([b-z]\)/,
  /\b[Pp]ress(?:es)? [A-Za-z?](?![\w-])/,
  /(?<![\w'’.-])[b-zB-HJ-Z] (?:shows|opens|runs|goes|quits|leaves|comes|lists|repairs|follows|lays|switches|looks)\b/,
];

/** By which `ls -l` tells what a file is. */
const otherLetter = /`ls -l` shows a `c`/;

/** The texts in a source file, without its scripts. */
function textsIn(path: string): string[] {
  const source = ts.createSourceFile(
    path,
    readFileSync(path, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText(source) === 'sh') return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) texts.push(node.text);
    if (ts.isTemplateMiddle(node) || ts.isTemplateTail(node)) texts.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return texts;
}

test.each(['src/ui', 'src/explorer', 'src/commands', 'src/engine', 'lessons'])(
  'no key is written by hand in %s',
  (folder) => {
    const found = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/.test(path))
      .flatMap((path) => textsIn(join(root, folder, path)))
      .map((each) => each.replace(otherLetter, ''))
      .filter((each) => byHand.some((pattern) => pattern.test(each)));
    expect(found).toEqual([]);
  },
);

describe('README', () => {
  const path = join(root, 'README.md');
  const table = (bindings: Parameters<typeof helpOf>[0]) => {
    const rows = helpOf(bindings, unicodeSymbols).map(
      ({ keys, help }) => `| ${keys.map((each) => `\`${each}\``).join(' ')} | ${help} |`,
    );
    return `| key | |\n|---|---|\n${rows.join('\n')}`;
  };
  const sections = { keys: keymap, 'explorer keys': explorerKeymap, 'lab keys': labKeymap };
  const place = (name: string) => new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- end -->)`);

  // `npm test -- unit ui/key-names -u` writes it anew.
  test('has the keys of the keymaps', async () => {
    let readme = readFileSync(path, 'utf8');
    for (const [name, bindings] of Object.entries(sections)) {
      expect(readme).toMatch(place(name));
      readme = readme.replace(place(name), (_, begin, end) => `${begin}${table(bindings)}${end}`);
    }
    await expect(readme).toMatchFileSnapshot(path);
  });

  test('names no key anywhere else', () => {
    let readme = readFileSync(path, 'utf8');
    for (const name of Object.keys(sections)) readme = readme.replace(place(name), '');
    // A field may have the name of a letter.
    readme = readme.replace(/^### The JSON lines$.*?^## /ms, '');
    expect(readme.split('\n').filter((line) => /`[A-Za-z?↵]`|[Pp]ress [a-z]\b/.test(line))).toEqual(
      [],
    );
  });
});
