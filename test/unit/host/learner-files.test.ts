import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { keepCopied, putLearnerFiles, sourceLine } from '../../../src/host/learner-files.ts';
import { claim } from '../../../src/host/ownership.ts';

const folder = mkdtempSync(join(tmpdir(), 'handroll-learner-'));
afterAll(() => rmSync(folder, { recursive: true }));

const at = (dir: string, namespace = 'spelunking') => ({
  given: dir,
  dir,
  own: join(dir, '.handroll-tour'),
  namespace,
});

describe('the line for another terminal', () => {
  const home = homedir();
  test.each([
    [join(home, 'container-demo'), '. ~/container-demo/.handroll-tour/env'],
    ['/srv/tour', '. /srv/tour/.handroll-tour/env'],
    [join(home, 'my demo'), ". ~/'my demo/.handroll-tour/env'"],
    ["/srv/it's", ". '/srv/it'\\''s/.handroll-tour/env'"],
  ])('%s', (dir, line) => {
    expect(sourceLine(at(dir), 'posix')).toBe(line);
  });

  test('in fish', () => {
    const line = 'source ~/container-demo/.handroll-tour/env.fish';
    expect(sourceLine(at(join(home, 'container-demo')), 'fish')).toBe(line);
    expect(sourceLine(at("/srv/it's"), 'fish')).toBe(
      "source '/srv/it\\'s/.handroll-tour/env.fish'",
    );
  });
});

/** A program that says what it was called with, where and as what. */
const program = join(folder, 'program.cjs');
writeFileSync(
  program,
  `const { WORKDIR, CTR_NAMESPACE } = process.env;
const [verb, ...args] = process.argv.slice(2);
const said = Buffer.from(args.join(' ')).toString('hex');
if (verb === 'env') console.log('export SAID=' + said);
else console.log(JSON.stringify({ verb, args, WORKDIR, CTR_NAMESPACE }));
`,
);

describe('what it puts there', () => {
  const dir = join(folder, "a 'strange' $(place)");
  const { own } = at(dir);
  mkdirSync(own, { recursive: true });
  putLearnerFiles(at(dir, 'own-space'), program, { containerd: 'private', address: "/a 'b" });

  test.each(['sh', 'bash', 'dash'])(
    'sourced in %s it sets the names and the command',
    async (shell) => {
      const script = '. "$1/env"; printf "%s\\n" "$SAID"; handroll-tour check "a b"';
      const { stdout } = await execa(shell, ['-euc', script, shell, own]);
      const [said, called = ''] = stdout.split('\n');
      expect(Buffer.from(said ?? '', 'hex').toString()).toBe(
        "--shell posix --containerd private --address /a 'b",
      );
      const where = { WORKDIR: dir, CTR_NAMESPACE: 'own-space' };
      expect(JSON.parse(called)).toEqual({ verb: 'check', args: ['a b'], ...where });
    },
  );

  test('twice, and nothing unfinished stays', () => {
    putLearnerFiles(at(dir), program, {});
    expect(readdirSync(own).sort()).toEqual(['bin', 'env', 'env.fish', 'program']);
    expect(readdirSync(join(own, 'program')).sort()).toEqual(['handroll-tour', 'node']);
    expect(readlinkSync(join(own, 'program/node'))).toBe(process.execPath);
  });

  test('a program that has gone is said to be gone', async () => {
    const gone = at(join(folder, 'gone'));
    mkdirSync(gone.own, { recursive: true });
    const elsewhere = join(folder, 'elsewhere.cjs');
    writeFileSync(elsewhere, '');
    putLearnerFiles(gone, elsewhere, {});
    rmSync(elsewhere);
    const ran = await execa(join(gone.own, 'bin/handroll-tour'), ['list'], { reject: false });
    expect(ran).toMatchObject({ exitCode: 127, stderr: expect.stringMatching(/not where it was/) });
  });
});

describe('what was copied', () => {
  test('is kept in a file', () => {
    const place = at(join(folder, 'copies'));
    claim(place);
    const path = keepCopied(place, 'tar -c .\n');
    expect(readFileSync(path ?? '', 'utf8')).toBe('tar -c .\n');
  });

  test('makes no directory again after cleanup', () => {
    const place = at(join(folder, 'cleaned-up'));
    expect(keepCopied(place, 'tar -c .\n')).toBeUndefined();
    expect(existsSync(place.dir)).toBe(false);
  });
});

describe('what another has planted', () => {
  test('a link in place of a file is replaced, and what it leads to is left alone', () => {
    const place = at(join(folder, 'linked'));
    const theirs = join(folder, 'theirs');
    mkdirSync(join(place.own, 'bin'), { recursive: true });
    for (const name of ['env', 'bin/handroll-tour']) symlinkSync(theirs, join(place.own, name));
    putLearnerFiles(place, program, {});
    expect(existsSync(theirs)).toBe(false);
    expect(lstatSync(join(place.own, 'env')).isFile()).toBe(true);
  });

  test('a link in place of a directory is refused', () => {
    const place = at(join(folder, 'bin-linked'));
    const theirs = join(folder, 'their-bin');
    mkdirSync(theirs);
    mkdirSync(place.own, { recursive: true });
    symlinkSync(theirs, join(place.own, 'bin'));
    expect(() => putLearnerFiles(place, program, {})).toThrow(/bin is a link/);
    expect(readdirSync(theirs)).toEqual([]);
  });
});
