import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { type ClaimId, claims as claimTable } from '../../../lessons/claims.ts';
import { lessons, variables } from '../../../lessons/index.ts';
import type { Check, Fault } from '../../../src/engine/check.ts';
import type { AnyFact } from '../../../src/engine/fact.ts';
import { keyOf, placesOf, type Step } from '../../../src/engine/lesson.ts';
import { render, rootCommands, type Script } from '../../../src/engine/script.ts';
import { factsIn, plain, type Text } from '../../../src/engine/text.ts';
import { needsRoot } from '../../../src/host/privilege.ts';
import { faultsOf } from '../../helpers/faults.ts';

/* What an author can get wrong without a machine noticing: each test is a rule for lessons. */

const claims = Object.keys(claimTable) as ClaimId[];

const places = placesOf(lessons);
const keys = places.map(keyOf);
const steps = places.map((place) => [keyOf(place), place.step] as const);
const checks = places.flatMap((place) =>
  place.step.checks.map((check): [string, Check] => [`${keyOf(place)}/${check.id}`, check]),
);
const faultsBy = new Map(
  places.flatMap((place) =>
    place.step.checks.map((check) => [check, faultsOf(place, check)] as const),
  ),
);
const faultsAgainst = (check: Check) => faultsBy.get(check) ?? [];
const faults = checks.flatMap(([key, check]) =>
  faultsAgainst(check).map((fault): [string, Fault] => [`${key}: ${fault.name}`, fault]),
);

/** Every script: of a step, of a visit, of a fault. */
const scripts: [string, Script][] = [
  ...steps.flatMap(([key, { script, visit }]): [string, Script][] => [
    [key, script],
    ...(visit === undefined ? [] : [[`${key} (visit)`, visit.script] as [string, Script]]),
  ]),
  ...faults.flatMap(([key, { breaks, mends }]): [string, Script][] => [
    [`${key} (breaks)`, breaks],
    ...(mends === undefined ? [] : [[`${key} (mends)`, mends] as [string, Script]]),
  ]),
];

/** Everything that is read as prose, and where it stands. */
const prose: [string, Text][] = [
  ...lessons.flatMap(({ id, title, intro, picture, quiz = [] }): [string, Text][] => [
    [`${id} title`, [title]],
    [`${id} intro`, intro],
    ...(picture === undefined ? [] : [[`${id} picture, told`, [picture.alt]] as [string, Text]]),
    ...quiz.flatMap(({ id: asked, question, options }): [string, Text][] => [
      [`${id} quiz ${asked}`, question],
      ...options.flatMap(({ text, why }, at): [string, Text][] => [
        [`${id} quiz ${asked}, option ${at}`, text],
        [`${id} quiz ${asked}, why ${at}`, why],
      ]),
    ]),
  ]),
  ...steps.flatMap(([key, step]): [string, Text][] => [
    [`${key} title`, [step.title]],
    [`${key} why`, step.why],
    ...(step.goal === undefined ? [] : [[`${key} goal`, step.goal] as [string, Text]]),
    [`${key} expect`, step.expect],
    [`${key} notice`, step.notice],
    [`${key} hint`, step.hint],
    ...(step.fieldNote === undefined
      ? []
      : ([
          [`${key} field note title`, [step.fieldNote.title]],
          [`${key} field note`, step.fieldNote.text],
        ] as [string, Text][])),
    ...(step.predict === undefined
      ? []
      : [[`${key} question`, [step.predict.question]] as [string, Text]]),
  ]),
  ...checks.map(([key, { says }]): [string, Text] => [`${key} says`, [says]]),
  ...faults.map(([key, { name }]): [string, Text] => [`${key} name`, [name]]),
];

const facts: AnyFact[] = [
  ...new Set([
    ...variables,
    ...prose.flatMap(([, text]) => factsIn(text)),
    ...lessons.flatMap(({ picture, subject }) => [
      ...factsIn(picture?.drawing),
      ...(subject === undefined ? [] : [subject]),
    ]),
    ...steps.flatMap(([, { uses = [], remembers }]) => [
      ...uses,
      ...(remembers === undefined ? [] : [remembers]),
    ]),
  ]),
];

