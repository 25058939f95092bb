import { expect, test } from 'vitest';
import { takesAway } from '../../../lessons/facts/trees.ts';
import { openObservation } from '../../../src/engine/observation.ts';
import { openProgress } from '../../../src/engine/progress.ts';
import type { LayerEntry } from '../../../src/oci/layer.ts';
import { type WhiteoutForm, whiteoutFormOf } from '../../../src/oci/whiteout.ts';
import { fakeHost } from '../../helpers/fake-host.ts';
import { temporaryWorkspace } from '../../helpers/temporary.ts';

function entry(differing: Partial<LayerEntry>): LayerEntry {
  const path = differing.path ?? 'data/.wh.config.txt';
  return {
    name: `./${path}`,
    path,
    kind: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 0,
    size: 0,
    ...differing,
  };
}

const device = entry({ kind: 'character', major: 0, minor: 0 });
const file = entry({});
const null_ = entry({ kind: 'character', major: 1, minor: 3 });

test.each<[string, LayerEntry, WhiteoutForm | undefined]>([
  ['a device 0,0', device, 'device'],
  ['an empty file', file, 'file'],
  ['another device', null_, undefined],
  ['a block device 0,0', entry({ kind: 'block', major: 0, minor: 0 }), undefined],
  ['a file that says something', entry({ size: 5 }), undefined],
  ['a link', entry({ kind: 'symlink', link: 'x' }), undefined],
  ['an opaque marker', entry({ path: 'data/.wh..wh..opq' }), undefined],
  ['an ordinary file', entry({ path: 'data/config.txt' }), undefined],
])('%s', (_, each, form) => {
  expect(whiteoutFormOf(each)).toBe(form);
});

test.each<[string, WhiteoutForm, LayerEntry | undefined, object]>([
  [
    'the device where it can be made',
    'device',
    device,
    { status: 'pass', evidence: 'a device 0,0' },
  ],
  ['the form of the spec will do everywhere', 'device', file, { status: 'pass' }],
  [
    'the file where it has to be',
    'file',
    file,
    { status: 'pass', evidence: 'an empty regular file' },
  ],
  [
    'a device that would be passed over',
    'file',
    device,
    {
      status: 'fail',
      expected: 'data/.wh.config.txt, an empty regular file',
      actual: 'a device 0,0',
      hint: 'Delete it, then make it with touch, because the machine says so.',
    },
  ],
  [
    'no whiteout at all',
    'device',
    undefined,
    {
      status: 'fail',
      expected: 'data/.wh.config.txt, a device 0,0 or an empty regular file',
      actual: 'missing',
      hint: 'the hint',
    },
  ],
  ['another device', 'device', null_, { status: 'fail', actual: 'a character device 1,3' }],
  ['a file with a word in it', 'file', entry({ size: 4 }), { actual: 'a regular file, 4 bytes' }],
  ['a link', 'file', entry({ kind: 'symlink' }), { actual: 'a symlink' }],
])('%s: wanted %s', async (_, form, found, expected) => {
  const workspace = temporaryWorkspace();
  const whiteout = () => ({ form, because: 'the machine says so' });
  const { host } = fakeHost(workspace, { whiteout });
  const observation = openObservation(host, openProgress(workspace, { keep: false }));
  expect(await takesAway(observation, found, 'the hint')).toMatchObject(expected);
});
