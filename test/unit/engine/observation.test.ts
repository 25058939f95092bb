import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Fact, fact } from '../../../src/engine/fact.ts';
import { NotYet, openObservation } from '../../../src/engine/observation.ts';
import { openProgress } from '../../../src/engine/progress.ts';
import { knownVariables } from '../../../src/engine/variables.ts';
import type { Host } from '../../../src/host/host.ts';
import { fakeHost } from '../../helpers/fake-host.ts';
import { temporaryWorkspace } from '../../helpers/temporary.ts';

function newObservation(differing: Partial<Host> = {}) {
  const workspace = temporaryWorkspace();
  mkdirSync(workspace.dir);
  const progress = openProgress(workspace, { keep: false });
  return openObservation(fakeHost(workspace, differing).host, progress);
}

function counted<T>(read: () => Promise<T | undefined>): { it: Fact<T>; reads: () => number } {
  let reads = 0;
  const it = fact<T>('it', {
    what: 'the thing',
    from: '01/make',
    variable: 'THING',
    read: async () => {
      reads += 1;
      return read();
    },
  });
  return { it, reads: () => reads };
}

describe('facts', () => {
  test('are read once in a look, and anew in the next', async () => {
    const { it, reads } = counted(async (): Promise<number> => reads());
    const observation = newObservation();
    expect(
      await Promise.all([observation.get(it), observation.need(it), observation.get(it)]),
    ).toEqual([1, 1, 1]);
    expect(await openObservation(observation.host, observation.progress).get(it)).toBe(2);
  });

  test('that are not there are undefined, or not there yet', async () => {
    const { it } = counted(async () => undefined);
    const observation = newObservation();
    expect(await observation.get(it)).toBeUndefined();
    await expect(observation.need(it)).rejects.toThrow(NotYet);
    await expect(observation.need(it)).rejects.toMatchObject({
      what: 'the thing',
      from: '01/make',
    });
  });

  test('that need another which is not there are not there either', async () => {
    const { it: first } = counted(async () => undefined);
    const second = fact('second', {
      what: 'what is made of it',
      from: '02/make',
      read: (observation) => observation.need(first),
    });
    const observation = newObservation();
    expect(await observation.get(second)).toBeUndefined();
    await expect(observation.need(second)).rejects.toMatchObject({ from: '02/make' });
  });

  test('that cannot be read say so', async () => {
    const { it } = counted(() => Promise.reject(new Error('EACCES')));
    await expect(newObservation().get(it)).rejects.toThrow('EACCES');
  });

  test('read as they are, unless they are told how', () => {
    const as = { what: 'it', from: 'a/b', read: async () => 12 };
    expect(fact('size', as).show(12)).toBe('12');
    expect(fact('size', { ...as, show: (size) => `${size} bytes` }).show(12)).toBe('12 bytes');
  });

  test('become variables where they are known and have a name', async () => {
    const { it: known } = counted(async () => 12);
    const unknown = { ...known, id: 'unknown', variable: 'UNKNOWN', read: async () => undefined };
    const unreadable = {
      ...known,
      id: 'unreadable',
      variable: 'UNREADABLE',
      read: () => Promise.reject(new Error('EACCES')),
    };
    const nameless = fact('nameless', { what: 'it', from: 'a/b', read: async () => 1 });
    const facts = [known, unknown, unreadable, nameless];
    const observation = newObservation();
    expect(await knownVariables(observation, facts)).toEqual({
      ...observation.host.variables,
      THING: '12',
    });
  });
});

describe('files', () => {
  test('are read where they are', async () => {
    const observation = newObservation();
    mkdirSync(observation.path('oci'));
    writeFileSync(observation.path('oci', 'index.json'), '{}');
    expect((await observation.file('oci', 'index.json'))?.toString()).toBe('{}');
    expect(await observation.exists('oci')).toBe(true);
  });

  test.each([
    ['missing', ['nothing']],
    ['in a directory that is missing', ['nothing', 'there']],
    ['below a file', ['file', 'there']],
  ])('that are %s are not there', async (_, parts) => {
    const observation = newObservation();
    writeFileSync(observation.path('file'), '');
    expect(await observation.file(...parts)).toBeUndefined();
    expect(await observation.exists(...parts)).toBe(false);
  });

  test('that cannot be read are an error of the machine', async () => {
    const observation = newObservation();
    mkdirSync(observation.path('directory'));
    await expect(observation.file('directory')).rejects.toThrow('is not a regular file');
  });
});

test('a tool that sudo has not let begin has no answer', async () => {
  const refused = { code: 1, stdout: '', stderr: 'sudo: a password is required\n' };
  const observation = newObservation({ tool: async () => refused });
  await expect(observation.tool('sudo', '-n', 'cat')).rejects.toThrow(/^sudo wants your password/);
});

test.each([
  ['by us', 137],
  ['by the timeout that wraps it under sudo', 124],
])('a tool that was ended %s before it had answered has no answer', async (_, code) => {
  const observation = newObservation({ tool: async () => ({ code, stdout: '', stderr: '' }) });
  await expect(observation.tool('tree', '-f')).rejects.toMatchObject({
    message: "This didn't end in twenty seconds: tree -f",
    hint: expect.stringContaining('--explain tool-hangs'),
  });
});

test('an outside tool is asked once for one thing', async () => {
  const calls: string[][] = [];
  const observation = newObservation({
    tool: async (...argv) => {
      calls.push(argv);
      return { code: 0, stdout: String(calls.length), stderr: '' };
    },
  });
  expect((await observation.tool('stat', 'a')).stdout).toBe('1');
  expect((await observation.tool('stat', 'a')).stdout).toBe('1');
  expect((await observation.tool('stat', 'a b')).stdout).toBe('2');
  expect((await observation.tool('stat', 'a', 'b')).stdout).toBe('3');
});

test('looking never starts a private containerd for the first time', async () => {
  const containerd = () => Promise.reject(new Error('it was started'));
  const observation = newObservation({
    containerd,
    containerdAccess: { viaWrapper: true, address: undefined },
  });
  await expect(observation.containerd()).rejects.toThrow(NotYet);
  const { dir } = observation.host.workspace;
  mkdirSync(join(dir, '.handroll-tour', 'containerd'), { recursive: true });
  writeFileSync(join(dir, '.handroll-tour', 'containerd', 'config.toml'), '');
  await expect(
    openObservation(observation.host, observation.progress).containerd(),
  ).rejects.toThrow('it was started');
});