/** Where facts and what is not there yet name the steps they come from. */
const root = join(import.meta.dirname, '../../..');
const sources = [join(root, 'lessons'), join(root, 'src/engine')].flatMap((directory) =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(directory, name)),
);

function twice(all: readonly string[]): string[] {
  return all.filter((each, index) => all.indexOf(each) !== index);
}

describe('names', () => {
  test('lessons are numbered in order', () => {
    expect(lessons.map(({ id }) => id.slice(0, 3))).toEqual(
      lessons.map((_, index) => `${String(index).padStart(2, '0')}-`),
    );
  });

  test('are unique, and easy to type', () => {
    expect(twice(keys)).toEqual([]);
    expect(twice(checks.map(([key]) => key))).toEqual([]);
    expect(twice(facts.map(({ id }) => id))).toEqual([]);
    expect(twice(variables.map(({ variable = '' }) => variable))).toEqual([]);
    for (const [key] of checks) expect(key).toMatch(/^\d\d-[a-z-]+\/[a-z-]+\/[a-z0-9-]+$/);
  });

  test('only the last lesson takes things away', () => {
    expect(lessons.filter(({ undoes }) => undoes).map(({ id }) => id)).toEqual(['11-cleanup']);
  });
});

describe('claims', () => {
  test.each(claims)('%s is observed by a check', (claim) => {
    expect(checks.filter(([, check]) => check.claim === claim).length).toBeGreaterThan(0);
  });

  test('no check is about anything else', () => {
    const others = checks.filter(([, { claim }]) => !(claims as string[]).includes(claim));
    expect(others.map(([key]) => key)).toEqual([]);
  });

  test('none is missing', () => {
    expect(claims.join(' ')).toBe(
      'P1 P2 P3 P4 I1 I2 F1 F2 F3 F4 L1 L2 L3 L4 L5 O1 O2 O3 O4 O5 M1 M2 M3 ' +
        'V1 V2 S1 S2 S3 S4 S5 R1 R2 R3 R4 R5 R6 R7 R8 Z1 D1 C1 W1 W2 W3',
    );
  });
});

/** The entries that break a rule, as they are called. */
function breaking<T>(all: readonly (readonly [string, T])[], keeps: (value: T) => boolean) {
  return all.flatMap(([key, value]) => (keeps(value) ? [] : [key]));
}

describe('steps', () => {
  const written = prose.map(([key, text]) => [key, plain(text, new Map())] as const);
  const outsideCode = (text: string) => text.replace(/`[^`]*`/g, '');

  test('say all they should', () => {
    expect(breaking(written, (text) => text.trim() !== '')).toEqual([]);
  });

  test('have titles of 60 columns', () => {
    expect(breaking(steps, ({ title }) => stringWidth(title) <= 60)).toEqual([]);
  });

  test('have checks that say what holds in a line of 74 columns', () => {
    const fits = ({ says }: Check) => stringWidth(says) <= 74 && !says.includes('\n');
    expect(breaking(checks, fits)).toEqual([]);
  });

  test('give two to four choices, all different', () => {
    const asking = steps.flatMap(([key, { predict }]) =>
      predict === undefined ? [] : [[key, predict.choices as readonly string[]] as const],
    );
    expect(asking.length).toBeGreaterThan(0);
    const isChoice = (choices: readonly string[]) =>
      choices.length >= 2 && choices.length <= 4 && twice(choices).length === 0;
    expect(breaking(asking, isChoice)).toEqual([]);
  });

  test('do not shout', () => {
    // Code may: `test ! -e file`.
    expect(breaking(written, (text) => !outsideCode(text).includes('!'))).toEqual([]);
  });

  test('close the code and the emphasis that they open', () => {
    const closes = (text: string) =>
      text.split('`').length % 2 === 1 && outsideCode(text).split('*').length % 2 === 1;
    expect(breaking(written, closes)).toEqual([]);
  });

  test('name lessons and steps that exist', () => {
    const known = [...keys, ...lessons.map(({ id }) => id)];
    const named = (text: string) => text.match(/\b\d\d-[a-z][a-z-]+(\/[a-z-]+)?/g) ?? [];
    const exist = (text: string) => named(text).every((name) => known.includes(name));
    expect(breaking(written, exist)).toEqual([]);
  });
});

