import { expect, test } from 'vitest';
import { pass } from '../../../src/engine/check.ts';
import type { Event } from '../../../src/engine/update.ts';
import { textOf } from '../../../src/ui/line.ts';
import { checkSection } from '../../../src/ui/screens/step-checks.ts';
import { aCheck, aLesson, aStep } from '../../helpers/small-tour.ts';
import { aViewModel, opening, stateAfter } from '../../helpers/view-model.ts';

const lesson = aLesson('08-run', [aStep('gone', { checks: [aCheck('ended'), aCheck('written')] })]);
const ended = { code: 0, milliseconds: 3, cancelled: false };
const checking: Event[] = [opening(lesson), { type: 'run' }, { type: 'ended', ended }];
const waiting: Event = { type: 'waiting', index: 1, what: 'containerd to collect its garbage' };

const shown = (...events: Event[]) =>
  checkSection({
    ...aViewModel(stateAfter([lesson], ...checking, ...events)),
    width: 80,
    height: 20,
  })
    .lines.map(textOf)
    .join('\n');

test('what a check waits for stands below it, until it has answered', () => {
  const says = 'waiting for containerd to collect its garbage, ten seconds at most';
  expect(shown()).not.toContain('waiting');
  expect(shown(waiting)).toMatch(new RegExp(`written holds\n +${says}$`));
  const answered: Event = { type: 'result', index: 1, result: pass('gone') };
  expect(shown(waiting, answered)).not.toContain('waiting');
});

test('nothing is waited for any longer once another step is open, or this one runs again', () => {
  const failed: Event = { type: 'checked', answer: undefined };
  expect(shown(waiting, failed, { type: 'run' })).not.toContain('waiting');
  expect(shown(waiting, failed, opening(lesson))).not.toContain('waiting');
});
