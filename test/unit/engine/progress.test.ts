import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openProgress, outputExcerpt } from '../../../src/engine/progress.ts';
import { TourError } from '../../../src/errors.ts';
import { claim } from '../../../src/host/ownership.ts';
import type { Workspace } from '../../../src/host/workspace.ts';
import { temporaryDirectory, temporaryWorkspace } from '../../helpers/temporary.ts';

function ownWorkspace(): Workspace {
  const workspace = temporaryWorkspace();
  claim(workspace);
  return workspace;
}

const fileOf = ({ own }: Workspace) => join(own, 'progress.json');

test('what is saved is there the next time', () => {
  const workspace = ownWorkspace();
  const progress = openProgress(workspace, { keep: true });
  progress.markCompleted('a/b');
  progress.markCompleted('a/b');
  progress.recordAnswer('a/b', { choice: 1 });
  progress.recordAnswer('a/b', { choice: 1, right: 0, said: 'that' });
  progress.witness('a/b/c', { evidence: 'seen', subject: 'sha256:one' });
  const printed = { lines: ['hello'], dropped: 0, code: 0, milliseconds: 7 };
  const kept = { at: '2025-01-01T00:00:00Z', evidence: { c: 'seen' }, printed };
  progress.recordStep('a/b', kept);
  progress.recordRun('a/b', { ...printed, code: 1 });
  progress.recordRun('a/c', { ...printed, code: 1 });
  progress.recordRun('a/c', printed);
  progress.recordSolutionShown('a/b');
  progress.recordSolutionShown('a/b');
  const quiz = { seed: 7, answers: [{ id: 'where', option: 2 }] };
  progress.recordQuiz(quiz);
  progress.remember('before', 'first');
  progress.remember('before', 'second');
  progress.save();
  const again = openProgress(workspace, { keep: false });
  expect(again.completedSteps()).toEqual(['a/b']);
  expect(again.answer('a/b')).toEqual({ choice: 1, right: 0, said: 'that' });
  expect(again.witnessed('a/b/c')).toMatchObject({ evidence: 'seen', subject: 'sha256:one' });
  expect(Date.parse(again.witnessed('a/b/c')?.at ?? '')).toBeGreaterThan(Date.now() - 60_000);
  expect(again.recordOf('a/b')).toEqual(kept);
  expect(again.recordOf('a/c')).toBeUndefined();
  expect(again.failedRun('a/b')).toEqual({ ...printed, code: 1, at: expect.any(String) });
  expect(again.failedRun('a/c')).toBeUndefined();
  expect(again.solutionsShown()).toEqual(['a/b']);
  expect(again.quiz()).toEqual(quiz);
  expect(again.remembered('before')).toBe('second');
  expect(readdirSync(workspace.own)).toEqual(['owner.json', 'progress.json']);
});

const whole = { version: 1, read: ['a/b'], answers: {}, witnessed: {}, remembered: {} };

test.each([
  ['empty', ''],
  ['cut short', '{"version":1,"read":["a/'],
  ['no object', 'null'],
  ['binary', '\u0000\u0001'],
  ['of a later version', JSON.stringify({ ...whole, version: 2 })],
  ['without a version', JSON.stringify({ ...whole, version: undefined })],
  ['without its parts', JSON.stringify({ version: 1 })],
  ['of other types', JSON.stringify({ ...whole, read: 'a/b' })],
  ['full of nulls', JSON.stringify({ ...whole, answers: null, witnessed: null })],
  ['full of lists, what was kept too', JSON.stringify({ ...whole, kept: [] })],
  ['full of lists, what failed too', JSON.stringify({ ...whole, failed: [] })],
  ['of other types, its solutions too', JSON.stringify({ ...whole, solutions: {} })],
  ['full of lists', JSON.stringify({ ...whole, remembered: [] })],
])('a file that is %s counts as none, and can be written again', (_, content) => {
  const workspace = ownWorkspace();
  writeFileSync(fileOf(workspace), content);
  const progress = openProgress(workspace, { keep: true });
  expect(progress.completedSteps()).toEqual([]);
  expect(progress.answer('a/b')).toBeUndefined();
  expect(progress.witnessed('a/b')).toBeUndefined();
  expect(progress.remembered('a/b')).toBeUndefined();
  progress.markCompleted('c/d');
  progress.recordAnswer('c/d', { choice: 0 });
  progress.remember('x', 'y');
  progress.save();
  const again = openProgress(workspace, { keep: true });
  expect(again.completedSteps()).toEqual(['c/d']);
  expect(again.remembered('x')).toBe('y');
});

