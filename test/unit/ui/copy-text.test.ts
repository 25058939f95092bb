import { expect, test } from 'vitest';
import { fail } from '../../../src/engine/check.ts';
import { copyText } from '../../../src/ui/screens/step-hint.ts';
import { firstView, type HintLevel } from '../../../src/ui/view.ts';
import { aCheck, aLesson, aStep } from '../../helpers/small-tour.ts';
import { aViewModel, opening, stateAfter } from '../../helpers/view-model.ts';

const script = 'tar -x \\\n  -f one.tar';
const lesson = aLesson('03-layers', [
  aStep('one', { script: { source: script }, checks: [aCheck('a')] }),
]);
const diagnoses = [
  { id: 'x', observed: 'o', remedy: 'r', where: 'ls -l', command: 'rm two.tar' },
] as const;
const failed = stateAfter([lesson], opening(lesson), {
  type: 'result',
  index: 0,
  result: fail({ expected: 'a', actual: 'b', hint: 'h', diagnoses }),
});
const copied = (hintLevel: HintLevel, state = failed) =>
  copyText(aViewModel(state, { view: { ...firstView, hintLevel } }));

test.each<[HintLevel, string]>([
  [0, `${script}\n`],
  [1, `${script}\n`],
  [2, 'ls -l\n'],
  [3, 'rm two.tar\n'],
])('with hint %d: %j', (level, text) => {
  expect(copied(level)).toBe(text);
});

test('without a diagnosis it is the script, byte for byte', () => {
  expect(copied(3, stateAfter([lesson], opening(lesson)))).toBe(`${script}\n`);
});
