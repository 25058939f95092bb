import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isMended, type LabCase, type LabOutcome } from '../../../../src/engine/lab/case.ts';
import { differingPaths } from '../../../../src/engine/lab/content.ts';
import { dealt } from '../../../../src/engine/lab/deal.ts';
import { type LabRecord, labRecords } from '../../../../src/engine/lab/record.ts';
import { namesOfLab } from '../../../../src/host/lab-namespace.ts';
import { locate } from '../../../../src/host/workspace.ts';
import { temporaryWorkspace } from '../../../helpers/temporary.ts';

describe('the order of the cases', () => {
  const cases = [1, 2, 3, 1, 2, 3, 1, 1, 1, 2].map(
    (level, at) => ({ id: `${String(at).padStart(2, '0')}-x`, level }) as unknown as LabCase,
  );
  const ids = (seed?: number) => dealt(cases, seed).map(({ id }) => id.slice(0, 2));

  test('goes from easy to hard, and by number within a level', () => {
    expect(ids()).toEqual(['00', '03', '06', '07', '08', '01', '04', '09', '02', '05']);
  });

  test('is mixed within a level by a seed, and the same wherever that is given', () => {
    expect(ids(7)).toEqual(ids(7));
    expect(ids(7)).not.toEqual(ids());
    expect(new Set(Array.from({ length: 20 }, (_, seed) => ids(seed).join())).size).toBeGreaterThan(
      10,
    );
    for (let seed = 0; seed < 20; seed += 1) {
      const levels = dealt(cases, seed).map(({ level }) => level);
      expect(levels).toEqual(levels.toSorted());
      expect(ids(seed).toSorted()).toEqual(ids().toSorted());
    }
  });
});

describe('a record', () => {
  const record: LabRecord = {
    version: 1,
    token: 'abc',
    openedAt: '2026-02-03T04:05:06.789Z',
    printed: { code: 1, output: 'ctr: no' },
    expected: { tree: ['a file'], config: '{}' },
    hints: 2,
  };
  const solved = { at: '2026-02-03T04:15:06.789Z', minutes: 10, hints: 2 };

  test('is read as it was written, and not known before', () => {
    const records = labRecords(temporaryWorkspace());
    expect(records.read('01-x')).toBeUndefined();
    records.write('01-x', record);
    expect(records.read('01-x')).toEqual(record);
    expect(records.read('02-y')).toBeUndefined();
  });

  test('keeps only the end of what a command printed', () => {
    const records = labRecords(temporaryWorkspace());
    records.write('01-x', { ...record, printed: { code: 0, output: `${'x'.repeat(100_000)}end` } });
    const { output = '' } = records.read('01-x')?.printed ?? {};
    expect(output).toHaveLength(8000);
    expect(output).toMatch(/xend$/);
  });

  test('is no longer open while the case is prepared again, and stays solved', () => {
    const records = labRecords(temporaryWorkspace());
    records.write('01-x', { ...record, solved });
    records.close('01-x');
    expect(records.read('01-x')).toBeUndefined();
    expect(records.solved('01-x')).toEqual(solved);
  });

  test.each([
    '',
    'no JSON',
    '{}',
    'null',
    '{"version":2}',
    '{"version":1,"token":"a","hints":"x"}',
  ])('that is damaged counts as none: %j', (text) => {
    const workspace = temporaryWorkspace();
    mkdirSync(join(workspace.own, 'lab'), { recursive: true });
    writeFileSync(join(workspace.own, 'lab/01-x.json'), text);
    const records = labRecords(workspace);
    expect(records.read('01-x')).toBeUndefined();
    expect(records.solved('01-x')).toBeUndefined();
    records.write('01-x', record);
    expect(JSON.parse(readFileSync(join(workspace.own, 'lab/01-x.json'), 'utf8'))).toEqual(record);
  });
});

test('the namespaces of the lab are those that it makes, and no others', () => {
  const ours = ['t-lab-01', 't-lab-20', 't-lab-01-4711-0', 't-lab-01-build'];
  const others = [
    't',
    't-lab',
    't-lab-1',
    't-lab-one',
    't-lab-01-X',
    'other-lab-01',
    't-lab-01-1',
    'tt-lab-01',
  ];
  expect(namesOfLab('t', [...ours, ...others])).toEqual(ours);
});

test("in a case's shell, a command finds the tour's namespace", () => {
  const env = { WORKDIR: '/tmp/x', CTR_NAMESPACE: 't-lab-01', HANDROLL_TOUR_NAMESPACE: 't' };
  expect(locate({}, env).namespace).toBe('t');
  expect(locate({ namespace: 'other' }, env).namespace).toBe('other');
});

test('two trees differ at the paths of which a line is in one only', () => {
  expect(differingPaths(['a file', 'b file', 'c file'], ['a file', 'b symlink', 'd file'])).toEqual(
    ['b', 'c', 'd'],
  );
});

test('a case is mended once every check passes, and not before one has run', () => {
  const result = (outcome: LabOutcome) => ({
    check: { id: 'x', says: 'x', observe: async () => outcome },
    outcome,
  });
  const passed = result({ status: 'pass', evidence: '' });
  expect(isMended([])).toBe(false);
  expect(isMended([passed, passed])).toBe(true);
  expect(isMended([passed, result({ status: 'fail', actual: '' })])).toBe(false);
  expect(isMended([passed, result({ status: 'blocked', why: '' })])).toBe(false);
});
