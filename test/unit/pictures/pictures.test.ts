import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rowsOf, runsIn, svgOf } from '../../pictures/svg.mjs';

const root = join(import.meta.dirname, '../../..');
const folder = join(root, '.github/pictures');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const files = readdirSync(folder);
const pictures = files.filter((file) => file.endsWith('.svg'));
const read = (file: string) => readFileSync(join(folder, file), 'utf8');

/** Three words in a row, for each word of a text, in any case. */
function triples(text: string): string[] {
  const words = text.toLowerCase().match(/[a-z]+(?:'[a-z]+)?/g) ?? [];
  return words.slice(2).map((_, at) => words.slice(at, at + 3).join(' '));
}

/** All that the tour can put on a screen, as its sources have it. */
const known = new Set(
  ['lessons', 'src']
    .flatMap((place) =>
      readdirSync(join(root, place), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.tsx?$/.test(file))
        .map((file) => readFileSync(join(root, place, file), 'utf8')),
    )
    .flatMap((source) => triples(source.replaceAll("\\'", "'").replaceAll(/\$\{[^}]*\}/g, ' '))),
);

/**
 * The texts of a picture whose words aren't in the sources. Numbers, punctuation and what has a colour
 * divide them, since those may come from the machine.
 */
function strange(svg: string): string[] {
  const plain = svg.replaceAll(/<tspan [^>]*class="[^"]*c\d[^>]*>[^<]*<\/tspan>/g, '|');
  const texts = rowsOf(plain).flatMap((row) => row.split(/[^A-Za-z',\s-]+| {2}/));
  return texts.filter((text) => {
    const all = triples(text);
    return all.length >= 4 && all.filter((each) => known.has(each)).length < all.length * 0.75;
  });
}

describe('a picture of the README', () => {
  test.each(pictures)('%s shows this version: otherwise run `npm run pictures`', (file) => {
    expect(read(file)).toContain(`<metadata>handroll-tour ${version}</metadata>`);
    expect(strange(read(file))).toEqual([]);
  });

  test('with a sentence that the tour doesn’t have is found', () => {
    const runs = [
      {
        column: 0,
        columns: 50,
        text: 'Bake the cake until it is golden brown, then eat it.',
        look: '',
      },
    ];
    const svg = svgOf([runs], { palette: 'dark', title: 'cake', version });
    expect(strange(svg)).toEqual(['Bake the cake until it is golden brown, then eat it']);
  });

  test('is there for dark and light pages, with the same text', () => {
    const names = new Set(pictures.map((file) => file.replace(/-(?:dark|light)\.svg$/, '')));
    expect(names.size).toBeGreaterThanOrEqual(5);
    for (const name of names) {
      const dark = rowsOf(read(`${name}-dark.svg`));
      expect(dark.length).toBeGreaterThan(10);
      expect(rowsOf(read(`${name}-light.svg`))).toEqual(dark);
    }
  });

  test('is shown, and in the package', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const shown = [...readme.matchAll(/(?:src|srcset)="([^"]+)"/g)].map(([, path]) => path);
    expect([...new Set(shown)].sort()).toEqual(
      pictures.map((file) => `.github/pictures/${file}`).sort(),
    );
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(manifest.files).toContain('.github/pictures/*.svg');
  });
});

describe('the asciicast', () => {
  const [first = '', ...lines] = read('tour.cast').trimEnd().split('\n');
  const header = JSON.parse(first);
  const events: [number, string, string][] = lines.map((line) => JSON.parse(line));

  test('shows this version, and takes about two minutes', () => {
    expect(header).toMatchObject({ version: 2, width: 80, height: 24 });
    expect(header.title).toContain(`handroll-tour ${version}:`);
    const times = events.map(([time]) => time);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(times.at(-1)).toBeGreaterThan(90);
    expect(times.at(-1)).toBeLessThan(150);
  });

  test('shows a tour from its opening to its end', () => {
    const written = events.map(([, , data]) => data).join('');
    expect(written).toContain('A container image, by hand');
    expect(written).toContain("That's all there is to an image");
  });
});

test.each(files)('%s shows nothing of the machine on which it was made', (file) => {
  const shown = read(file);
  expect(shown.match(/\/(?:home|Users)\//g)).toBeNull();
  expect(shown).not.toContain(root);
  const workdirs = shown.match(/(?:\/[\w.-]+)+\/container-demo/g) ?? [];
  expect(workdirs.filter((path) => !path.endsWith('/srv/you/container-demo'))).toEqual([]);
  const hosts = [...shown.matchAll(/file:\/\/([^/]*)\//g)].map(([, host]) => host);
  expect(hosts.filter((host) => host !== 'laptop')).toEqual([]);
});

describe('a screen as SVG', () => {
  /** A row as xterm.js has it. */
  const row = (...cells: [text: string, look?: 'bold' | 'green'][]) => ({
    isWrapped: false,
    length: 80,
    translateToString: () => '',
    getCell: (column: number) => {
      const all = cells.flatMap(([text, look]) => [...text].map((chars) => ({ chars, look })));
      const cell = all[column];
      return {
        getChars: () => cell?.chars ?? '',
        getWidth: () => 1,
        isFgPalette: () => cell?.look === 'green',
        getFgColor: () => 10,
        isBold: () => (cell?.look === 'bold' ? 1 : 0),
        isDim: () => 0,
        isUnderline: () => 0,
      };
    },
  });

  test('has a run for each look, without the blanks between', () => {
    const runs = runsIn(row(['a b  c '], ['d', 'bold'], ['<e>', 'green']) as never);
    expect(runs).toEqual([
      { column: 0, columns: 3, text: 'a b', look: '' },
      { column: 5, columns: 1, text: 'c', look: '' },
      { column: 7, columns: 1, text: 'd', look: 'bold' },
      { column: 8, columns: 3, text: '<e>', look: 'c2' },
    ]);
    const svg = svgOf([runs], { palette: 'light', title: 'A & B', version: '1.2.3' });
    expect(svg).toContain('<title>A &amp; B</title>');
    expect(svg).toContain('class="c2">&lt;e&gt;</tspan>');
    expect(rowsOf(svg)).toEqual(['a b  c  d  <e>']);
  });
});
