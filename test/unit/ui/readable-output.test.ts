import { describe, expect, test } from 'vitest';
import { collectOutput } from '../../../src/engine/output.ts';
import type { OwnDigest } from '../../../src/engine/own-digests.ts';
import { recognised } from '../../../src/ui/digests.ts';
import { line, span, textOf } from '../../../src/ui/line.ts';
import { isFitted, outputLines } from '../../../src/ui/output-lines.ts';
import { readable } from '../../../src/ui/readable-output.ts';
import { wrap } from '../../../src/ui/wrap.ts';
import { themes } from '../../helpers/themes.ts';

const base = '37e0a41149388ee1bd55b759d56c454be88bfc8221dc091a7902232fb452b25c';
const blob = 'cc99c25e1339e4f5e5ae0ae29d3f3de32f134972ffdec6ba97f075497d57c78d';
const chain = '649f1fd8221916cedb73c9495f7d352039c9ea449f8988a7405fcc157812bbe7';
const stranger = '42a748050236930751cb42c0231d521682f6b2974c55df43f29343b0cf0ea01d';
const own = new Map<string, OwnDigest>([
  [base, { name: 'base DiffID', of: 'base' }],
  [blob, { name: 'base digest', of: 'base' }],
  [chain, { name: 'delta chain ID', of: 'delta' }],
]);

const shown = (text: string, room = 76, colored = true) => {
  const output = collectOutput();
  output.write(text);
  return readable(output.view().lines, room, own, colored).map(({ text, note }) =>
    note === '' ? text : `${text}  ${note}`,
  );
};

describe('at 80 columns', () => {
  test('ctr content ls has a row for each blob, with its name', () => {
    const all = `DIGEST\t\t\t\t\t\t\t\t\tSIZE\tAGE\t\t\tLABELS
sha256:${blob}\t1.032MB\tLess than a second\t-
sha256:${stranger}\t328B\tLess than a second\tcontainerd.io/gc.ref.content.m.0=sha256:${base}
`;
    expect(shown(all)).toEqual([
      'DIGEST                            SIZE     AGE                 LABELS',
      'sha256:cc99c25e…c78d base digest  1.032MB  Less than a second  -',
      'sha256:42a74805…a01d              328B     Less than a second  containerd.i…',
    ]);
    expect(shown(all, 70)).toEqual([
      'DIGEST                 SIZE     AGE                 LABELS',
      'cc99c25e… base digest  1.032MB  Less than a second  -',
      '42a74805…              328B     Less than a second  containerd.io/gc.…',
    ]);
  });

  test('ctr snapshots ls has a row for each snapshot, with its parent', () => {
    const cell = (text: string) => text.padEnd(72);
    const all = [
      `${cell('KEY')}${cell('PARENT')}KIND`,
      `${cell(`sha256:${base}`)}${cell('')}Committed`,
      `${cell(`sha256:${chain}`)}${cell(`sha256:${base}`)}Committed`,
      '',
      'REF',
    ].join('\n');
    expect(shown(all)).toEqual([
      'KEY                       PARENT                 KIND',
      '37e0a411… base DiffID                            Committed',
      '649f1fd8… delta chain ID  37e0a411… base DiffID  Committed',
      '',
      'REF',
    ]);
  });

  test('ctr images ls names the digest that an image has', () => {
    const type = 'application/vnd.oci.image.manifest.v1+json';
    const all = [
      `REF             ${'TYPE'.padEnd(42)} ${'DIGEST'.padEnd(71)} SIZE    LABELS`,
      `handroll:latest ${type} sha256:${stranger} 1.0 MiB -`,
    ].join('\n');
    expect(shown(all)).toEqual([
      'REF              TYPE               DIGEST     SIZE     LABELS',
      'handroll:latest  …manifest.v1+json  42a74805…  1.0 MiB  -',
    ]);
  });

  test('a table ends where its rows do', () => {
    const all = `DIGEST   SIZE\nsha256:${base}   1\n-rw-r--r-- 1 root root 669 ${stranger}\n`;
    expect(shown(all, 60)).toEqual([
      'DIGEST                            SIZE',
      'sha256:37e0a411…b25c base DiffID  1',
      '-rw-r--r-- 1 root root 669 42a74805…a01d',
    ]);
  });

  test('a digest in JSON or of sha256sum loses its middle only if it does not fit', () => {
    expect(shown(`      "digest": "sha256:${blob}",\n`)).toEqual([
      '      "digest": "sha256:cc99c25e…c78d",  base digest',
    ]);
    expect(shown(`${base}  /home/ada/container-demo/base.tar\n`)).toEqual([
      '37e0a411…b25c  /home/ada/container-demo/base.tar  base DiffID',
    ]);
    expect(shown(`└── ${base}\n`)).toEqual([`└── ${base}`]);
    expect(shown(`└── ${base}\n`, 100)).toEqual([`└── ${base}  base DiffID`]);
  });

  test('a digest whose end was cut off has its name', () => {
    expect(shown(` sha256:${base.slice(0, 32)}\n  \\_ sha256:${chain.slice(0, 28)}\n`)).toEqual([
      ' sha256:37e0a41149388ee1bd55b759d56c454b  base DiffID',
      '  \\_ sha256:649f1fd8221916cedb73c9495f7d  delta chain ID',
    ]);
    expect(shown(`gc.ref.content.l.0=sha256:${blob.slice(0, 8)}\n37e0a412 37e0a41\n`)).toEqual([
      'gc.ref.content.l.0=sha256:cc99c25e  base digest',
      '37e0a412 37e0a41',
    ]);
  });

  test('without colours, a name is worth the middle of a digest', () => {
    expect(shown(`└── ${base}\n${stranger}\n`, 76, false)).toEqual([
      '└── 37e0a411…b25c  base DiffID',
      stranger,
    ]);
    expect(shown(`└── ${base}\n`, 100, false)).toEqual([`└── ${base}  base DiffID`]);
  });

  test('a line of mountinfo keeps the ends of its paths', () => {
    const lower = (id: number) => `/home/ada/container-demo/.handroll-tour/root/snapshots/${id}/fs`;
    expect(shown(`612 overlay lowerdir=${lower(2)}:${lower(1)}\n`)).toEqual([
      '612 overlay lowerdir=/home/…/snapshots/2/fs:/home/…/snapshots/1/fs',
    ]);
  });
});