test('what was read counts in a file from before anything else was kept', () => {
  const workspace = ownWorkspace();
  writeFileSync(fileOf(workspace), JSON.stringify(whole));
  const progress = openProgress(workspace, { keep: false });
  expect(progress.completedSteps()).toEqual(['a/b']);
  expect(progress.recordOf('a/b')).toBeUndefined();
  expect(progress.solutionsShown()).toEqual([]);
  expect(progress.quiz()).toBeUndefined();
});

test.each([
  ['null', null],
  ['a list', []],
  ['without a seed', { answers: [] }],
  ['with a seed of another type', { seed: '1', answers: [] }],
  ['without answers', { seed: 1 }],
  ['with answers of another type', { seed: 1, answers: {} }],
  ['with an answer that is none', { seed: 1, answers: [null] }],
  ['with an answer without an option', { seed: 1, answers: [{ id: 'where' }] }],
  ['with an option that is no number', { seed: 1, answers: [{ id: 'where', option: '0' }] }],
])('a quiz that is %s counts as none, and the rest stays', (_, quiz) => {
  const workspace = ownWorkspace();
  writeFileSync(fileOf(workspace), JSON.stringify({ ...whole, quiz }));
  const progress = openProgress(workspace, { keep: false });
  expect(progress.quiz()).toBeUndefined();
  expect(progress.completedSteps()).toEqual(['a/b']);
});

test('of what a script printed the end is kept, however much it was', () => {
  const lines = Array.from({ length: 500 }, (_, at) => `${at} ${'x'.repeat(2000)}`);
  const excerpt = outputExcerpt({ lines, dropped: 300_000 }, { code: 1, milliseconds: 9 });
  expect(excerpt).toMatchObject({ dropped: 300_460, code: 1, milliseconds: 9 });
  expect(excerpt.lines).toHaveLength(40);
  expect(excerpt.lines.at(-1)).toMatch(/^499 x+$/);
  expect(JSON.stringify(excerpt).length).toBeLessThan(20_000);
  const few = outputExcerpt({ lines: ['one'], dropped: 0 }, { code: 0, milliseconds: 1 });
  expect(few).toEqual({ lines: ['one'], dropped: 0, code: 0, milliseconds: 1 });
});

describe('save', () => {
  test('writes nothing where nothing has changed', () => {
    const workspace = ownWorkspace();
    const progress = openProgress(workspace, { keep: true });
    progress.save();
    expect(existsSync(fileOf(workspace))).toBe(false);
    progress.markCompleted('a/b');
    progress.save();
    rmSync(fileOf(workspace));
    progress.markCompleted('a/b');
    progress.save();
    expect(existsSync(fileOf(workspace))).toBe(false);
  });

  test('writes nothing for a command that only looks', () => {
    const workspace = ownWorkspace();
    writeFileSync(fileOf(workspace), JSON.stringify(whole));
    const progress = openProgress(workspace, { keep: false });
    progress.markCompleted('c/d');
    progress.save();
    expect(progress.completedSteps()).toEqual(['a/b', 'c/d']);
    expect(readFileSync(fileOf(workspace), 'utf8')).toBe(JSON.stringify(whole));
  });

  test('makes no directory for itself, before the tour or after cleanup', () => {
    const workspace = ownWorkspace();
    const progress = openProgress(workspace, { keep: true });
    progress.markCompleted('a/b');
    rmSync(workspace.dir, { recursive: true });
    progress.save();
    expect(existsSync(workspace.dir)).toBe(false);
  });

  test('writes nothing into another directory that has taken its place', () => {
    const workspace = ownWorkspace();
    const progress = openProgress(workspace, { keep: true });
    progress.markCompleted('a/b');
    rmSync(workspace.dir, { recursive: true });
    mkdirSync(workspace.own, { recursive: true });
    const precious = join(temporaryDirectory(), 'precious');
    symlinkSync(precious, `${fileOf(workspace)}.new`);
    progress.save();
    expect(existsSync(precious)).toBe(false);
    expect(readdirSync(workspace.own)).toEqual(['progress.json.new']);
  });

  test('says so where it is not let, and keeps what there was', () => {
    const workspace = ownWorkspace();
    writeFileSync(fileOf(workspace), JSON.stringify(whole));
    mkdirSync(`${fileOf(workspace)}.new`);
    const progress = openProgress(workspace, { keep: true });
    progress.markCompleted('c/d');
    expect(() => progress.save()).toThrow(TourError);
    expect(readFileSync(fileOf(workspace), 'utf8')).toBe(JSON.stringify(whole));
  });
});
