import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lessons } from '../../../lessons/index.ts';
import { keyOf, type Place, placesOf } from '../../../src/engine/lesson.ts';
import { render } from '../../../src/engine/script.ts';
import { openHost } from '../../../src/host/host.ts';
import { type OwnPlace, ownPlace } from '../../helpers/host.ts';
import { until } from '../../helpers/machine.ts';
import { cli, leave, program } from '../../helpers/program.ts';
import { type TestTerminal, terminal } from '../../helpers/terminal.ts';

/*
 * A person who types every step, in the shell that `s` opens and in a second terminal, makes mistakes on
 * the way, and never lets the tour run anything.
 */

const tourCommand = `'${process.execPath}' '${cli}'`;

let place: OwnPlace;

beforeEach(async () => {
  place = ownPlace();
  expect(await program(place).run('run', '--to', '01')).toMatchObject({ code: 0 });
});
afterEach(() => leave(place));

/** A place's script, as somebody types it: a comment is for reading. */
async function scriptFor({ step }: Place): Promise<string> {
  const { workdir, namespace } = place;
  const host = await openHost({ containerd: 'private', workdir, namespace });
  const text = render(step.script, host);
  host.close();
  return text.replaceAll(/^ *#.*\n/gm, '');
}

/** Types into a shell, and returns when all of it was done. */
let lines = 0;
async function type(at: TestTerminal, text: string): Promise<void> {
  lines += 1;
  // In one piece: what is typed ahead, ctr would read.
  at.press(`(\r${text.replaceAll('\n', '\r')}\recho "do""ne ${lines}"\r)\r`);
  await at.sees(`done ${lines}\n`, 60);
}

function open(shell: string) {
  const env = {
    SHELL: shell,
    PS1: '$ ',
    HOME: place.parent,
    WORKDIR: place.workdir,
    CTR_NAMESPACE: place.namespace,
  };
  const tour = terminal([process.execPath, cli, '--containerd', 'private'], { env });
  const second = terminal([shell, '-i'], { env: { ...env, WORKDIR: '', CTR_NAMESPACE: '' } });
  return { tour, second };
}

const step = (it: TestTerminal) => /^ \d+ {2}.*step \d+ of/.exec(it.lines()[0] ?? '')?.[0];
const readOn = /^ ↵ read on /m;
const goesOn = /^ ↵ go on /m;

/**
 * Reads to the end of a step, and turns to the next one once it has passed. Read with a key that does
 * nothing else: the step may pass, and Enter mean another thing, between a look at the screen and the key.
 */
async function goOn(it: TestTerminal): Promise<void> {
  const before = step(it);
  for (;;) {
    await it.sees(/^ ↵ (read on|go on) /m, 60);
    if (it.has(goesOn)) break;
    it.press('G');
    await it.loses(readOn, 60);
  }
  it.press('\r');
  await until(() => step(it) !== before && step(it) !== undefined, 60);
}

/** In the shell behind `s`; the tour looks at once when one is back. */
async function inOwnShell(it: TestTerminal, text: string): Promise<void> {
  it.press('s');
  await it.sees('(tour) ', 30);
  await type(it, text);
  it.press('exit\r');
  await until(() => it.isAlternate(), 30);
}

/** In another terminal, which is given the names first: that is all the tour is told of it. */
async function elsewhere(second: TestTerminal, text: string): Promise<void> {
  const names = `${tourCommand} env --workdir '${place.workdir}' --namespace ${place.namespace}`;
  second.press(`eval "$(${names})"\r`);
  await type(second, text);
}

interface Mistake {
  /** What is typed instead of the step's script. */
  readonly typed: (script: string) => string;
  /** What the screen says of it. */
  readonly found: RegExp;
}

/** Does a lesson's steps by hand, every other one in the second terminal. */
async function byHand(
  { tour, second }: ReturnType<typeof open>,
  places: readonly Place[],
  mistakes: Readonly<Record<string, Mistake>>,
): Promise<void> {
  for (const [index, at] of places.entries()) {
    const key = keyOf(at);
    await tour.sees('s own shell', 60);
    const script = await scriptFor(at);
    const mistake = mistakes[key];
    const first = mistake?.typed(script) ?? script;
    if (index % 2 === 0) {
      await inOwnShell(tour, first);
    } else {
      await elsewhere(second, first);
      // Nothing can be seen of somebody who only looked.
      if (at.step.readOnly === true) tour.press('d');
      else if (mistake === undefined) await tour.sees('there is nothing left to run', 30);
    }
    if (mistake !== undefined) {
      // Back from the own shell the page shows each check; from outside only the first that fails.
      await tour.sees(index % 2 === 0 ? /✖ / : /▲ \d of \d hold\. Found: /, 30);
      await tour.sees(mistake.found, 30);
      await elsewhere(second, script);
    }
    await goOn(tour);
  }
}

/** What the tour wrote down of scripts that it ran. */
function ran(): string[] {
  const path = join(place.workdir, '.handroll-tour/progress.json');
  const { kept } = JSON.parse(readFileSync(path, 'utf8')) as {
    kept: Record<string, { printed?: unknown }>;
  };
  const byTour = Object.entries(kept).filter(([, { printed }]) => printed !== undefined);
  return byTour.map(([key]) => key).filter((key) => !/^0[01]/.test(key));
}

const placesIn = (range: RegExp) => placesOf(lessons).filter((each) => range.test(each.lesson.id));

test('every step of lessons 02 to 08 typed, with five mistakes, and nothing run by the tour', {
  timeout: 400_000,
}, async () => {
  const both = open('/usr/bin/bash');
  await byHand(both, placesIn(/^0[2-8]/), {
    '02-filesystems/base': {
      typed: (script) => script.replace('hello from base', 'helo from base'),
      found: /helo from base/,
    },
    '02-filesystems/delta': {
      typed: (script) => script.replaceAll('.wh.config.txt', '.wh.config.tx'),
      found: /data\/\.wh\.config\.tx\b/,
    },
    '03-layers/gzip': {
      typed: (script) => script.replace('gzip -n', 'gzip'),
      found: /[Ff]ound:? /,
    },
    '04-layout/index': {
      typed: (script) => `MANIFEST_DIGEST=$CONFIG_DIGEST\n${script}`,
      found: /[Ff]ound:? /,
    },
    '06-overlayfs/mount': {
      typed: (script) => script.replace('build/delta:build/base', 'build/base:build/delta'),
      found: /lowerdir base then delta/,
    },
  });
  await both.tour.sees(/^ 9 {2}/m, 30);
  expect(ran()).toEqual([]);
  both.tour.press('q');
  expect(await both.tour.ended()).toBe(0);
});

describe.each(['zsh', 'dash'])('with %s', (shell) => {
  test('lessons 02 and 03 typed, with a mistake', { timeout: 200_000 }, async () => {
    const both = open(`/usr/bin/${shell}`);
    await byHand(both, placesIn(/^0[23]/), {
      '02-filesystems/delta': {
        typed: (script) => script.replace('hello from delta', 'hello from base'),
        found: /contains "hello from base"/,
      },
    });
    await both.tour.sees(/^ 4 {2}/m, 30);
    expect(ran()).toEqual([]);
    both.tour.press('q');
    expect(await both.tour.ended()).toBe(0);
  });
});
