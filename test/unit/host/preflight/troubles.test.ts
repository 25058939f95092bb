import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  explained,
  remedyOf,
  troubled,
  troubleIds,
  troubleOf,
  troubleshootingPage,
} from '../../../../src/host/preflight/troubles.ts';

test('the page beside lesson 00 is what doctor --explain all prints', () => {
  const path = join(import.meta.dirname, '../../../../lessons/00-prerequisites/TROUBLESHOOTING.md');
  expect(readFileSync(path, 'utf8')).toBe(troubleshootingPage());
});

describe.each(troubleIds)('%s', (id) => {
  const { symptom, cause, remedy, paste = [] } = troubleOf(id);

  test('says in whole sentences what shows, why it matters and what to do', () => {
    for (const text of [symptom, cause]) expect(text).toMatch(/^[A-Z/a-z].*\.$/);
    expect(remedy).toMatch(paste.length > 0 ? /[.:)]$/ : /\.$/);
    for (const text of [symptom, cause, remedy]) expect(text).not.toMatch(/!|\n/);
  });

  test('is on the page under its id, with all its lines', () => {
    expect(troubleshootingPage()).toContain(`\n### ${id}\n\n${explained(id)}\n`);
    for (const line of paste) expect(explained(id)).toContain(`\n    ${line}`);
  });

  test('is an error that says what was seen, what to do, and where more is said', () => {
    const error = troubled(id, 'This was seen.');
    expect(error).toMatchObject({ message: 'This was seen.', hint: remedyOf(id), exit: 4 });
    expect(error.hint).toContain(remedy);
    expect(error.hint).toMatch(new RegExp(`More: handroll-tour doctor --explain ${id}$`));
  });
});
