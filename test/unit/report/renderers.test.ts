import { describe, expect, test } from 'vitest';
import { boxArtToSvg } from '../../../src/report/box-art-to-svg.ts';
import { page } from '../../../src/report/html.ts';
import { markdown } from '../../../src/report/markdown.ts';
import { html } from '../../../src/report/markup.ts';
import { type Block, code, type Report, said } from '../../../src/report/model.ts';
import { redact } from '../../../src/report/redact.ts';

const hostile = `<script>alert("x")</script> & 'y' <!-- ]]> \${z}`;

/** A report with every kind of block in it, all of them saying this. */
function saying(text: string): Report {
  const blocks: Block[] = [
    {
      type: 'paragraph',
      words: (['text', 'code', 'emphasis', 'value', 'unknown'] as const).map((role) => ({
        text,
        role,
      })),
    },
    { type: 'remark', text },
    { type: 'script', source: text },
    { type: 'output', lines: [text, text], remark: text },
    {
      type: 'findings',
      findings: (['pass', 'witnessed', 'changed', 'unseen'] as const).map((mark) => ({
        mark,
        says: text,
        seen: text,
        remark: text,
      })),
    },
    { type: 'note', title: text, paragraphs: [said(text), code(text)] },
    { type: 'picture', rows: [said(text)], alt: text },
    { type: 'table', head: [text, text], rows: [[said(text), code(text)]] },
    { type: 'table', rows: [[said(text), code(text)]] },
  ];
  const inner = { id: 'a/b', title: text, blocks, sections: [] };
  return { title: text, blocks, sections: [{ id: 'a', title: text, blocks, sections: [inner] }] };
}

const empty = /^(meta|path|!doctype)$/;

