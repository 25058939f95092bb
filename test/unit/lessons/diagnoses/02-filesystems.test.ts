import {
  baseTextRules,
  deltaTextRules,
  linkRules,
  practiceExtraRules,
  practiceRules,
  programRules,
  type SeenTrees,
  strayRules,
  whiteoutRules,
} from '../../../../lessons/02-filesystems/diagnoses.ts';
import { mistakeTables } from '../../../helpers/diagnoses.ts';
import {
  device,
  directory,
  file,
  link,
  program,
  type Told,
  tree,
} from '../../../helpers/entries.ts';

const mistakeTable = mistakeTables('02-filesystems');

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

const practice = { bin: directory(), 'bin/.wh.cat': file('') };

const elf = { architecture: 'amd64', interpreter: undefined };

type Change = Record<string, Told | undefined>;

/** The right trees, with these entries other than they should be, or gone. */
function seen(change: {
  base?: Change;
  delta?: Change;
  practice?: Change;
  program?: SeenTrees['program'];
}): SeenTrees {
  return {
    base: tree({ ...base, ...change.base }),
    delta: tree({ ...delta, ...change.delta }),
    practice: tree({ ...practice, ...change.practice }),
    program: 'program' in change ? change.program : elf,
    machine: 'amd64',
  };
}

const innocent: Record<string, SeenTrees> = {
  'all is right': seen({}),
  'the whiteout is an empty file': seen({ delta: { 'data/.wh.config.txt': file('') } }),
  'nothing is there yet': {
    base: [],
    delta: [],
    practice: [],
    program: undefined,
    machine: 'amd64',
  },
  'only base is there': { ...seen({}), delta: [], practice: [] },
  'the practice layer is not there yet': { ...seen({}), practice: [] },
};

mistakeTable('02-filesystems/base/program', programRules, innocent, [
  ['link-reversed', seen({ base: { 'bin/busybox': link('sh') }, program: undefined })],
  ['busybox-link', seen({ base: { 'bin/busybox': link('/bin/busybox.static') } })],
  [
    'bin-is-a-file',
    seen({ base: { bin: program(1000), 'bin/busybox': undefined }, program: undefined }),
  ],
  [
    'busybox-misplaced',
    seen({ base: { 'bin/busybox': undefined, 'busybox.static': program() }, program: undefined }),
  ],
  ['busybox-dynamic', seen({ program: { ...elf, interpreter: '/lib64/ld-linux-x86-64.so.2' } })],
  ['busybox-foreign', seen({ program: { ...elf, architecture: 'arm64' } })],
  ['busybox-empty', seen({ base: { 'bin/busybox': file('') }, program: undefined })],
  [
    'busybox-no-program',
    seen({ base: { 'bin/busybox': file('#!/bin/sh\nexec sh\n', 0o755) }, program: undefined }),
  ],
  ['busybox-not-executable', seen({ base: { 'bin/busybox': { ...program(), mode: 0o644 } } })],
]);

mistakeTable('02-filesystems/base/links', linkRules, innocent, [
  ['link-absolute', seen({ base: { 'bin/ls': link('/bin/busybox') } })],
  ['link-path', seen({ base: { 'bin/sh': link('build/base/bin/busybox') } })],
  ['link-copied', seen({ base: { 'bin/cat': program() } })],
  ['link-misplaced', seen({ base: { 'bin/sh': undefined, sh: link('busybox') } })],
]);

mistakeTable('02-filesystems/base/files', baseTextRules, innocent, [
  ['base-says-delta', seen({ base: { 'hello.txt': file('hello from delta\n') } })],
  [
    'config-misplaced',
    seen({ base: { 'data/config.txt': undefined, 'config.txt': file('base config\n') } }),
  ],
  ['text-quoted', seen({ base: { 'data/config.txt': file('"base config"\n') } })],
  ['text-empty', seen({ base: { 'hello.txt': file('') } })],
  ['text-crlf', seen({ base: { 'data/config.txt': file('base config\r\n') } })],
  ['text-no-newline', seen({ base: { 'hello.txt': file('hello from base') } })],
  [
    'hello-misplaced',
    seen({ base: { 'hello.txt': undefined, 'data/hello.txt': file('hello from base\n') } }),
  ],
]);

