import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isRoot, missingTools } from '../../.config/host-tools.mjs';

/* Shell stands in files of its own, so that what knows the language can read it. */

const root = join(import.meta.dirname, '../..');

/** What reads each kind of file, and says nothing if it is well. */
const checkers = {
  '.sh': ['shellcheck'],
  '.zsh': ['zsh', '--no-exec'],
  '.fish': ['fish', '--no-execute'],
} as const;

/** As root and in CI, `npm test` installs what is missing here. */
const strict = isRoot() || process.env.CI === 'true';
const missing = strict ? [] : await missingTools();

const files = ['src', 'lessons'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
    join(folder, path),
  ),
);

describe.each(Object.entries(checkers))('%s', (extension, [command, ...options]) => {
  const own = files.filter((path) => extname(path) === extension);

  test('there are some', () => {
    expect(own).not.toEqual([]);
  });

  test.skipIf(missing.includes(command)).each(own)(
    `${command} has nothing to say of %s`,
    (path) => {
      const { error, status, stdout, stderr } = spawnSync(command, [...options, path], {
        cwd: root,
        encoding: 'utf8',
      });
      expect({ error, status, said: stdout + stderr }).toEqual({
        error: undefined,
        status: 0,
        said: '',
      });
    },
  );
});
