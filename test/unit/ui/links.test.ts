import { describe, expect, test } from 'vitest';
import { glossary } from '../../../lessons/glossary.ts';
import { type Line, line, span, textOf } from '../../../src/ui/line.ts';
import { linked } from '../../../src/ui/links.ts';
import { themeOf } from '../../../src/ui/theme.ts';

const targets = { dir: '/home/ada/container-demo', hostname: 'lab' };
const spec = 'https://github.com/opencontainers/image-spec/blob/v1.1.1/';

/** The texts that are links, and where they lead. */
function linksOf(...lines: Line[]): [string, string][] {
  const all = linked(lines, targets);
  expect(all.map(textOf)).toEqual(lines.map(textOf));
  return all.flat().flatMap(({ text, link }): [string, string][] => (link ? [[text, link]] : []));
}

describe('a link', () => {
  const article = 'https://anniecherkaev.com/what-is-a-container-image';

  test.each<[string, [string, string][]]>([
    [`The article, ${article}.`, [[article, article]]],
    ['See layer.md#whiteouts, and more', [['layer.md#whiteouts', `${spec}layer.md#whiteouts`]]],
    ['the OCI image spec has', [['OCI image spec', `${spec}spec.md`]]],
    [
      'it is in /home/ada/container-demo/build/base: look',
      [['/home/ada/container-demo/build/base', 'file://lab/home/ada/container-demo/build/base']],
    ],
    [
      'made in /home/ada/container-demo.',
      [['/home/ada/container-demo', 'file://lab/home/ada/container-demo']],
    ],
    ['/home/ada/container-demo2 and x/home/ada/container-demo', []],
    ['elided: /home/ada/container-demo/.handroll-tour/cont…', []],
    ['no link: README.md, notes.md, spec, layer', []],
  ])('%s', (text, expected) => {
    expect(linksOf(line(text))).toEqual(expected);
  });

  test('keeps the roles of its parts', () => {
    const found = linked(
      [line('a ', span('layer.md#white', 'dim'), span('outs', 'found'))],
      targets,
    );
    expect(found[0]).toEqual([
      span('a '),
      { ...span('layer.md#white', 'dim'), link: `${spec}layer.md#whiteouts` },
      { ...span('outs', 'found'), link: `${spec}layer.md#whiteouts` },
    ]);
  });

  test('that goes on in the next line is none', () => {
    const path = `/home/ada/container-demo/${'x'.repeat(45)}`;
    expect(linksOf(line(path), line('y/z'))).toEqual([]);
    expect(linksOf(line(path), line(' ✔ the next check'))).toHaveLength(1);
  });
});

test('every section that the glossary names is one', () => {
  const sections = glossary.flatMap((term) => (term.spec === undefined ? [] : [term.spec]));
  expect(sections.length).toBeGreaterThan(8);
  for (const section of sections) {
    expect(linksOf(line(section))).toEqual([[section, `${spec}${section}`]]);
  }
});

describe('a terminal', () => {
  const has = (env: NodeJS.ProcessEnv) =>
    themeOf({ env: { LANG: 'C.UTF-8', ...env }, color: true, ascii: false }).links;

  test.each<[boolean, NodeJS.ProcessEnv]>([
    [true, { TERM: 'xterm-256color' }],
    [true, { TERM: 'xterm-256color', NO_COLOR: '1' }],
    [true, { TERM: 'tmux-256color', TMUX: '/tmp/tmux-0/default,1,0' }],
    [true, { TERM: 'screen-256color', TMUX: '/tmp/tmux-0/default,1,0' }],
    [true, { TERM: 'xterm-256color', VTE_VERSION: '7600' }],
    [false, { TERM: 'xterm-256color', VTE_VERSION: '4205' }],
    [false, { TERM: 'screen.xterm-256color', STY: '1.pts' }],
    [false, { TERM: 'linux' }],
    [false, { TERM: 'dumb' }],
    [false, { TERM: 'xterm-256color', INK_SCREEN_READER: 'true' }],
  ])('%s for %j', (expected, env) => {
    expect(has(env)).toBe(expected);
  });
});
