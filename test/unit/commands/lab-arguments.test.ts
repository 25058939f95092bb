import { describe, expect, test } from 'vitest';
import { labRequest } from '../../../src/commands/lab-arguments.ts';

const requestOf = (...positionals: string[]) =>
  labRequest({ positionals, values: {} }, '/nonexistent');

describe('a case is named', () => {
  test.each(['01-not-found', '01', '1'])('by %s', (id) => {
    expect(requestOf(id).labCase?.id).toBe('01-not-found');
    expect(requestOf('check', id)).toMatchObject({
      action: 'check',
      labCase: { id: '01-not-found' },
    });
  });

  test('by two digits, where it has two', () => {
    expect(requestOf('10').labCase?.id).toMatch(/^10-/);
  });

  test.each(['', '0', '001', '1-not-found', '99'])('and not by %j', (id) => {
    expect(() => requestOf(id)).toThrow(`There is no case '${id}'.`);
  });
});
