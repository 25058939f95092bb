import { expect, test } from 'vitest';
import { controlGroup, namespacesInWords, numberedBy } from '../../../lessons/facts/container.ts';
import { openObservation } from '../../../src/engine/observation.ts';
import { openProgress } from '../../../src/engine/progress.ts';
import type { Containerd } from '../../../src/host/containerd.ts';
import { fakeHost } from '../../helpers/fake-host.ts';
import { temporaryWorkspace } from '../../helpers/temporary.ts';

test('what is told about a container can be read after it has ended', async () => {
  const workspace = temporaryWorkspace();
  const ended = { running: async () => undefined } as Partial<Containerd> as Containerd;
  const { host } = fakeHost(workspace, { containerd: () => Promise.resolve(ended) });
  const observation = openObservation(host, openProgress(workspace, { keep: false }));
  expect(await observation.get(numberedBy)).toBe('The process in that list has ended since');
  expect(await observation.get(namespacesInWords)).toBe(
    'demo has ended since, and its namespaces with it',
  );
  expect(await observation.get(controlGroup)).toBe('Its control group is gone, too');
});
