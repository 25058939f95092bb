import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import {
  callerDialect,
  dialectOf,
  exportLines,
} from '../../../../src/host/user-shell/shell-dialect.ts';

const odd = { PLAIN: '/w', ODD: `it's $HOME "and" \`more\` \\ end`, EMPTY: '' };

describe('what sets variables', () => {
  test('is read back by a POSIX shell as it was', () => {
    const lines = exportLines(odd, "/it's first", 'posix').join('\n');
    const script = `${lines}\nprintf '%s|' "$PLAIN" "$ODD" "$EMPTY" "$PATH"`;
    const read = execFileSync('/bin/sh', ['-c', script], { env: { PATH: '/bin' } }).toString();
    expect(read.split('|')).toEqual([odd.PLAIN, odd.ODD, '', "/it's first:/bin", '']);
  });

  test('is another language for fish', () => {
    expect(exportLines({ ODD: "it's \\ it" }, '/a b', 'fish')).toEqual([
      "set -gx ODD 'it\\'s \\\\ it';",
      "set -gx PATH '/a b' $PATH;",
    ]);
  });

  test('leaves PATH alone where nothing goes first', () => {
    expect(exportLines({ A: '1' }, undefined, 'posix')).toEqual(["export A='1'"]);
  });
});

test.each([
  ['/usr/bin/fish', 'fish'],
  ['fish', 'fish'],
  ['/bin/zsh', 'posix'],
  ['dash', 'posix'],
])('%s speaks %s', (shell, dialect) => {
  expect(dialectOf(shell)).toBe(dialect);
});

test('where /proc says nothing, it is POSIX', () => {
  expect(callerDialect(0)).toBe('posix');
});
