import { describe, expect, test } from 'vitest';
import { lessons } from '../../../lessons/index.ts';
import { keyOf, placesOf } from '../../../src/engine/lesson.ts';
import { attempts, chosen, deck, parseKill, spelled, unknownWord } from '../../kills/deck.mjs';

const steps = placesOf(lessons).map(keyOf);
const work = steps.filter((step) => !step.startsWith('11-'));
const kills = deck(steps, 1);

test('300 kills, each signal as often as the others', () => {
  expect(kills).toHaveLength(300);
  for (const signal of ['KILL', 'TERM', 'INT', 'HUP']) {
    expect(kills.filter((kill) => kill.signal === signal)).toHaveLength(75);
  }
});

test.each([1, 2, 3])(
  'seed %i: a run is killed at the start of every step, and inside every script',
  (seed) => {
    const runs = deck(steps, seed).filter(({ command }) => command === 'run');
    const at = (moment: RegExp) =>
      new Set(runs.filter((kill) => moment.test(kill.moment)).map(({ place }) => place));
    expect(at(/^start$/)).toEqual(new Set(work));
    expect(at(/^script\+/)).toEqual(new Set(work));
  },
);

test('the same seed gives the same kills, another one others', () => {
  expect(deck(steps, 1)).toEqual(kills);
  expect(deck(steps, 2)).not.toEqual(kills);
});

test('only a private containerd has a init, and is started', () => {
  const impossible = kills.filter(
    ({ daemon, target, command }) =>
      daemon === 'system' && (target === 'init' || command === 'starting'),
  );
  expect(impossible).toEqual([]);
});

test('a kill is written in a line, and read from it', () => {
  for (const kill of kills) expect(parseKill(spelled(kill), steps)).toEqual(kill);
});

test.each([
  ['nothing', ''],
  ['a word too few', 'run private node KILL 02-filesystems/base start'],
  ['a word too many', 'run private node KILL 02-filesystems/base start resume now'],
  ['another order', 'private run node KILL 02-filesystems/base start resume'],
  ['another step', 'run private node KILL 02-filesystems/nothing start resume'],
  ['another signal', 'run private node STOP 02-filesystems/base start resume'],
  ['a moment without its time', 'run private node KILL 02-filesystems/base script resume'],
])('%s is no kill', (_, line) => {
  expect(parseKill(line, steps)).toBeUndefined();
});

describe('a script that is over before the signal', () => {
  const of = (line: string) => {
    const kill = parseKill(line, steps);
    if (kill === undefined) throw new Error(line);
    return attempts(kill, steps).map(({ place, moment }) => `${place} ${moment}`);
  };

  test("node is killed at the step's start instead, or at that of one next to it", () => {
    expect(of('run private node KILL 03-layers/gzip script+20 resume').slice(0, 6)).toEqual([
      '03-layers/gzip script+20',
      '03-layers/gzip script+20',
      '03-layers/gzip script+0',
      '03-layers/gzip start',
      '03-layers/tar start',
      '03-layers/twice start',
    ]);
  });

  test('a script is killed in a step next to it instead, never when it does not run', () => {
    const tried = of('screens private script KILL 03-layers/gzip script+20 resume');
    expect(tried.slice(0, 5)).toEqual([
      '03-layers/gzip script+20',
      '03-layers/gzip script+20',
      '03-layers/gzip script+0',
      '03-layers/tar script+0',
      '03-layers/twice script+0',
    ]);
    expect(tried.every((each) => each.endsWith('script+20') || each.endsWith('script+0'))).toBe(
      true,
    );
  });
});

describe('--only', () => {
  const words = (...only: string[]) => chosen(kills, only);

  test('words of one kind are alternatives, words of several kinds are all required', () => {
    const few = words('cleanup', 'private', 'KILL', 'HUP');
    expect(few.length).toBeGreaterThan(0);
    for (const { command, daemon, signal } of few) {
      expect({ command, daemon }).toEqual({ command: 'cleanup', daemon: 'private' });
      expect(['KILL', 'HUP']).toContain(signal);
    }
    expect(words('KILL').length + words('HUP').length).toBe(words('KILL', 'HUP').length);
  });

  test('a command’s name says nothing about what is done after the kill', () => {
    const cleanups = kills.filter(({ command }) => command === 'cleanup');
    expect(words('cleanup')).toEqual(cleanups);
    expect(new Set(cleanups.map(({ next }) => next))).toEqual(new Set(['cleanup', 'resume']));
  });

  test('a word that is nowhere is named', () => {
    expect(unknownWord(kills, ['KILL', 'nothing'])).toBe('nothing');
    expect(unknownWord(kills, ['KILL', 'run'])).toBeUndefined();
  });
});
