import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alreadyExists } from '../../lessons/lab/18-already-exists/case.ts';
import { labCases } from '../../lessons/lab/index.ts';
import { goodImage } from '../../lessons/lab/script.ts';
import type { LabCase, LabResult } from '../../src/engine/lab/case.ts';
import { runIn } from '../../src/engine/lab/look.ts';
import { makings } from '../../src/engine/lab/place.ts';
import { type Sandbox, sandboxOf } from '../../src/engine/lab/sandbox.ts';
import type { Script } from '../../src/engine/script.ts';
import { type Host, openHost } from '../../src/host/host.ts';
import { inventory } from '../../src/host/inventory.ts';
import { removeFromContainerd, removeFromMachine } from '../../src/host/removal.ts';
import { ownPlace } from '../helpers/host.ts';
import { type Learner, ownLearner } from '../helpers/learner.ts';
import { jsonLines, type Program, result } from '../helpers/program.ts';

/*
 * Every case, both ways: broken, it shows its ticket's symptom and isn't taken for mended; each right mend
 * passes and each wrong one doesn't; reset brings the broken state back; cleanup leaves nothing.
 * `npm test -- lab NN` runs one of them.
 */

const place = ownPlace();
let host: Host;

beforeAll(async () => {
  host = await openHost({ containerd: 'private', ...place });
});

afterAll(() => {
  host.close();
  place.remove();
});

const isNotPassed = ({ outcome }: LabResult) => outcome.status !== 'pass';

const failed = (results: readonly LabResult[]) =>
  results.filter(isNotPassed).map(({ check }) => check.id);

const failing = async (sandbox: Sandbox) => failed(await sandbox.check());

const said = (results: readonly LabResult[]) =>
  results
    .filter(isNotPassed)
    .map(({ check, outcome }) => `${check.id}: ${JSON.stringify(outcome)}`);

async function perform({ place }: Sandbox, script: Script): Promise<void> {
  const { code, output } = await runIn(place, script, place.variables);
  expect(code, output).toBe(0);
}

/** With what a learner has mounted in it. */
const deleteAll: Script = {
  source: `findmnt -rn -o TARGET | grep "^$LAB/" | tac | xargs -r -n 1 umount || true
rm -rf "$LAB"`,
};

describe.each(
  labCases.map((labCase): { id: string; labCase: LabCase } => ({ id: labCase.id, labCase })),
)('$id', ({ labCase }) => {
  let sandbox: Sandbox;
  /** What fails as long as nothing is done. */
  let broken: string[];

  beforeAll(() => {
    sandbox = sandboxOf(labCase, host, goodImage);
  });

  test('shows the symptom of its ticket, and is not taken for mended', async () => {
    const { printed } = await sandbox.open();
    expect(printed.output).toMatch(labCase.prints);
    const results = await sandbox.check();
    broken = failed(results);
    expect(broken).not.toEqual([]);
    expect(sandbox.solved()).toBeUndefined();
    if (labCase.prediction !== undefined) {
      const { choices, answer } = labCase.prediction;
      expect(choices[answer(printed)]).toBeDefined();
    }
  });

  test.each(labCase.wrongMends.map((mend) => [mend.name, mend] as const))(
    'refuses: %s',
    async (_, { script, fails }) => {
      await sandbox.reset();
      await perform(sandbox, script);
      const results = await sandbox.check();
      expect(failed(results).sort(), said(results).join('\n')).toEqual([...fails].sort());
      expect(sandbox.solved()).toBeUndefined();
    },
  );

  test('refuses a sandbox whose files are gone, and another image', async () => {
    await perform(sandbox, deleteAll);
    expect(await failing(sandbox)).not.toEqual([]);
    if (labCase.checks.some(({ id }) => id === 'content')) {
      const other = makings(sandbox.place, '0123456789abcdef');
      expect((await runIn(sandbox.place, goodImage, other)).code).toBe(0);
      expect(await failing(sandbox)).toContain('content');
    }
    expect(sandbox.solved()).toBeUndefined();
  });

  // The reset is from what the test before has made: a mended case, or one without files.
  test.each(labCase.solutions.map((script, index) => [index + 1, script] as const))(
    'is broken again by a reset, and takes right mend %d',
    async (_, script) => {
      const { printed } = await sandbox.reset();
      expect(printed.output).toMatch(labCase.prints);
      expect(await failing(sandbox)).toEqual(broken);
      await perform(sandbox, script);
      expect(said(await sandbox.check())).toEqual([]);
      expect(sandbox.solved()).toMatchObject({ hints: 0 });
    },
  );

  test('is broken again by a reset, and mended by its last hint', async () => {
    await sandbox.reset();
    expect(await failing(sandbox)).toEqual(broken);
    await perform(sandbox, { source: labCase.hints.at(-1)?.command ?? '' });
    expect(said(await sandbox.check())).toEqual([]);
  });

  test('leaves nothing after its attempts but its own namespace', async () => {
    const containerd = await host.containerd();
    const names = (await containerd.namespaces()).filter((name) => name.includes('-lab-'));
    expect(names.filter((name) => /-lab-\d\d-\d/.test(name))).toEqual([]);
  });
});