/** Elements that are not closed in the order in which they were opened. */
function unbalanced(source: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const styleless = source.replace(/<style>.*?<\/style>/s, '');
  for (const [, slash, name = ''] of styleless.matchAll(/<(\/?)([a-z!][a-z0-9]*)\b[^>]*>/g)) {
    if (empty.test(name)) continue;
    if (slash !== '/') open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}

describe('the page', () => {
  test.each([[hostile], ['"><img src=x onerror=alert(1)>'], ["'/onload='x"], ['</style></svg>']])(
    '%j is text, wherever it stands',
    (text) => {
      const source = page(saying(text));
      expect(unbalanced(source)).toEqual([]);
      expect(source).not.toMatch(/<(script|img)\b/);
      // No attribute but those that the page itself has.
      const attributes = [...source.matchAll(/<[a-z][^<>]*>/g)].flatMap(([tag]) => [
        ...tag.matchAll(/\s([a-zA-Z-]+)="[^"]*"/g),
      ]);
      expect(new Set(attributes.map(([, name]) => name))).toEqual(
        new Set(
          'lang charset name content http-equiv aria-label href id class role viewBox width height d x y textLength scope data-column'.split(
            ' ',
          ),
        ),
      );
    },
  );

  test('needs nothing from elsewhere, and can run nothing', () => {
    const source = page(saying('x'));
    expect(source).not.toMatch(/<(script|link|img|iframe)\b|@import|url\(|\bsrc=/);
    expect(source).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  test('pictures and marks are told to those who listen', () => {
    const source = page(saying('the words'));
    expect(source).toContain('<svg role="img" aria-label="the words"');
    expect(source).toMatch(/role="img" aria-label="has changed">▲</);
  });

  test('every entry of the contents leads to a section', () => {
    const source = page(saying('x'));
    const ids = [...source.matchAll(/<section id="([^"]*)"/g)].map(([, id]) => id);
    const links = [...source.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id);
    expect(ids).toEqual(['a', 'a/b']);
    expect(links).toEqual(['a']);
  });

  test('looks right by night and on paper', () => {
    const source = page(saying('x'));
    for (const media of ['(prefers-color-scheme: dark)', 'print', '(max-width: 34rem)']) {
      expect(source).toContain(`@media ${media} {`);
    }
  });
});

test('markup is put into markup as it is, and text never is', () => {
  const inner = html`<b>${'<i>'}</b>`;
  expect(html`<p title="${`"'&`}">${inner}${[inner, inner]}${7}</p>`.source).toBe(
    '<p title="&quot;&#39;&amp;"><b>&lt;i&gt;</b><b>&lt;i&gt;</b><b>&lt;i&gt;</b>7</p>',
  );
});

describe('a drawing', () => {
  const of = (...rows: string[]) => boxArtToSvg(rows.map(said), 'told').source;

  test('text stands in its column, and keeps its width in any font', () => {
    const source = of('ab  cd e');
    expect(source).toContain('viewBox="0 0 64 19"');
    expect(source).toMatch(/<text class="text" x="0" y="14" textLength="16">ab<\/text>/);
    expect(source).toMatch(/<text class="text" x="32" y="14" textLength="32">cd e<\/text>/);
  });

  test('lines and arrows are drawn, and are no text', () => {
    const source = of('a─►b', '│└┘');
    expect([...source.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text)).toEqual([
      'a',
      'b',
    ]);
    expect(source).toMatch(/class="line" d="M12,9.5h4m-4,0h-4m4,0M4,28.5/);
    expect(source).toMatch(/class="tip" d="M20,9.5m-4,-4 l7,4 l-7,4 z"/);
  });

  test('values are told from what never changes', () => {
    const source = boxArtToSvg([[...said('Digest '), { text: '3ac2…', role: 'value' }]], '').source;
    expect(source).toContain('<text class="value" x="56" y="14" textLength="40">3ac2…</text>');
  });
});

describe('Markdown', () => {
  const paragraph = (text: string) =>
    markdown({ title: 't', blocks: [{ type: 'paragraph', words: said(text) }], sections: [] })
      .split('\n\n')
      .slice(1)
      .join('\n\n')
      .trim();

  test.each([
    ['plain, with (brackets) and x86_64', 'plain, with (brackets) and x86_64'],
    ['~/container-demo and ~/b', '~/container-demo and ~/b'],
    ['~~struck~~', '\\~\\~struck\\~\\~'],
    ['a *b* `c` _d_', 'a \\*b\\* \\`c\\` \\_d\\_'],
    ['<script>', '\\<script>'],
    ['[click](http://x)', '\\[click](http://x)'],
    ['&lt;', '\\&lt;'],
    ['# no heading', '\\# no heading'],
    ['- no list', '\\- no list'],
    ['1. no list', '1\\. no list'],
    ['1.6.20, private', '1.6.20, private'],
    ['> no quotation', '\\> no quotation'],
    ['a\\b', 'a\\\\b'],
    ['two\n\n# lines', 'two # lines'],
  ])('%j', (text, expected) => {
    expect(paragraph(text)).toBe(expected);
  });

  test.each([
    ['plain', '```bash\nplain\n```'],
    ['a ``` b', '````bash\na ``` b\n````'],
    ['````\n`````', '``````bash\n````\n`````\n``````'],
  ])('a script with %j stays in its fence', (source, expected) => {
    const blocks: Block[] = [{ type: 'script', source }];
    expect(markdown({ title: 't', blocks, sections: [] })).toBe(`# t\n\n${expected}\n`);
  });

  test.each([
    [[...code('a')], '`a`'],
    [[...code('a`b')], '``a`b``'],
    [[...code('`a')], '`` `a ``'],
    [
      [...code('cat '), { text: '3ac2…', role: 'value' } as const, ...code(' | x')],
      '`cat 3ac2… | x`',
    ],
  ])('code: %j', (words, expected) => {
    const blocks: Block[] = [{ type: 'paragraph', words }];
    expect(markdown({ title: 't', blocks, sections: [] })).toBe(`# t\n\n${expected}\n`);
  });

  test('a table stays one, whatever is in it', () => {
    const blocks: Block[] = [
      { type: 'table', head: ['a|b', 'c'], rows: [[said('d|e\nf'), code('g|h')]] },
    ];
    expect(markdown({ title: 't', blocks, sections: [] })).toBe(
      '# t\n\n| a\\|b | c |\n| --- | --- |\n| d\\|e f | `g\\|h` |\n',
    );
  });

  test('has everything the page has', () => {
    const text = markdown(saying('the words'));
    // Of a block with several, each: titles, paragraphs, fences, list, note, picture, tables.
    expect(text.split('the words').length).toBe(
      page(saying('the words')).split('the words').length - pageOnly,
    );
  });
});

/** The page's own title and its entry in the contents; a column's name in each cell of a row below it. */
const pageOnly = 1 + 1 + 3 * 1;

describe('fit to be shown', () => {
  const person = { home: '/home/ada', user: 'ada' };
  const shown = (text: string, who = person) =>
    redact({ title: text, blocks: [], sections: [] }, who).title;

  test.each([
    ['/home/ada/container-demo', '~/container-demo'],
    ['in /home/ada.', 'in ~.'],
    ['/home/ada.old/x', '/home/ada.old/x'],
    ['at /home/ada, and', 'at ~, and'],
    ['/home/adam/x', '/home/adam/x'],
    ['/mnt/home/ada/x', '/mnt/home/ada/x'],
    ['WORKDIR=/home/ada/x:/home/ada/y', 'WORKDIR=~/x:~/y'],
  ])('%j', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  test.each([
    ['-rw-r--r-- 1 ada ada 12 Nov 23 x', '-rw-r--r-- 1 you you 12 Nov 23 x'],
    ['drwxr-xr-x. 2 ada users 4096 x', 'drwxr-xr-x. 2 you users 4096 x'],
    ['-rw-r--r-- 1 root root 12 x', '-rw-r--r-- 1 root root 12 x'],
    ['ada wrote 1 ada', 'ada wrote 1 ada'],
  ])('the owner in %j', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  test('a home that is everywhere hides nothing, and root is nobody', () => {
    expect(shown('/usr/bin', { home: '/', user: 'root' })).toBe('/usr/bin');
    expect(shown('/usr/bin', { home: '', user: '' })).toBe('/usr/bin');
    const listing = '-rw-r--r-- 1 root root 12 x';
    expect(shown(listing, { home: '/root', user: 'root' })).toBe(listing);
  });

  test.each([
    ['\u001b[31mred\u001b[0m', '[31mred[0m'],
    ['a\u0000b\u009bc\u007f', 'abc'],
    ['two\nlines', 'two\nlines'],
    ['\u202eevil\u2066', 'evil'],
    ['half \ud83d', 'half '],
    ['whole 🦀', 'whole 🦀'],
  ])('%j loses what nobody can see', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  test('everywhere in a report', () => {
    const told = JSON.stringify(redact(saying('/home/ada/\u001bx'), person));
    expect(told).not.toMatch(/home|u001b/);
  });
});
