import {
  baseTextMistakes,
  deltaTextMistakes,
  linkMistakes,
  programMistakes,
  type SeenTrees,
  strayMistakes,
  whiteoutMistakes,
} from '../../../../lessons/02-filesystems/diagnoses.ts';
import {
  device,
  directory,
  file,
  link,
  program,
  type Told,
  tree,
} from '../../../helpers/entries.ts';
import { mistakeTable } from '../../../helpers/mistakes.ts';

const base = {
  bin: directory(),
  'bin/busybox': program(),
  'bin/cat': link('busybox'),
  'bin/ls': link('busybox'),
  'bin/sh': link('busybox'),
  data: directory(),
  'data/config.txt': file('base config\n'),
  'hello.txt': file('hello from base\n'),
};

const delta = {
  data: directory(),
  'data/.wh.config.txt': device(0, 0),
  'hello.txt': file('hello from delta\n'),
};

const elf = { architecture: 'amd64', interpreter: undefined };

type Change = Record<string, Told | undefined>;

/** The right trees, with these entries other than they should be, or gone. */
function seen(change: {
  base?: Change;
  delta?: Change;
  program?: SeenTrees['program'];
}): SeenTrees {
  return {
    base: tree({ ...base, ...change.base }),
    delta: tree({ ...delta, ...change.delta }),
    program: 'program' in change ? change.program : elf,
    machine: 'amd64',
  };
}

const innocent: Record<string, SeenTrees> = {
  'all is right': seen({}),
  'the whiteout is an empty file': seen({ delta: { 'data/.wh.config.txt': file('') } }),
  'nothing is there yet': { base: [], delta: [], program: undefined, machine: 'amd64' },
  'only base is there': { ...seen({}), delta: [] },
};

mistakeTable('02-filesystems/base/program', programMistakes, innocent, [
  [
    'link-reversed',
    seen({ base: { 'bin/busybox': link('sh') }, program: undefined }),
    'bin/busybox is a link to sh',
  ],
  [
    'busybox-link',
    seen({ base: { 'bin/busybox': link('/bin/busybox.static') } }),
    'bin/busybox is a link to /bin/busybox.static',
  ],
  [
    'bin-is-a-file',
    seen({ base: { bin: program(1000), 'bin/busybox': undefined }, program: undefined }),
    'bin is a file of 1000 bytes, not a directory',
  ],
  [
    'busybox-misplaced',
    seen({ base: { 'bin/busybox': undefined, 'busybox.static': program() }, program: undefined }),
    'the program is there as busybox.static',
  ],
  [
    'busybox-dynamic',
    seen({ program: { ...elf, interpreter: '/lib64/ld-linux-x86-64.so.2' } }),
    'bin/busybox is dynamic: it asks for /lib64/ld-linux-x86-64.so.2',
  ],
  [
    'busybox-foreign',
    seen({ program: { ...elf, architecture: 'arm64' } }),
    'bin/busybox is for arm64, and this one is amd64',
  ],
  [
    'busybox-empty',
    seen({ base: { 'bin/busybox': file('') }, program: undefined }),
    'bin/busybox is empty',
  ],
  [
    'busybox-no-program',
    seen({ base: { 'bin/busybox': file('#!/bin/sh\nexec sh\n', 0o755) }, program: undefined }),
    'bin/busybox is no ELF file: it begins with #!/bin/sh',
  ],
  [
    'busybox-not-executable',
    seen({ base: { 'bin/busybox': { ...program(), mode: 0o644 } } }),
    'bin/busybox has mode 644: it may not be run',
  ],
]);

mistakeTable('02-filesystems/base/links', linkMistakes, innocent, [
  [
    'link-absolute',
    seen({ base: { 'bin/ls': link('/bin/busybox') } }),
    'bin/ls points at /bin/busybox',
  ],
  [
    'link-path',
    seen({ base: { 'bin/sh': link('build/base/bin/busybox') } }),
    'bin/sh points at build/base/bin/busybox, seen from bin',
  ],
  [
    'link-copied',
    seen({ base: { 'bin/cat': program() } }),
    'bin/cat is a file, with the bytes of busybox',
  ],
  [
    'link-misplaced',
    seen({ base: { 'bin/sh': undefined, sh: link('busybox') } }),
    'sh is a link to busybox, and not in bin',
  ],
]);

