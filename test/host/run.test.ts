import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claims } from '../../lessons/claims.ts';
import { lessons } from '../../lessons/index.ts';
import { keyOf } from '../../src/engine/lesson.ts';
import { workOf } from '../../src/engine/update.ts';
import { ownPlace } from '../helpers/host.ts';
import { type Finished, jsonLines, type Line, program, result } from '../helpers/program.ts';

/** Every claim of the article that `run` observes: all but that of the cleanup. */
const allClaims = Object.keys(claims).filter((claim) => claim !== 'C1');

/** The names of the four blobs: of the two layers, the config and the manifest. */
const blobsIn = (workdir: string) => readdirSync(join(workdir, 'oci/blobs/sha256')).sort();

const steps = (lines: readonly Line[]) =>
  lines.filter(({ type }) => type === 'step-end').map(({ lesson, step }) => `${lesson}/${step}`);

const ofType = (lines: readonly Line[], type: string) => lines.filter((line) => line.type === type);

interface Question {
  readonly key: string;
  readonly lesson: string;
  readonly choices: readonly string[];
  readonly right: number;
  readonly said: string;
}

/** Every question of the tour, with what this machine answered. */
function answeredQuestions(workdir: string): Question[] {
  const path = join(workdir, '.handroll-tour/progress.json');
  const { answers } = JSON.parse(readFileSync(path, 'utf8')) as {
    answers: Record<string, { right: number; said: string }>;
  };
  return workOf(lessons).flatMap((place) => {
    const { predict } = place.step;
    const answer = answers[keyOf(place)];
    if (predict === undefined) return [];
    if (answer === undefined) throw new Error(`${keyOf(place)} was not answered`);
    const { right, said } = answer;
    return [{ key: keyOf(place), lesson: place.lesson.id, choices: predict.choices, right, said }];
  });
}

