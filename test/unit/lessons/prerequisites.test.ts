import { mkdirSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { checks } from '../../../lessons/00-prerequisites/checks.ts';
import { lesson } from '../../../lessons/00-prerequisites/lesson.ts';
import { rebuildScript } from '../../../lessons/rebuild.ts';
import { doctor } from '../../../src/commands/doctor.ts';
import type { JsonLine } from '../../../src/commands/json-lines.ts';
import { openObservation } from '../../../src/engine/observation.ts';
import { openProgress } from '../../../src/engine/progress.ts';
import type { ToolId } from '../../../src/host/preflight/needed-tools.ts';
import { installation, parseOsRelease } from '../../../src/host/preflight/packages.ts';
import { prerequisites } from '../../../src/host/preflight/tools.ts';
import { fakeHost } from '../../helpers/fake-host.ts';
import { temporaryWorkspace } from '../../helpers/temporary.ts';

/* A tool that no machine has, added to the one list, is missed by everything that asks for tools. */

const made = vi.hoisted(() => [
  { id: 'zztop-runtime', part: 'runtime' },
  { id: 'zztop-archives', part: 'archives' },
  { id: 'zztop-helpers', part: 'helpers', builds: true },
  { id: 'zztop-shell', part: 'shell' },
]);

vi.mock(import('../../../src/host/preflight/needed-tools.ts'), async (importOriginal) => {
  const original = await importOriginal();
  const families = Object.keys(original.neededTools[0].packages);
  const packages = (id: string) =>
    Object.fromEntries(families.map((family) => [family, `${id}-of-${family}`]));
  for (const each of made) {
    const tool = { why: 'is in no package', packages: packages(each.id), ...each };
    (original.neededTools as readonly unknown[] as unknown[]).push(tool);
  }
  return original;
});

const ids = made.map(({ id }) => id as ToolId);

test('the doctor says that it is missing, and ends with 3', async () => {
  const { dir } = temporaryWorkspace();
  const lines: JsonLine[] = [];
  const io = {
    out: () => {},
    err: () => {},
    json: (line: JsonLine) => lines.push(line),
    bytes: async () => {},
    tty: false,
  };
  const values = { json: true, workdir: dir, containerd: 'private' };
  expect(await doctor.run({ positionals: [], values }, io)).toBe(3);
  for (const id of ids) {
    expect(lines).toContainEqual(
      expect.objectContaining({ type: 'prerequisite', id, status: 'missing' }),
    );
  }
});

/** What a check of lesson 00 says here of the tools that it looks for. */
async function outcomeOf(id: string) {
  const workspace = temporaryWorkspace();
  mkdirSync(workspace.dir);
  const { host } = fakeHost(workspace, { environment: () => ({ PATH: process.env.PATH ?? '' }) });
  const observation = openObservation(host, openProgress(workspace, { keep: false }));
  return checks.machine.find((each) => each.id === id)?.observe(observation);
}

test.each([
  ['runtime', ['zztop-runtime']],
  ['archives', ['zztop-archives']],
  ['helpers', ['zztop-helpers', 'zztop-shell']],
])('the check %s of lesson 00 fails, and names it', async (id, missing) => {
  const outcome = await outcomeOf(id);
  expect(outcome).toMatchObject({ status: 'fail' });
  for (const each of missing) {
    expect(outcome).toHaveProperty('expected', expect.stringContaining(each));
    expect(outcome).toHaveProperty('actual', expect.stringContaining(`${each}: not found`));
  }
});

test('between them, the checks of lesson 00 look for every tool that the doctor looks for', async () => {
  const ofTools = ['runtime', 'archives', 'helpers'];
  const outcomes = await Promise.all(ofTools.map(outcomeOf));
  const named = outcomes.flatMap((outcome) =>
    outcome?.status === 'fail' ? outcome.expected.split(', ') : [],
  );
  // busybox has a check of its own.
  const wanted = (await prerequisites()).map(({ id }) => id).filter((id) => id !== 'busybox');
  expect(named.sort()).toEqual([...wanted].sort());
});

test('the script of lesson 00 looks for it, but for those of the shell', () => {
  const script = lesson.steps[0].script.source;
  const [, names = ''] = /^for tool in (.*); do$/m.exec(script) ?? [];
  const shown = names.split(' ').filter((name) => name.startsWith('zztop'));
  expect(shown).toEqual(ids.filter((id) => !id.endsWith('shell')));
});

test('the rebuilt script asks for what an image is built with', () => {
  const script = rebuildScript({
    busybox: undefined,
    architecture: 'amd64',
    namespace: 'spelunking',
    whiteout: 'device',
    digests: {},
    documents: {},
    unmet: [],
  });
  expect(script).toMatch(/^for tool in .*\bzztop-helpers\b.*; do$/m);
  expect(script).not.toContain('zztop-runtime');
});

test.each(['debian', 'fedora', 'rhel', 'amzn', 'alpine', 'arch', 'opensuse'])(
  'on %s its package is in the install command',
  (id) => {
    const distribution = parseOsRelease(`ID=${id}\n`);
    const command = installation(distribution, ids)?.commands.at(-1)?.split(' ') ?? [];
    for (const each of ids) expect(command).toContain(`${each}-of-${distribution.family}`);
  },
);
