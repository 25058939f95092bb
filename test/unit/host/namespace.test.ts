import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import type { Containerd } from '../../../src/host/containerd.ts';
import { namespaceOwner } from '../../../src/host/namespace.ts';
import { locate } from '../../../src/host/workspace.ts';

test.each([
  ['nothing else', {}, "unknown: its mark doesn't say whose tour it is"],
  [
    'no number',
    { user: `@${hostname()}`, workdir: '/w' },
    "unknown: its mark doesn't say whose tour it is",
  ],
  ['no directory', { user: `0@${hostname()}` }, "unknown: its mark doesn't say whose tour it is"],
  ['root', { user: `0@${hostname()}`, workdir: '/w' }, 'the tour of root in /w'],
  [
    'another machine',
    { user: '0@elsewhere', workdir: '/w' },
    'the tour of root on elsewhere in /w',
  ],
  [
    'bytes for the terminal',
    { user: '0@a', workdir: '/w%1B%5B2J' },
    'the tour of root on a in /w\\u{1b}[2J',
  ],
])('a namespace that is marked with an id and %s', async (_, labels, owner) => {
  const marked = new Map([
    ['handroll-tour.id', 'f240f3f36631acd3'],
    ...Object.entries(labels).map(([name, value]) => [`handroll-tour.${name}`, value] as const),
  ]);
  const containerd: Pick<Containerd, 'mode' | 'namespaceLabels'> = {
    mode: 'system',
    namespaceLabels: async () => marked,
  };
  const workspace = locate({ workdir: '/nonexistent' }, {});
  expect(await namespaceOwner(containerd as Containerd, workspace, 0)).toEqual({
    whose: 'theirs',
    owner,
  });
});
