import { duplicateMistakes } from '../../../../lessons/10-layers-are-diffs/diagnoses.ts';
import { program, type Told, tree } from '../../../helpers/entries.ts';
import { mistakeTable } from '../../../helpers/mistakes.ts';

const below = tree({ 'bin/busybox': program() })[1];
const padded = (path: string, told: Told) => ({ below, padded: tree({ [path]: told }) });

mistakeTable(
  '10-layers-are-diffs/duplicate',
  duplicateMistakes,
  {
    'all is right': padded('bin/busybox', program()),
    'not packed yet': { below, padded: undefined },
    'nothing is there yet': { below: undefined, padded: undefined },
  },
  [
    ['duplicate-missing', { below, padded: tree({}) }, 'the padded delta has no busybox'],
    ['duplicate-missing', padded('busybox', program()), 'the copy is called busybox'],
    [
      'duplicate-other-bytes',
      padded('bin/busybox', program(7)),
      'bin/busybox in the padded delta is a file with other bytes',
    ],
    [
      'duplicate-other-metadata',
      padded('bin/busybox', { ...program(), mode: 0o700 }),
      'the same bytes, and mode 700, below 755: no file in both',
    ],
    [
      'duplicate-other-metadata',
      padded('bin/busybox', { ...program(), mtime: 1735689601 }),
      'the same bytes, and mtime @1735689601, below @1735689600: no file in both',
    ],
  ],
);