describe('run --json', () => {
  const place = ownPlace();
  const { workdir } = place;
  const tour = program(place);
  let first: Finished;
  let lines: Line[];

  beforeAll(async () => {
    first = await tour.run('run', '--json');
    lines = jsonLines(first.stdout);
  });
  afterAll(place.remove);

  test('ends with 0 and says nothing on stderr', () => {
    expect(first).toMatchObject({ code: 0, stderr: '' });
  });

  test('every check passed, and together they observe every claim', () => {
    const checks = ofType(lines, 'check');
    expect(checks.filter(({ status }) => status !== 'pass')).toEqual([]);
    expect([...new Set(checks.map(({ claim }) => claim))].sort()).toEqual([...allClaims].sort());
    expect(lines.at(-1)).toEqual({
      type: 'result',
      ok: true,
      passed: checks.length,
      failed: 0,
      blocked: 0,
    });
  });

  test('reports every step of lessons 00 to 10 in order, each with its checks', () => {
    const work = workOf(lessons);
    expect(steps(lines)).toEqual(work.map(keyOf));
    const checked = ofType(lines, 'check').map(({ lesson, step, id }) => `${lesson}/${step}/${id}`);
    expect(checked).toEqual(
      work.flatMap((each) => each.step.checks.map(({ id }) => `${keyOf(each)}/${id}`)),
    );
  });

  test('each kind of line has its fields, and no others', () => {
    const text = expect.any(String);
    const names = { lesson: text, step: text };
    const shapes: Record<string, object> = {
      'step-start': { ...names, title: text },
      output: { ...names, text },
      check: {
        ...names,
        id: text,
        claim: text,
        status: 'pass',
        expected: null,
        actual: null,
        hint: null,
        evidence: text,
        diagnosis: null,
      },
      'step-end': { ...names, ok: true, code: 0, milliseconds: expect.any(Number) },
      result: { ok: true, passed: expect.any(Number), failed: 0, blocked: 0 },
    };
    expect(new Set(lines.map(({ type }) => type))).toEqual(new Set(Object.keys(shapes)));
    for (const line of lines) expect(line).toEqual({ type: line.type, ...shapes[line.type] });
  });

  test('what a step printed stands between its start and its end', () => {
    let open: string | undefined;
    for (const { type, lesson, step } of lines.slice(0, -1)) {
      const name = `${lesson}/${step}`;
      if (type === 'step-start') expect(open).toBeUndefined();
      else expect(open).toBe(name);
      open = type === 'step-end' ? undefined : name;
    }
  });

  describe('its questions', () => {
    const answered = () => answeredQuestions(workdir);

    test.each(lessons.map(({ id }) => id).filter((id) => /^(0[1-9]|10)/.test(id)))(
      '%s asks at least two',
      (id) => {
        const quiz = lessons.find((lesson) => lesson.id === id)?.quiz ?? [];
        const before = answered().filter(({ lesson }) => lesson === id);
        expect(before.length + quiz.length).toBeGreaterThanOrEqual(2);
      },
    );

    test('are answered in sentences', () => {
      const odd = answered().filter(({ said }) => !/^[A-Z].*[.?]$/s.test(said));
      expect(odd.map(({ key, said }) => `${key}: ${said}`)).toEqual([]);
    });

    test('have right answers in every position, none of them in more than half', () => {
      const counts = [0, 1, 2, 3].map(
        (position) => answered().filter(({ right }) => right === position).length,
      );
      const some = answered().some(({ choices }) => choices.length === 4)
        ? counts
        : counts.slice(0, 3);
      for (const count of some) {
        expect(count).toBeGreaterThan(0);
        expect(count).toBeLessThanOrEqual(answered().length / 2);
      }
    });

    test('are answered yes at times, and no at others', () => {
      const rights = answered().map(({ choices, right }) => choices[right] ?? '');
      expect(rights.some((each) => /^yes\b/i.test(each))).toBe(true);
      expect(rights.some((each) => /^no\b/i.test(each))).toBe(true);
    });
  });

  describe('the layout that it made', () => {
    test('is accepted by skopeo, under the name with the colon', async () => {
      const image = `oci:${join(workdir, 'oci')}:handroll:latest`;
      const { stdout } = await execa('skopeo', ['inspect', image]);
      const { Layers, Architecture, Os } = JSON.parse(stdout);
      const manifest = JSON.parse((await execa('skopeo', ['inspect', '--raw', image])).stdout);
      expect({ Os, Layers }).toEqual({
        Os: 'linux',
        Layers: manifest.layers.map(({ digest }: { digest: string }) => digest),
      });
      const dpkg = { x64: 'amd64' }[process.arch as string] ?? process.arch;
      expect(Architecture).toBe(dpkg);
    });
  });

  test('a second run is just as green, with the same four digests', async () => {
    const before = blobsIn(workdir);
    const second = await tour.run('run', '--json');
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(result(second.stdout)).toEqual(lines.at(-1));
    expect(blobsIn(workdir)).toEqual(before);
    expect(before).toHaveLength(4);
  });
});