describe('as it came', () => {
  const output = { lines: [`{"digest": "sha256:${blob}", "size": 3}`], dropped: 0 };

  test('is what the output page shows, and what a voice gets', () => {
    const raw = outputLines(output, themes.color, 80).map(textOf).join('');
    expect(raw.replace(/ ┊ /g, '')).toContain(blob);
    const spoken = outputLines(output, themes.spoken, 10_000, own).map(textOf);
    expect(spoken).toEqual(output.lines);
  });

  test('differs from the page only where that was fitted', () => {
    expect(isFitted(output, themes.color, 80, own)).toBe(true);
    expect(isFitted(output, themes.color, 120, own)).toBe(false);
  });
});

describe('a digest of the learner', () => {
  test('is never broken over two lines of output', () => {
    const json = `{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:${blob}","size":3}`;
    const rows = outputLines({ lines: [json], dropped: 0 }, themes.color, 79, own).map(textOf);
    expect(rows).toEqual([
      ' │ {"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"',
      ' ┊ sha256:cc99c25e…c78d","size":3}',
    ]);
  });

  test('has one role, in full, shortened and in a sentence; others keep theirs', () => {
    const lines = [
      line(`sha256:${base}  x`),
      line('from ', span('37e0a411…', 'live'), ' on'),
      line(span('sha256:37e0a411…b25c')),
      line(span('42a74805…', 'live')),
      line('base, 37e0a411, and 37e0a4112'),
      line(`sha256:${base.slice(0, 32)}`),
    ];
    expect(recognised(lines, own)).toEqual([
      [span(`sha256:${base}`, 'base'), span('  x')],
      [span('from '), span('37e0a411…', 'base'), span(' on')],
      [span('sha256:37e0a411…b25c', 'base')],
      [span('42a74805…', 'live')],
      [span('base, '), span('37e0a411', 'base'), span(', and 37e0a4112')],
      [span(`sha256:${base.slice(0, 32)}`, 'base')],
    ]);
  });

  test('is never broken over two lines of prose', () => {
    const wrapped = wrap([span(`Found: sha256:${base} and sha256:${chain}`)], 40).map(textOf);
    expect(wrapped).toEqual(['Found: sha256:37e0a411…b25c and', 'sha256:649f1fd8…bbe7']);
  });
});