describe('faults', () => {
  test('have names of their own', () => {
    expect(twice(faults.map(([key]) => key))).toEqual([]);
    expect(breaking(faults, ({ name }) => name !== '' && name === name.trim())).toEqual([]);
  });

  test('are told from any other mistake by what the check says', () => {
    const tells = ({ says }: Fault) => !says.test('') && !says.test('not there yet');
    expect(breaking(faults, tells)).toEqual([]);
  });
});

describe('mistakes', () => {
  const known = checks.flatMap(([key, { diagnoser }]) =>
    (diagnoser?.rules ?? []).map((each) => [`${key}: ${each.id}`, each] as const),
  );

  test('have names for programs', () => {
    expect(known).not.toEqual([]);
    expect(breaking(known, ({ id }) => /^[a-z][a-z0-9-]+$/.test(id))).toEqual([]);
    expect(twice(known.map(([key]) => key))).toEqual([]);
  });

  test('are one and the same wherever a lesson has one of that name', () => {
    const owner = ([key, { id }]: (typeof known)[number]) => `${key.split('/')[0]} ${id}`;
    const all = new Map(known.map((each) => [owner(each), JSON.stringify(each[1])]));
    const differing = known.filter((each) => all.get(owner(each)) !== JSON.stringify(each[1]));
    expect(differing.map(([key]) => key)).toEqual([]);
  });

  test('say what to do, in a sentence or more, without shouting', () => {
    const tells = ({ remedy }: { remedy: string }) =>
      /^([A-Z`]|(gzip|tar|containerd|mount) ).*\.$/s.test(remedy) &&
      !remedy.replace(/`[^`]*`/g, '').includes('!');
    expect(breaking(known, tells)).toEqual([]);
  });

  test('show and mend with commands that a shell takes', () => {
    const isBash = ({ where = ':', command = ':' }: { where?: string; command?: string }) =>
      [where, command].every(
        (input) => spawnSync('bash', ['-n'], { input: `${input}\n` }).status === 0,
      );
    const whole = known
      .map(([, each]) => `${each.where ?? ':'}\n${each.command ?? ':'}\n`)
      .join('');
    const { status } = spawnSync('bash', ['-n'], { input: whole });
    expect(status === 0 ? [] : breaking(known, isBash)).toEqual([]);
  });

  test('are those that faults name', () => {
    const strays = checks.flatMap(([key, check]) => {
      const ids = (check.diagnoser?.rules ?? []).map(({ id }) => id);
      return faultsAgainst(check)
        .filter(({ diagnosis }) => diagnosis !== undefined && !ids.includes(diagnosis))
        .map(({ name }) => `${key}: ${name}`);
    });
    expect(strays).toEqual([]);
  });
});

describe('facts', () => {
  const digest = `sha256:${'5c1d90e2'.repeat(8)}`;
  const inShell = variables.filter(({ variable = '' }) => /_(DIGEST|DIFFID|ID)$/.test(variable));

  test.each(inShell.map((each) => [each.variable, each] as const))(
    '%s begins beside a script as it does in it',
    (_, { prefix = '', show }) => {
      expect(`${prefix}${show(digest)}`).toBe('sha256:5c1d90e2…');
    },
  );

  const all = facts.map((fact) => [fact.id, fact] as const);

  test('say what they are', () => {
    expect(breaking(all, ({ what }) => what !== '')).toEqual([]);
  });

  test('come about in steps that exist', () => {
    expect(breaking(all, ({ from }) => keys.includes(from))).toEqual([]);
    const mentioned = sources.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/'(\d\d-[a-z-]+\/[a-z-]+)'/g)].map(
        ([, key = '']) => [`${key} in ${path}`, key] as const,
      ),
    );
    expect(mentioned.length).toBeGreaterThan(20);
    expect(breaking(mentioned, (key) => keys.includes(key))).toEqual([]);
  });

  test('have names that a shell takes, wherever a script needs them', () => {
    const isName = ({ variable }: AnyFact) => /^[A-Z][A-Z0-9_]*$/.test(variable ?? 'NONE');
    expect(breaking(all, isName)).toEqual([]);
    const isGiven = ({ uses = [] }: Step) => uses.every(({ variable }) => variable !== undefined);
    expect(breaking(steps, isGiven)).toEqual([]);
  });
});

