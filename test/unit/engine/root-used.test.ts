import { expect, test } from 'vitest';
import { placesOf } from '../../../src/engine/lesson.ts';
import { rootUsed } from '../../../src/engine/root-used.ts';
import { sh } from '../../../src/engine/script.ts';
import { aLesson, aStep } from '../../helpers/small-tour.ts';

const places = placesOf([
  aLesson('00-first', [
    aStep('plain'),
    aStep('once', { script: sh`sudo umount x; sudo ctr version` }),
  ]),
  aLesson('01-second', [
    aStep('often', { script: sh`sudo ctr images ls; for i in 1 2; do sudo ctr content ls; done` }),
    aStep('not', { script: sh`echo pseudo sudoku` }),
  ]),
]);

test.each([
  ['root', '2 of the 4 steps used root: ctr (2 steps), umount (1 step).'],
  ['sudo', '2 of the 4 steps used sudo: ctr (2 steps), umount (1 step).'],
  [
    'rootless',
    "2 of the 4 steps used root in your user namespace, not the machine's root: ctr (2 steps), umount (1 step).",
  ],
] as const)('as %s', (privilege, said) => {
  expect(rootUsed(places, privilege)).toBe(said);
});

test('where no step used it', () => {
  expect(rootUsed(places.slice(0, 1), 'sudo')).toBe('No step used root.');
});