describe('run, a part of it', () => {
  const place = ownPlace();
  const { workdir } = place;
  const tour = program(place);
  afterAll(place.remove);

  test('--only a step that needs an earlier one: says which, and ends with 1', async () => {
    const { code, stdout, stderr } = await tour.run('run', '--only', '04-layout/config', '--json');
    expect(code).toBe(1);
    expect(stderr).toMatch(/needs the DiffID of base, which is not there/);
    expect(stderr).toMatch(/Step 03-layers\/tar creates it/);
    const error = expect.stringContaining('needs the DiffID of base');
    const hint = expect.stringContaining('03-layers/tar');
    const none = { passed: 0, failed: 0, blocked: 0 };
    expect(result(stdout)).toEqual({ type: 'result', ok: false, error, hint, exit: 1, ...none });
  });

  test('--to a lesson performs up to its last step', async () => {
    const { code, stdout } = await tour.run('run', '--to', '03', '--json');
    expect(code).toBe(0);
    const until = workOf(lessons).filter(({ lesson }) => lesson.id <= '03-layers');
    expect(steps(jsonLines(stdout))).toEqual(until.map(keyOf));
  });

  test('--to a step performs up to that step', async () => {
    const { code, stdout } = await tour.run('run', '--to', '04-layout/layers', '--json');
    expect(code).toBe(0);
    expect(steps(jsonLines(stdout)).at(-1)).toBe('04-layout/layers');
    expect(existsSync(join(workdir, 'oci/index.json'))).toBe(false);
  });

  test('--only a lesson performs just that one', async () => {
    const { code, stdout } = await tour.run('run', '--only', '04-layout', '--json');
    expect(code).toBe(0);
    const own = workOf(lessons).filter(({ lesson }) => lesson.id === '04-layout');
    expect(steps(jsonLines(stdout))).toEqual(own.map(keyOf));
    expect(blobsIn(workdir)).toHaveLength(4);
  });

  test('without --json it reads like a report', async () => {
    const { code, stdout } = await tour.run('run', '--only', '02-filesystems/base');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^02-filesystems\/base {2}/);
    expect(stdout).toMatch(/^ {2}ok +F1 /m);
    expect(stdout).toMatch(/1 step, \d checks, all of them hold\.\n/);
  });

  test('stops at the first check that fails, with 1', async () => {
    const fake = join(workdir, '.handroll-tour/bin/sha256sum');
    mkdirSync(join(workdir, '.handroll-tour/bin'), { recursive: true });
    const lie = '0'.repeat(64);
    writeFileSync(fake, `#!/bin/sh\necho "${lie}  -"\n`, { mode: 0o755 });
    const { code, stdout, stderr } = await tour.run('run', '--json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const lines = jsonLines(stdout);
    const failed = ofType(lines, 'check').filter(({ status }) => status !== 'pass');
    expect(failed.length).toBeGreaterThan(0);
    const text = expect.stringMatching(/./);
    for (const each of failed) {
      expect(each).toMatchObject({ status: 'fail', expected: text, actual: text, hint: text });
      expect(each.evidence).toBeNull();
    }
    expect(lines.at(-1)).toMatchObject({ type: 'result', ok: false, failed: failed.length });
    const [{ lesson, step } = { lesson: '', step: '' }] = failed;
    expect(ofType(lines, 'step-start').at(-1)).toMatchObject({ lesson, step });
    expect(ofType(lines, 'step-end').at(-1)).toMatchObject({ lesson, step, ok: false });
  });
});

describe('an import that stops after the image is there', () => {
  const place = ownPlace();
  const tour = program(place);
  /** The config gets a type that is no word; all descriptors are right. */
  const breaks = `
cd oci/blobs/sha256
put() { hash=$(sha256sum <"$1" | cut -d' ' -f1); size=$(stat -c %s "$1"); mv "$1" "$hash"; }
manifest=$(jq -r '.manifests[0].digest[7:]' ../../index.json)
config=$(jq -r '.config.digest[7:]' "$manifest")
jq '.rootfs.type = 5' "$config" >new
rm "$config"
put new
jq --arg digest "sha256:$hash" --argjson size "$size" '.config *= {$digest, $size}' "$manifest" >new
rm "$manifest"
put new
jq --arg digest "sha256:$hash" --argjson size "$size" '.manifests[0] *= {$digest, $size}' \\
  ../../index.json >index
mv index ../../index.json
tar -C ../.. -cf ../../../handroll-image.tar .`;
  const words = /cannot unmarshal number/;

  beforeAll(async () => {
    expect(await tour.run('run', '--to', '04-layout')).toMatchObject({ code: 0 });
    await execa('bash', ['-euo', 'pipefail', '-c', breaks], { cwd: place.workdir });
  });
  afterAll(place.remove);

  test('is foreseen in 04: the check finds what verify finds', async () => {
    const { code, stdout } = await tour.run('check', '04-layout');
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAILED +I1 .*\n +expected +blobs\/sha256\/\S+#\/rootfs\/type: /);
  });

  test('is told in its own words', async () => {
    const { code, stdout } = await tour.run('run', '--only', '05-import/import');
    expect(code).toBe(1);
    expect(stdout).toMatch(words);
    expect(stdout).toMatch(/^ *FAILED +M3 /m);
  });

  test('is the cause that is told in another process, where the snapshots are missing', async () => {
    const { code, stdout } = await tour.run('check', '05-import/import');
    expect(code).toBe(1);
    expect(stdout).toMatch(words);
    expect(stdout).not.toContain('--no-unpack');
  });

  test('and is not any more once the tar was packed again', async () => {
    await execa('tar', ['-C', 'oci', '-cf', 'handroll-image.tar', '.'], { cwd: place.workdir });
    const { stdout } = await tour.run('check', '05-import/import');
    expect(stdout).not.toMatch(words);
  });
});
