import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { practiceChainId } from '../../../lessons/facts/containerd.ts';
import { openObservation } from '../../../src/engine/observation.ts';
import { openProgress } from '../../../src/engine/progress.ts';
import { sha256 } from '../../../src/oci/digest.ts';
import { fakeHost } from '../../helpers/fake-host.ts';
import { temporaryWorkspace } from '../../helpers/temporary.ts';

const digest = sha256('a chain');
const hash = digest.slice('sha256:'.length);

test.each([
  ['as sha256sum prints it', `${hash}  -\n`, digest],
  ['with the algorithm in front', `sha256:${hash}\n`, digest],
  ['a digit short', `sha256:${hash.slice(1)}\n`, undefined],
])('a chain ID in a file is read %s', async (_, text, expected) => {
  const workspace = temporaryWorkspace();
  mkdirSync(join(workspace.dir, 'practice'), { recursive: true });
  writeFileSync(join(workspace.dir, 'practice', 'chain-id'), text);
  const { host } = fakeHost(workspace, {});
  const observation = openObservation(host, openProgress(workspace, { keep: false }));
  expect(await observation.get(practiceChainId)).toMatchObject({ digest: expected });
});
