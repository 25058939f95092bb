import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lessons } from '../../../lessons/index.ts';
import { labCases } from '../../../lessons/lab/index.ts';
import { plain } from '../../../src/engine/text.ts';

/* What holds for every case without a machine: `npm test -- lab` proves the rest. */

const folder = join(import.meta.dirname, '../../../lessons/lab');

test('every folder is a case, in order', () => {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((each) => each.isDirectory());
  const ids = labCases.map(({ id }) => id);
  expect(ids.toSorted()).toEqual(folders.map(({ name }) => name).toSorted());
  expect(new Set(ids.map((id) => id.slice(0, 2))).size).toBe(ids.length);
});

describe.each(labCases.map((labCase) => ({ id: labCase.id, labCase })))('$id', ({ labCase }) => {
  const { id, checks, hints, wrongMends, debrief, after, ticket, prediction } = labCase;

  test('has an id that names a directory, and follows a lesson', () => {
    expect(id).toMatch(/^\d\d(-[a-z0-9]+)+$/);
    expect(lessons.map((lesson) => lesson.id)).toContain(after);
  });

  test('has a ladder of hints that ends with a command', () => {
    expect(hints.length).toBeGreaterThanOrEqual(3);
    expect(hints.at(-1)?.command).toBeDefined();
  });

  test('names checks of its own in its wrong mends', () => {
    const ids = checks.map((check) => check.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { fails } of wrongMends) expect(ids).toEqual(expect.arrayContaining([...fails]));
    expect(new Set(wrongMends.map(({ name }) => name)).size).toBe(wrongMends.length);
  });

  test('has a ticket of a role, and reports that can be looked up', () => {
    expect(ticket.from).toMatch(/^[a-z]/);
    for (const issue of debrief.issues) expect(issue).toMatch(/^[\w.-]+\/[\w.-]+#\d+$/);
    for (const text of [ticket.text, debrief.was, debrief.find, debrief.field, debrief.prevent]) {
      expect(plain(text, new Map())).toMatch(/[.?!)]$/);
    }
  });

  test('asks for a prediction with two to four choices, or for none', () => {
    const count = prediction?.choices.length ?? 2;
    expect(count).toBeGreaterThanOrEqual(2);
    expect(count).toBeLessThanOrEqual(4);
  });
});