mistakeTable('02-filesystems/base/files', baseTextMistakes, innocent, [
  [
    'base-says-delta',
    seen({ base: { 'hello.txt': file('hello from delta\n') } }),
    'hello.txt in build/base says "hello from delta"',
  ],
  [
    'config-misplaced',
    seen({ base: { 'data/config.txt': undefined, 'config.txt': file('base config\n') } }),
    'config.txt is there, as config.txt',
  ],
  [
    'text-quoted',
    seen({ base: { 'data/config.txt': file('"base config"\n') } }),
    'build/base/data/config.txt says "base config", with the quotes',
  ],
  ['text-empty', seen({ base: { 'hello.txt': file('') } }), 'build/base/hello.txt is empty'],
]);

mistakeTable('02-filesystems/delta/shadow', deltaTextMistakes, innocent, [
  [
    'delta-says-base',
    seen({ delta: { 'hello.txt': file('hello from base\n') } }),
    'hello.txt in build/delta says "hello from base"',
  ],
  [
    'text-quoted',
    seen({ delta: { 'hello.txt': file('“hello from delta”\n') } }),
    'build/delta/hello.txt says “hello from delta”, with the quotes',
  ],
  ['text-empty', seen({ delta: { 'hello.txt': file('') } }), 'build/delta/hello.txt is empty'],
]);

/** The whiteout under another path. */
const moved = (path: string, entry: Told = device(0, 0)) =>
  seen({ delta: { 'data/.wh.config.txt': undefined, [path]: entry } });

mistakeTable('02-filesystems/delta/whiteout', whiteoutMistakes, innocent, [
  [
    'whiteout-other-device',
    moved('data/.wh.config.txt', device(1, 3)),
    'data/.wh.config.txt is a character device 1,3',
  ],
  [
    'whiteout-other-device',
    moved('data/.wh.config.txt', device(0, 0, 'block')),
    'data/.wh.config.txt is a block device 0,0',
  ],
  [
    'whiteout-not-empty',
    moved('data/.wh.config.txt', file('gone\n')),
    'data/.wh.config.txt is a file of 5 bytes',
  ],
  [
    'whiteout-kind',
    moved('data/.wh.config.txt', directory()),
    'data/.wh.config.txt is a directory',
  ],
  [
    'whiteout-directory',
    seen({
      delta: {
        data: undefined,
        'data/.wh.config.txt': undefined,
        '.wh.data': directory(),
        '.wh.data/config.txt': device(0, 0),
      },
    }),
    '.wh.data/config.txt: the .wh. stands before the directory',
  ],
  ['whiteout-whole-directory', moved('.wh.data'), '.wh.data is there'],
  ['whiteout-opaque', moved('data/.wh..wh..opq'), 'data/.wh..wh..opq is there'],
  ['whiteout-of-nothing', moved('data/.wh.'), 'data/.wh. is there, with nothing after .wh.'],
  [
    'whiteout-double-dot',
    moved('data/.wh..config.txt'),
    'data/.wh..config.txt hides .config.txt, with a dot',
  ],
  ['whiteout-prefix', moved('data/wh.config.txt'), 'data/wh.config.txt does not begin with .wh.'],
  ['whiteout-prefix', moved('data/.whconfig.txt'), 'data/.whconfig.txt does not begin with .wh.'],
  ['whiteout-plain-name', moved('data/config.txt'), 'data/config.txt is a character device 0,0'],
  [
    'whiteout-misplaced',
    moved('.wh.config.txt'),
    '.wh.config.txt hides config.txt, and base has data/config.txt',
  ],
  [
    'whiteout-typo',
    moved('data/.wh.config.tx'),
    'data/.wh.config.tx hides data/config.tx, which base does not have',
  ],
  [
    'whiteout-in-base',
    seen({
      base: { 'data/.wh.config.txt': device(0, 0) },
      delta: { 'data/.wh.config.txt': undefined },
    }),
    'data/.wh.config.txt is in build/base',
  ],
]);

mistakeTable('02-filesystems/tree/listing', strayMistakes, innocent, [
  [
    'delta-has-base',
    seen({ delta: { bin: directory(), 'bin/busybox': program() } }),
    'build/delta holds bin/busybox, which is in base already',
  ],
  [
    'whiteout-file-kept',
    seen({ delta: { 'data/config.txt': file('base config\n') } }),
    'build/delta still holds data/config.txt itself',
  ],
  [
    'whiteout-in-base',
    seen({ base: { '.wh.hello.txt': file('') } }),
    '.wh.hello.txt is in build/base',
  ],
  [
    'stray-backup',
    seen({ base: { 'hello.txt~': file('x') }, delta: { '.hello.txt.swp': file('x') } }),
    'unexpected: base/hello.txt~, delta/.hello.txt.swp',
  ],
  [
    'whiteout-typo',
    seen({ delta: { 'data/.wh.confg.txt': device(0, 0) } }),
    'data/.wh.confg.txt hides data/confg.txt, which base does not have',
  ],
]);
