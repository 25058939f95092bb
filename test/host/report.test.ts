import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, release } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lessons } from '../../lessons/index.ts';
import { keyOf } from '../../src/engine/lesson.ts';
import { workOf } from '../../src/engine/update.ts';
import { ownPlace } from '../helpers/host.ts';
import { type Learner, ownLearner } from '../helpers/learner.ts';
import { until } from '../helpers/machine.ts';
import type { Program } from '../helpers/program.ts';

/*
 * `handroll-tour report` of a tour that really took place: half of it first, then all of it, after the
 * container is gone, and in the end without a containerd that could be asked. Whose tour it was is nobody's
 * business, so it is that of somebody with a name.
 */

const parent = ownPlace();
const place = { ...parent, workdir: join(parent.parent, 'home/demo') };
const own = join(place.workdir, '.handroll-tour');
let the: Learner;
let command: Program;

beforeAll(async () => {
  the = await ownLearner(place);
  command = the.program(['--privilege', 'rootless']);
});
afterAll(() => the.close());

async function reported(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await command.run('report', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function pageOf(name: string): Promise<string> {
  const file = join(the.home, name);
  const { code, stdout, stderr } = await command.run('report', '-o', file, '--force');
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: '',
    stderr: `The report is in ${file}.\n`,
  });
  return readFileSync(file, 'utf8');
}

test('where there is no tour there is nothing to report', async () => {
  const { code, stdout, stderr } = await command.run('report');
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
  expect(stderr).toContain('There is no tour in');
  expect(existsSync(place.workdir)).toBe(false);
});

describe('half a tour', () => {
  beforeAll(async () => {
    expect((await command.run('run', '--to', '03-layers/gzip')).code).toBe(0);
  });

  test('tells what was done, and what is still to come', async () => {
    const text = await reported();
    expect(text).toMatch(/So far \d+ of \d+ steps were done/);
    expect(text).toContain('## 3  Layers: tar, gzip, two hashes');
    expect(text).not.toContain('## 4  The OCI layout');
    expect(text).toMatch(/^\| 4 {2}The OCI layout \|/m);
    expect(text).toMatch(/^\| the digest of the manifest \| not known \|$/m);
  });

  test('looking for it leaves nothing behind', async () => {
    const before = readFileSync(join(own, 'progress.json'), 'utf8');
    await reported();
    expect(readFileSync(join(own, 'progress.json'), 'utf8')).toBe(before);
    await until(() => the.machine.processes().length === 0);
  });
});

describe('all of it', () => {
  beforeAll(async () => {
    expect((await command.run('run')).code).toBe(0);
    // Predictions are the learner's own: `run` makes none.
    const path = join(own, 'progress.json');
    const progress = JSON.parse(readFileSync(path, 'utf8'));
    progress.answers['05-import/import'] = { choice: 0, right: 1, said: 'containerd lists <it>' };
    progress.kept['02-filesystems/delta'].printed.lines = ['<script>alert(1)</script>\u001b[31m'];
    writeFileSync(path, JSON.stringify(progress));
  });

  test('every step is told, with its script, its output and its evidence', async () => {
    const text = await reported();
    const steps = workOf(lessons);
    expect(text).toContain(`All ${steps.length} steps were done`);
    for (const { step } of steps) expect(text, step.title).toContain(`### ${step.title}`);
    expect(text.match(/^```bash$/gm)).toHaveLength(steps.length);
    expect(text.match(/^- ✔ /gm)).toHaveLength(steps.flatMap(({ step }) => step.checks).length);
    expect(text).not.toContain('- ▲');
    // The container is gone: what it was is told as it was witnessed.
    expect(text).toMatch(/the container runs {2}\n {2}.*\(seen \d{4}-\d\d-\d\d \d\d:\d\d UTC\)/);
    expect(text).toContain(`Linux ${release()}`);
    expect(text).toMatch(/^\| containerd \| \d+\.\d+.*private \|$/m);
  });

  test('the digests are those of the image', async () => {
    const text = await reported();
    const index = JSON.parse(readFileSync(join(place.workdir, 'oci/index.json'), 'utf8'));
    expect(text).toContain(`| the digest of the manifest | \`${index.manifests[0].digest}\` |`);
  });

  test('the page says the same, and what a script printed stays text', async () => {
    const source = await pageOf('report.html');
    for (const place of workOf(lessons)) expect(source).toContain(`<section id="${keyOf(place)}">`);
    expect(source).toContain('&lt;script&gt;alert(1)&lt;/script&gt;[31m');
    expect(source).not.toContain('<script');
    expect(source).not.toContain('\u001b');
    expect(source).toContain('data-column="Seen">containerd lists &lt;it&gt;<');
    expect(source.match(/<svg /g)).toHaveLength(lessons.filter(({ picture }) => picture).length);
    expect(await pageOf('report.md')).toMatch(/^# A container image/);
  });

  test('names neither this machine nor its owner', async () => {
    const told = (await reported()) + (await pageOf('report.html'));
    expect(told).not.toContain(place.parent);
    expect(told).toContain('~/demo');
    expect(told.match(/.*\blearner\b.*/g)).toBeNull();
    if (hostname().length > 4) expect(told).not.toContain(hostname());
  });

  test('where containerd cannot be asked any more, what was seen then is told', async () => {
    renameSync(join(own, 'containerd/root'), join(own, 'containerd/away'));
    writeFileSync(join(own, 'containerd/root'), '');
    chownSync(join(own, 'containerd/root'), the.uid, the.uid);
    try {
      const text = await reported();
      expect(text).toContain('| containerd | does not answer now |');
      expect(text).toContain(`All ${workOf(lessons).length} steps were done`);
      expect(text).toMatch(/- ▲ .*\n {2}.*\(can't be checked now: .*\)/);
    } finally {
      rmSync(join(own, 'containerd/root'));
      renameSync(join(own, 'containerd/away'), join(own, 'containerd/root'));
    }
  });
});
