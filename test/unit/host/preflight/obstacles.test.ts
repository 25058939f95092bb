import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  explainObstacle,
  obstacleError,
  obstacleIds,
  obstacleOf,
  troubleshootingPage,
} from '../../../../src/host/preflight/obstacles.ts';

test('the page beside lesson 00 is what doctor --explain all prints', () => {
  const path = join(import.meta.dirname, '../../../../lessons/00-prerequisites/TROUBLESHOOTING.md');
  expect(readFileSync(path, 'utf8')).toBe(troubleshootingPage());
});

test('each says in whole sentences what shows, why it matters and what to do', () => {
  for (const id of obstacleIds) {
    const { symptom, cause, remedy, paste = [] } = obstacleOf(id);
    for (const text of [symptom, cause]) expect(text, id).toMatch(/^[A-Z/a-z].*\.$/);
    expect(remedy, id).toMatch(paste.length > 0 ? /[.:)]$/ : /\.$/);
    for (const text of [symptom, cause, remedy]) expect(text, id).not.toMatch(/!|\n/);
  }
});

test('each is on the page under its id, with all that it says', () => {
  for (const id of obstacleIds) {
    const { symptom, cause, remedy, paste = [] } = obstacleOf(id);
    expect(troubleshootingPage()).toContain(`\n### ${id}\n\n${explainObstacle(id)}\n`);
    const lines = paste.map((line) => `    ${line}`);
    for (const said of [symptom, cause, remedy, ...lines])
      expect(explainObstacle(id)).toContain(said);
  }
});

test('each is an error that says what was seen, what to do, and where more is said', () => {
  for (const id of obstacleIds) {
    const { remedy, paste = [] } = obstacleOf(id);
    const hint = [remedy, ...paste.map((line) => `  ${line}`)].join('\n');
    expect(obstacleError(id, 'This was seen.')).toMatchObject({
      message: 'This was seen.',
      hint: `${hint}\nMore: handroll-tour doctor --explain ${id}`,
      exit: 4,
    });
  }
});
