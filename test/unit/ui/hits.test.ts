import { describe, expect, test } from 'vitest';
import { glossary } from '../../../lessons/glossary.ts';
import { lessons } from '../../../lessons/index.ts';
import { keyOf } from '../../../src/engine/lesson.ts';
import { initialState, type State } from '../../../src/engine/update.ts';
import { obstacleIds, obstacleOf } from '../../../src/host/preflight/obstacles.ts';
import { hitsFor } from '../../../src/ui/hits.ts';
import { aLesson, aStep } from '../../helpers/small-tour.ts';

const problems = obstacleIds.map((id) => ({ id, ...obstacleOf(id) }));
const context = { glossary, problems };

test('a term of the field is found in the glossary first, then where it is taught', () => {
  const hits = hitsFor('WHITEOUT', initialState(lessons), context);
  expect(hits[0]).toMatchObject({ kind: 'term', where: 'glossary: whiteout' });
  const places = hits.flatMap((hit) => (hit.kind === 'step' ? [keyOf(hit.place)] : []));
  expect(places).toContain('02-filesystems/delta');
  expect(places).toEqual([...new Set(places)]);
  for (const { where, said } of hits) {
    expect(`${where} ${said}`.toLowerCase()).toContain('whiteout');
  }
});

test('the text of an error is found where doctor explains it', () => {
  const hits = hitsFor('no space left on device', initialState(lessons), context);
  expect(hits.map(({ kind }) => kind)).toContain('problem');
});

describe('a step', () => {
  const step = aStep('a', {
    goal: ['Make a knot.'],
    notice: ['It was a bowline.'],
    fieldNote: { title: 'Elsewhere', text: ['Sailors say sheepshank.'] },
    hint: ['Try a clove hitch.'],
  });
  const lesson = aLesson('01-knots', [step]);
  const at = (state: Partial<State>, wanted: string) =>
    hitsFor(wanted, { ...initialState([lesson]), ...state }, { glossary: [] }).map(
      ({ kind, said }) => `${kind}: ${said}`,
    );
  const done = { completed: new Set(['01-knots/a']) };

  test('shows what follows from it only once it was done, and its hints never', () => {
    expect(at({}, 'knot')).toEqual(['step: 01-knots']);
    expect(at({}, 'bowline')).toEqual([]);
    expect(at(done, 'bowline')).toEqual(['step: It was a bowline.']);
    expect(at(done, 'sheepshank')).toEqual(['step: Sailors say sheepshank.']);
    expect(at(done, 'clove')).toEqual([]);
    expect(at(done, 'echo hello')).toEqual([]);
  });

  test('is found by what it printed', () => {
    const printed = { lines: ['one', '  two three'], dropped: 0, code: 0, milliseconds: 1 };
    const record = { at: '2026-11-28T12:00:00Z', evidence: {}, printed };
    const records = new Map([['01-knots/a', record]]);
    expect(at({ records }, 'three')).toEqual(['output: two three']);
  });

  test('is not found by less than two characters', () => {
    expect(at({}, 'k')).toEqual([]);
    expect(at({}, ' ')).toEqual([]);
  });
});
