import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
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

async function failing(sandbox: Sandbox): Promise<string[]> {
  return (await sandbox.check()).filter(isNotPassed).map(({ check }) => check.id);
}

const isNotPassed = ({ outcome }: LabResult) => outcome.status !== 'pass';

const said = (results: readonly LabResult[]) =>
  results
    .filter(isNotPassed)
    .map(({ check, outcome }) => `${check.id}: ${JSON.stringify(outcome)}`);

async function perform({ place }: Sandbox, script: Script): Promise<void> {
  const { code, output } = await runIn(place.host, script, place.variables);
  expect(code, output).toBe(0);
}

const deleteAll: Script = { source: 'rm -rf "$LAB"' };

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
    broken = results.filter(isNotPassed).map(({ check }) => check.id);
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
      expect((await failing(sandbox)).sort()).toEqual([...fails].sort());
      expect(sandbox.solved()).toBeUndefined();
    },
  );

  test('refuses a sandbox whose files are gone, and another image', async () => {
    await sandbox.reset();
    await perform(sandbox, deleteAll);
    expect(await failing(sandbox)).not.toEqual([]);
    await sandbox.reset();
    if (labCase.checks.some(({ id }) => id === 'content')) {
      await perform(sandbox, deleteAll);
      const other = makings(sandbox.place, '0123456789abcdef');
      expect((await runIn(sandbox.place.host, goodImage, other)).code).toBe(0);
      expect(await failing(sandbox)).toContain('content');
    }
    expect(sandbox.solved()).toBeUndefined();
  });

  test.each(labCase.solutions.map((script, index) => [index + 1, script] as const))(
    'takes right mend %d, and can be reset after it',
    async (_, script) => {
      const { printed } = await sandbox.reset();
      expect(printed.output).toMatch(labCase.prints);
      expect(await failing(sandbox)).toEqual(broken);
      await perform(sandbox, script);
      expect(said(await sandbox.check())).toEqual([]);
      expect(sandbox.solved()).toMatchObject({ hints: 0 });
      await sandbox.reset();
      expect(await failing(sandbox)).toEqual(broken);
    },
  );

  test.runIf(labCase.hints.at(-1)?.command !== undefined)(
    'is mended by its last hint',
    async () => {
      await sandbox.reset();
      await perform(sandbox, { source: labCase.hints.at(-1)?.command ?? '' });
      expect(said(await sandbox.check())).toEqual([]);
    },
  );

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
