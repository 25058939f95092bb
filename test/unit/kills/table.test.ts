import { expect, test } from 'vitest';
import type { Kill } from '../../kills/deck.mjs';
import { differences, table } from '../../kills/table.mjs';

const kill: Kill = {
  command: 'run',
  daemon: 'private',
  target: 'node',
  signal: 'KILL',
  place: '03-layers/tar',
  moment: 'script+10',
  next: 'resume',
};
const survived = { wrong: [], milliseconds: 12 };

test('the table counts by target, command and containerd; what failed can be seen again', () => {
  const outcomes = [
    { kill, ...survived },
    { kill: { ...kill, signal: 'TERM' as const }, ...survived },
    { kill: { ...kill, target: 'shim' as const, daemon: 'system' as const }, ...survived },
    { kill, wrong: ['left: file /tmp/runc-process1'], milliseconds: undefined },
  ];
  expect(`\n${table(outcomes).join('\n')}\n`).toBe(`
             KILL    TERM  INT  HUP     all
node       1 of 2  1 of 1    -    -  2 of 3
shim       1 of 1       -    -    -  1 of 1

run        2 of 3  1 of 1    -    -  3 of 4

private    1 of 2  1 of 1    -    -  2 of 3
system     1 of 1       -    -    -  1 of 1

           2 of 3  1 of 1    -    -  3 of 4

npm run kills -- --kill 'run private node KILL 03-layers/tar script+10 resume'
  left: file /tmp/runc-process1
`);
});

test.each<[string, string[], string[], string[]]>([
  ['nothing', ['a', 'b'], ['b', 'a'], []],
  ['something more', ['a'], ['a', 'b'], ['left: b']],
  ['a second one of the same', ['a'], ['a', 'a'], ['left: a']],
  ['something less', ['a', 'b'], ['b'], ['gone: a']],
  ['one in place of another', ['a'], ['b'], ['left: b', 'gone: a']],
])('the machine differs by %s', (_, before, after, expected) => {
  expect(differences(before, after)).toEqual(expected);
});