test('cleanup removes the labs too, and proves that nothing is left', async () => {
  // Whichever cases ran before: this one has an image and snapshots in containerd.
  await sandboxOf(alreadyExists, host, goodImage).open();
  const { ours } = await inventory(host);
  const named = ours.filter(({ kind, name }) => kind === 'namespace' && name.includes('-lab-'));
  expect(named.length).toBeGreaterThan(0);
  await removeFromContainerd(host, () => {});
  const containerd = await host.containerd();
  expect(await containerd.namespaces()).toEqual([]);
  await removeFromMachine(host, () => {});
  expect((await inventory(host)).ours).toEqual([]);
  expect(existsSync(place.workdir)).toBe(false);
  expect(execFileSync('cat', ['/proc/self/mountinfo'], { encoding: 'utf8' })).not.toContain(
    place.parent,
  );
});

describe('as an ordinary user, without root', () => {
  const own = ownPlace();
  let the: Learner;
  let tour: Program;
  let held: Awaited<ReturnType<Program['hold']>>;

  beforeAll(async () => {
    the = await ownLearner(own);
    tour = the.program(['--privilege', 'rootless']);
    held = await tour.hold('true');
  });

  afterAll(() => the.close());

  test.each(labCases.map((labCase) => ({ id: labCase.id, labCase })))(
    '$id is broken, and mended in the same way',
    async ({ id, labCase }) => {
      const opened = await tour.run('lab', id, '--json');
      if (opened.code !== 0) {
        // It can't be had here, and says why.
        expect(labCase.unavailable).toBeDefined();
        expect(result(opened.stdout)).toMatchObject({
          error: expect.stringMatching(/It needs root, because /),
        });
        return;
      }
      expect(jsonLines(opened.stdout)[0]?.output).toMatch(labCase.prints);
      const before = await tour.run('lab', 'check', id, '--json');
      expect(before).toMatchObject({ code: 1, stderr: '' });
      const script = join(own.parent, `${id}.sh`);
      writeFileSync(script, labCase.solutions[0].source);
      // The shell is in the namespaces of the private containerd, and so is the command in it.
      const line = `bash -euo pipefail ${script} >&2 && handroll-tour lab check --json`;
      const mended = await tour.run('lab', 'shell', id, '-c', line);
      const told = `${mended.stdout}\n${mended.stderr}`;
      expect(mended.code, told).toBe(0);
      expect(result(mended.stdout), told).toMatchObject({ ok: true });
    },
  );

  test('cleanup leaves nothing there either', async () => {
    await held.letGo();
    const { code, stdout } = await tour.run('cleanup', '--json');
    expect({ code, last: result(stdout) }).toMatchObject({ code: 0, last: { ok: true } });
    expect(existsSync(own.workdir)).toBe(false);
  });
});
