import { expect, test } from 'vitest';
import { lessons } from '../../../lessons/index.ts';
import { keyOf, type Place, placesOf } from '../../../src/engine/lesson.ts';
import { textOf } from '../../../src/ui/line.ts';
import { layOut } from '../../../src/ui/screen-layout.ts';
import { aViewModel, stateAfter } from '../../helpers/view-model.ts';

/** Whether the last check of a step is on its first page at 80x24, below its prose and its script. */
function isSeenWhole(place: Place): boolean {
  const state = stateAfter(lessons, { type: 'open', key: keyOf(place), observe: false });
  const { columns, window } = layOut(aViewModel(state));
  expect(window.top).toBe(0);
  const shown = columns.flatMap(({ lines }) => lines.map(textOf)).join(' ');
  return shown.replace(/\s+/g, ' ').includes(place.step.checks.at(-1)?.says ?? '');
}

test('most steps have their prose, their script and their checks on one screen of 80x24', () => {
  const cut = placesOf(lessons).filter((place) => !isSeenWhole(place));
  expect(cut.map(keyOf)).toEqual([
    '00-prerequisites/machine',
    '01-what-is-an-image/address',
    '03-layers/tar',
    '03-layers/twice',
    '04-layout/manifest',
    '06-overlayfs/mount',
    '08-run/start',
    '09-summary/chain',
    '10-layers-are-diffs/duplicate',
    '10-layers-are-diffs/sibling',
  ]);
});
