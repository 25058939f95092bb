import { duplicateRules } from '../../../../lessons/10-layers-are-diffs/diagnoses.ts';
import { mistakeTables } from '../../../helpers/diagnoses.ts';
import { program, type Told, tree } from '../../../helpers/entries.ts';

const mistakeTable = mistakeTables('10-layers-are-diffs');

const below = tree({ 'bin/busybox': program() })[1];
const padded = (path: string, told: Told) => ({ below, padded: tree({ [path]: told }) });

mistakeTable(
  '10-layers-are-diffs/duplicate',
  duplicateRules,
  {
    'all is right': padded('bin/busybox', program()),
    'not packed yet': { below, padded: undefined },
    'nothing is there yet': { below: undefined, padded: undefined },
  },
  [
    ['duplicate-missing', { below, padded: tree({}) }],
    ['duplicate-missing', padded('busybox', program())],
    ['duplicate-other-bytes', padded('bin/busybox', program(7))],
    ['duplicate-other-metadata', padded('bin/busybox', { ...program(), mode: 0o700 })],
    ['duplicate-other-metadata', padded('bin/busybox', { ...program(), mtime: 1735689601 })],
  ],
);