mistakeTable('02-filesystems/delta/shadow', deltaTextRules, innocent, [
  ['delta-says-base', seen({ delta: { 'hello.txt': file('hello from base\n') } })],
  ['text-quoted', seen({ delta: { 'hello.txt': file('“hello from delta”\n') } })],
  ['text-empty', seen({ delta: { 'hello.txt': file('') } })],
  ['text-crlf', seen({ delta: { 'hello.txt': file('hello from delta\r\n') } })],
  ['text-no-newline', seen({ delta: { 'hello.txt': file('hello from delta') } })],
  [
    'hello-misplaced',
    seen({ delta: { 'hello.txt': undefined, 'data/hello.txt': file('hello from delta\n') } }),
  ],
]);

/** The whiteout under another path. */
const moved = (path: string, entry: Told = device(0, 0)) =>
  seen({ delta: { 'data/.wh.config.txt': undefined, [path]: entry } });

mistakeTable('02-filesystems/delta/whiteout', whiteoutRules, innocent, [
  ['whiteout-other-device', moved('data/.wh.config.txt', device(1, 3))],
  ['whiteout-other-device', moved('data/.wh.config.txt', device(0, 0, 'block'))],
  ['whiteout-not-empty', moved('data/.wh.config.txt', file('gone\n'))],
  ['whiteout-kind', moved('data/.wh.config.txt', directory())],
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
  ],
  ['whiteout-whole-directory', moved('.wh.data')],
  ['whiteout-opaque', moved('data/.wh..wh..opq')],
  ['whiteout-of-nothing', moved('data/.wh.')],
  ['whiteout-double-dot', moved('data/.wh..config.txt')],
  ['whiteout-prefix', moved('data/wh.config.txt')],
  ['whiteout-prefix', moved('data/.whconfig.txt')],
  ['whiteout-plain-name', moved('data/config.txt')],
  ['whiteout-misplaced', moved('.wh.config.txt')],
  ['whiteout-typo', moved('data/.wh.config.tx')],
  [
    'whiteout-in-base',
    seen({
      base: { 'data/.wh.config.txt': device(0, 0) },
      delta: { 'data/.wh.config.txt': undefined },
    }),
  ],
]);

mistakeTable('02-filesystems/tree/listing', strayRules, innocent, [
  ['delta-has-base', seen({ delta: { bin: directory(), 'bin/busybox': program() } })],
  ['whiteout-file-kept', seen({ delta: { 'data/config.txt': file('base config\n') } })],
  ['whiteout-in-base', seen({ base: { '.wh.hello.txt': file('') } })],
  [
    'stray-backup',
    seen({ base: { 'hello.txt~': file('x') }, delta: { '.hello.txt.swp': file('x') } }),
  ],
  ['whiteout-typo', seen({ delta: { 'data/.wh.confg.txt': device(0, 0) } })],
]);

/** The whiteout of cat under another path. */
const catAt = (path: string, entry: Told = file('')) =>
  seen({ practice: { 'bin/.wh.cat': undefined, [path]: entry } });

mistakeTable('02-filesystems/practice/deleted', practiceRules, innocent, [
  ['cat-misplaced', catAt('.wh.cat')],
  ['cat-whole-directory', catAt('.wh.bin')],
  ['cat-whole-directory', catAt('bin/.wh..wh..opq')],
  ['cat-prefix', catAt('bin/wh.cat')],
  ['cat-prefix', catAt('bin/.wh..cat')],
  ['cat-plain-name', catAt('bin/cat', device(0, 0))],
  ['cat-not-empty', catAt('bin/.wh.cat', file('gone\n'))],
  [
    'cat-in-delta',
    seen({
      delta: { bin: directory(), 'bin/.wh.cat': file('') },
      practice: { bin: undefined, 'bin/.wh.cat': undefined },
    }),
  ],
]);

mistakeTable('02-filesystems/practice/nothing-else', practiceExtraRules, innocent, [
  ['cat-whole-directory', seen({ practice: { '.wh.bin': file('') } })],
]);