/** Variables that every script has without asking: the environment of the tour's shells. */
const always = ['WORKDIR', 'CTR_NAMESPACE', 'OCI_DIR', 'CONTAINERD_ADDRESS', 'PATH'];

const here = { viaWrapper: false, address: undefined };
const another = { viaWrapper: false, address: '/run/other.sock' };
const ownOne = { viaWrapper: true, address: undefined };

describe.each([
  ['root', 'root', here, 'device'],
  ['root, private', 'root', ownOne, 'device'],
  ['root, private, on an overlay', 'root', ownOne, 'file'],
  ['sudo', 'sudo', here, 'device'],
  ['sudo, private', 'sudo', ownOne, 'device'],
  ['sudo, another socket', 'sudo', another, 'device'],
  ['rootless', 'rootless', ownOne, 'file'],
] as const)('scripts for %s', (_, privilege, containerdAccess, form) => {
  const whiteout = () => ({ form, because: '' });
  const supportsOverlayUpper = form === 'device';
  const filesystem = () => ({
    type: 'some',
    target: '/',
    supportsLayers: true,
    supportsOverlayUpper,
  });
  const ways = { privilege, containerdAccess, whiteout, filesystem };
  const rendered = scripts.map(([key, script]) => [key, render(script, ways)] as const);

  test('make the whiteout in the form that is wanted', () => {
    const made = rendered.filter(([key, text]) => !key.includes(' ') && text.includes('.wh.'));
    const pattern = form === 'device' ? /^mknod "[^"]+" c 0 0$/m : /^touch "[^"]+"$/m;
    expect(made.length).toBeGreaterThan(0);
    expect(breaking(made, (text) => pattern.test(text))).toEqual([]);
  });

  test('parse', () => {
    // All at once, each in a function of its own: a process for each takes seconds.
    const isBash = (text: string) =>
      spawnSync('bash', ['-n'], { input: `f() {\n${text}\n}\n`, encoding: 'utf8' }).status === 0;
    const whole = rendered.map(([, text]) => `f() {\n${text}\n}\n`).join('');
    const { status } = spawnSync('bash', ['-n'], { input: whole });
    expect(status === 0 ? [] : breaking(rendered, isBash)).toEqual([]);
  });

  test('use sudo where it is needed, and nowhere else', () => {
    const isSparing = (text: string) =>
      privilege !== 'sudo' ? !/\bsudo\b/.test(text) : !/\bsudo\s+sudo\b|\bsudo$/m.test(text);
    expect(breaking(rendered, isSparing)).toEqual([]);
  });

  test('reach the containerd that is meant', () => {
    const reaches = (text: string) => {
      // The wrapper becomes root by itself, and sudo would not find it.
      if (containerdAccess.viaWrapper) return !text.includes('sudo ctr');
      // Behind sudo nothing else says where a socket is that is not the usual one.
      const named = text.replaceAll('sudo ctr --address "$CONTAINERD_ADDRESS"', '');
      return containerdAccess.address === undefined || !named.includes('sudo ctr');
    };
    expect(breaking(rendered, reaches)).toEqual([]);
  });
});

describe('scripts', () => {
  const written = scripts.map(([key, { source }]) => [key, source] as const);

  test("name no path, machine or namespace that is somebody's own", () => {
    const foreign =
      /\/(home|root|Users|work|workspace)\/|\b(amd64|x86_64|aarch64|arm64)\b|spelunking|container-demo/;
    expect(breaking(written, (source) => source !== '' && !foreign.test(source))).toEqual([]);
  });

  test('let whoever writes into a pipe finish', () => {
    // grep -q ends at the first match, the writer dies of it, and pipefail takes that for no match.
    const isPatient = (source: string) => !/\|\s*grep -\w*q/.test(source);
    expect(breaking(written, isPatient)).toEqual([]);
  });

  test('ask for containerd as root', () => {
    const asks = (source: string) => !/(^|[|;&(]|\b(if|do|then|while|!)) *ctr /m.test(source);
    expect(breaking(written, asks)).toEqual([]);
  });

  test('are given every variable they read, and none that they do not', () => {
    const isExact = ({ script: { source }, uses = [] }: Step) => {
      const given = uses.map(({ variable = '' }) => variable);
      const names = (pattern: RegExp) => [...source.matchAll(pattern)].map(([, name = '']) => name);
      const set = names(/\b([A-Z][A-Z0-9_]*)=/g);
      const read = names(/\$\{?([A-Z][A-Z0-9_]*)/g);
      const known = [...always, ...given, ...set];
      return (
        read.every((name) => known.includes(name)) && given.every((name) => read.includes(name))
      );
    };
    expect(breaking(steps, isExact)).toEqual([]);
  });
});

describe('pictures', () => {
  const drawn = lessons.flatMap(({ id, picture }) =>
    picture === undefined ? [] : [[id, picture] as const],
  );
  /** What each fact reads like at its longest. */
  const digest = `sha256:${'f'.repeat(64)}`;
  const directory = '/somewhere/snapshots/123456/fs';

  test.each(drawn)('%s fits with all its facts, in 76 columns', (_, { drawing, alt }) => {
    const known = new Map(
      factsIn(drawing).map((fact) => {
        const isPath = fact.id.endsWith('.snapshot') || fact.id.startsWith('container.upper');
        const isNames = /^(?:container|overlay)\.(?:written|merged)/.test(fact.id);
        return [
          fact.id,
          fact.show(isNames ? Array(999).fill(directory) : isPath ? directory : digest),
        ];
      }),
    );
    for (const part of drawing) {
      if (typeof part === 'string' || part.width === 0) continue;
      expect(stringWidth(known.get(part.fact.id) ?? ''), part.fact.id).toBeLessThanOrEqual(
        part.width,
      );
    }
    for (const facts of [known, new Map<string, string>()]) {
      for (const line of plain(drawing, facts).split('\n')) {
        expect(stringWidth(line), line).toBeLessThanOrEqual(76);
      }
    }
    expect(alt).toMatch(/\.$/);
  });
});

/** `lessons 0, 5 and 11`, `lessons 7 to 9`, `from lesson 0 on`: whether a lesson is among them. */
function namesLesson(where: string, number: number): boolean {
  const named = (where.match(/\d+/g) ?? []).map(Number);
  const [first = Number.NaN, last = first] = named;
  if (where.includes(' to ')) return first <= number && number <= last;
  return where.startsWith('from') ? first <= number : named.includes(number);
}

test('every command that is run as root was named, with why and where, before a password is asked for', () => {
  const used = placesOf(lessons).flatMap(({ lesson, step }) =>
    [...rootCommands(step.script)].map((command) => ({
      command,
      lesson: Number.parseInt(lesson.id, 10),
    })),
  );
  expect(used.map(({ command }) => command)).toContain('mount');
  const unnamed = used.filter(
    ({ command, lesson }) =>
      !needsRoot.some(
        ([what, , where]) => what.split(', ').includes(command) && namesLesson(where, lesson),
      ),
  );
  expect(unnamed).toEqual([]);
});

test('at most one lesson has a quiz, whose questions have ids of their own and two to four options', () => {
  const quizzes = lessons.flatMap(({ quiz }) => (quiz === undefined ? [] : [quiz]));
  expect(quizzes.length).toBeLessThanOrEqual(1);
  for (const quiz of quizzes) {
    expect(twice(quiz.map(({ id }) => id))).toEqual([]);
    for (const { options } of quiz) expect(options.length).toBeLessThanOrEqual(4);
  }
});
