import { describe, expect, test } from 'vitest';
import type { CheckResult } from '../../../src/engine/check.ts';
import { fact } from '../../../src/engine/fact.ts';
import { keyOf, placesOf, type QuizQuestion } from '../../../src/engine/lesson.ts';
import type { Answer, QuizProgress, StepRecord } from '../../../src/engine/progress.ts';
import { key, picture, text, wide } from '../../../src/engine/text.ts';
import { initialState, type Results, update } from '../../../src/engine/update.ts';
import { type Account, compose, type LabEntry, moment } from '../../../src/report/compose.ts';
import type { Block, Report, Section, Words } from '../../../src/report/model.ts';
import { aCheck, aLesson, aStep } from '../../helpers/small-tour.ts';

const digest = fact('digest', { what: 'a digest', from: '01-one/make', read: async () => 'x' });
const upper = fact('upper', { what: 'upperdir', from: '01-one/make', read: async () => 'x' });

const one = aLesson(
  '01-one',
  [
    aStep('make', {
      title: 'Make it',
      notice: text`It is ${digest}, below ${upper}. Press ${key('shell')}.`,
      checks: [aCheck('whole'), aCheck('right')],
      fieldNote: { title: 'A note', text: text`One.` },
      predict: {
        question: 'Which?',
        choices: ['this', 'that'],
        ask: async () => ({ right: 0, said: '' }),
      },
    }),
    aStep('look', { title: 'Look at it' }),
  ],
  {
    title: 'The first',
    picture: {
      drawing: picture`
        a ─► ${wide(digest, 9)}|
             ${wide(upper, 9)}|
      `,
      alt: 'a leads to it',
    },
  },
);
const asked: QuizQuestion[] = ['a', 'b', 'c'].map((id) => ({
  id,
  question: text`Which of ${digest}, ${id}?`,
  options: [
    { text: text`this`, why: text`Since ${digest}.` },
    { text: text`that`, why: text`No.` },
  ],
}));

const last = aLesson('02-last', [aStep('sum', { goal: text`Sum up ${digest}.` })], {
  quiz: asked,
  title: 'The last',
  picture: { drawing: picture`all of it`, alt: 'all of it, told' },
});
const away = aLesson('03-away', [aStep('clean')], { title: 'Away', undoes: true });
const lessons = [one, last, away];

const pass: CheckResult = { status: 'pass', evidence: 'seen now' };
const record: StepRecord = {
  at: '2026-02-03T04:05:06.789Z',
  evidence: { whole: 'seen then', right: 'right then', check: 'then' },
  printed: { lines: ['hello'], dropped: 0, code: 0, milliseconds: 41 },
};

interface Seen {
  quiz?: QuizProgress;
  lab?: readonly LabEntry[];
  results?: Record<string, CheckResult[]>;
  kept?: Record<string, StepRecord>;
  answers?: Record<string, Answer>;
  read?: string[];
}

function account({
  results = {},
  kept: was = {},
  answers = {},
  read: completed = [],
  quiz,
  lab = [],
}: Seen = {}): Account {
  const begin = initialState(lessons, {
    completed,
    records: new Map(Object.entries(was)),
    answers: new Map(Object.entries(answers)),
    quiz,
  });
  const surveyed = new Map<string, Results>(
    placesOf(lessons).map((place) => [
      keyOf(place),
      results[keyOf(place)] ??
        place.step.checks.map(() => ({ status: 'fail', expected: 'e', actual: 'a', hint: '' })),
    ]),
  );
  return {
    state: update(begin, { type: 'surveyed', results: surveyed }).state,
    known: new Map([['digest', '3ac23f1d…']]),
    whole: '02-last',
    digests: [
      ['the DiffID', 'sha256:abc'],
      ['the Digest', undefined],
    ],
    machine: [['Kernel', 'Linux 6.1']],
    scriptOf: ({ step }) => `sudo ${step.script.source}`,
    keyName: (action) => `the key for ${action}`,
    lab,
    at: new Date('2026-02-03T04:05:06Z'),
  };
}

const plain = (words: Words) => words.map((run) => run.text).join('');

/** A section by its id, wherever it stands. */
function section(report: Report, id: string): Section | undefined {
  const all = (sections: readonly Section[]): Section[] =>
    sections.flatMap((each) => [each, ...all(each.sections)]);
  return all(report.sections).find((each) => each.id === id);
}

function blocks<T extends Block['type']>(from: Section | undefined, type: T) {
  return (from?.blocks ?? []).filter(
    (each): each is Extract<Block, { type: T }> => each.type === type,
  );
}

const made = { '01-one/make': [pass, pass] };
const everything = { ...made, '01-one/look': [pass], '02-last/sum': [pass] };

describe('what is told', () => {
  test.each([
    ['nothing', {}, ['chain', 'rest'], 'So far 0 of 3 steps'],
    ['one step that holds', { results: made }, ['01-one', 'chain', 'rest'], 'So far 1 of 3 steps'],
    [
      'one that held once',
      { kept: { '01-one/make': record } },
      ['01-one', 'chain', 'rest'],
      'So far 1 of 3 steps',
    ],
    ['one that was read', { read: ['01-one/look'] }, ['01-one', 'chain', 'rest'], 'So far 1 of 3'],
    ['all', { results: everything }, ['01-one', '02-last', 'chain'], 'All 3 steps were done'],
  ])('%s', (_, seen: Seen, sections, words) => {
    const report = compose(account(seen));
    expect(report.sections.map(({ id }) => id)).toEqual(sections);
    const [first] = report.blocks;
    expect(first?.type === 'paragraph' && plain(first.words)).toContain(words);
  });

  test('what takes things away is no part of it', () => {
    const report = compose(account({ results: { ...everything, '03-away/clean': [pass] } }));
    expect(JSON.stringify(report)).not.toContain('03-away');
  });

  test('what is still to come, by lesson', () => {
    const [table] = blocks(section(compose(account({ results: made })), 'rest'), 'table');
    expect(table?.rows.map((row) => row.map(plain))).toEqual([
      ['1  The first', 'Look at it'],
      ['2  The last', 'sum'],
    ]);
  });

  test('the digests, and which are not known', () => {
    const chain = section(compose(account()), 'chain');
    expect(blocks(chain, 'table')[0]?.rows.map((row) => row.map(plain))).toEqual([
      ['the DiffID', 'sha256:abc'],
      ['the Digest', 'not known'],
    ]);
    expect(blocks(chain, 'picture')[0]?.alt).toBe('all of it, told');
  });

  test('the picture of the whole stands at its end only', () => {
    const report = compose(account({ results: everything }));
    expect(blocks(section(report, '02-last'), 'picture')).toEqual([]);
    expect(blocks(section(report, '01-one'), 'picture')).toHaveLength(1);
  });

  test('when it was written, in a zone that tells nothing', () => {
    expect(JSON.stringify(compose(account()))).toContain('2026-02-03 04:05 UTC');
    expect(moment('2026-11-23T14:30:59.999Z')).toBe('2026-11-23 14:30 UTC');
  });
});

describe('a step', () => {
  const step = (seen: Seen) => section(compose(account(seen)), '01-one/make');

  test('its script as it ran here', () => {
    expect(blocks(step({ results: made }), 'script')).toEqual([
      { type: 'script', source: 'sudo echo hello' },
    ]);
  });

  test.each<[string, StepRecord | undefined, Block[]]>([
    ['nothing was kept', undefined, []],
    [
      'it printed something',
      record,
      [{ type: 'output', lines: ['hello'], remark: 'Ran 2026-02-03 04:05 UTC, in 41 ms.' }],
    ],
    [
      'it printed more than was kept',
      { ...record, printed: { lines: ['z'], dropped: 7, code: 0, milliseconds: 1 } },
      [
        {
          type: 'output',
          lines: ['z'],
          remark: 'Ran 2026-02-03 04:05 UTC, in 1 ms. 7 lines before these were not kept.',
        },
      ],
    ],
    [
      'its script ended with an error',
      { ...record, printed: { lines: [], dropped: 0, code: 1, milliseconds: 3 } },
      [
        {
          type: 'remark',
          text: 'Ran 2026-02-03 04:05 UTC, in 3 ms, and ended with an error (exit 1). It printed nothing.',
        },
      ],
    ],
    [
      'it printed nothing',
      { ...record, printed: { lines: [], dropped: 0, code: 0, milliseconds: 3 } },
      [{ type: 'remark', text: 'Ran 2026-02-03 04:05 UTC, in 3 ms. It printed nothing.' }],
    ],
    [
      'it was done by hand',
      { at: record.at, evidence: {} },
      [{ type: 'remark', text: 'Done by hand; the checks passed 2026-02-03 04:05 UTC.' }],
    ],
  ])('%s', (_, was, expected) => {
    const seen = was === undefined ? {} : { kept: { '01-one/make': was } };
    const { blocks: all = [] } = step({ results: made, ...seen }) ?? {};
    expect(all.filter(({ type }) => type === 'output' || type === 'remark')).toEqual(expected);
  });

  test.each<[string, CheckResult, object]>([
    ['holds', pass, { mark: 'pass', seen: 'seen now' }],
    [
      'was witnessed',
      { status: 'witnessed', evidence: 'it ran', at: record.at },
      { mark: 'witnessed', seen: 'it ran', remark: 'seen 2026-02-03 04:05 UTC' },
    ],
    [
      'has changed',
      { status: 'fail', expected: '12', actual: '13', hint: 'h' },
      { mark: 'changed', seen: 'seen then', remark: 'no longer true: expected 12, found 13' },
    ],
    [
      'cannot be looked at',
      { status: 'blocked', why: 'no containerd' },
      { mark: 'unseen', seen: 'seen then', remark: "can't be checked now: no containerd" },
    ],
  ])('a check that %s', (_, result, expected) => {
    const seen = { results: { '01-one/make': [result, pass] }, kept: { '01-one/make': record } };
    const [findings] = blocks(step(seen), 'findings');
    expect(findings?.findings).toEqual([
      { says: 'whole holds', ...expected },
      { says: 'right holds', mark: 'pass', seen: 'seen now' },
    ]);
  });

  test('values stand in its prose; what has no value any more says so', () => {
    const said = blocks(step({ results: made }), 'paragraph').map(({ words }) => words);
    expect(said.at(-1)).toEqual([
      { text: 'It is ', role: 'text' },
      { text: '3ac23f1d…', role: 'value' },
      { text: ', below ', role: 'text' },
      { text: 'not known any more', role: 'unknown' },
      { text: '. Press the key for shell.', role: 'text' },
    ]);
  });

  test('a picture keeps its shape, whatever is known', () => {
    const [drawn] = blocks(section(compose(account({ results: made })), '01-one'), 'picture');
    expect(drawn?.rows.map(plain)).toEqual(['a ─► 3ac23f1d…|', '     not yet  |']);
  });

  test('the field note', () => {
    expect(blocks(step({ results: made }), 'note')[0]).toMatchObject({ title: 'A note' });
  });
});

describe('predictions', () => {
  const told = (answers: Record<string, Answer>) => compose(account({ results: made, answers }));

  test.each<[string, Answer, string, string[]]>([
    [
      'right',
      { choice: 0, right: 0, said: 'it was this' },
      '1 of them, and all came true.',
      ['Which?', 'this', 'so it was', 'it was this'],
    ],
    [
      'wrong',
      { choice: 1, right: 0, said: 'it was this' },
      '0 of 1 came true.',
      ['Which?', 'that', 'this', 'it was this'],
    ],
  ])('one that was %s', (_, answer, words, row) => {
    const predictions = section(told({ '01-one/make': answer }), 'predictions');
    expect(plain(blocks(predictions, 'paragraph')[0]?.words ?? [])).toContain(words);
    expect(blocks(predictions, 'table')[0]?.rows.map((each) => each.map(plain))).toEqual([row]);
  });

  test('none, or none that the machine has answered', () => {
    expect(section(told({}), 'predictions')).toBeUndefined();
    expect(section(told({ '01-one/make': { choice: 1 } }), 'predictions')).toBeUndefined();
    const unasked = { right: 0, said: 'It was this.' };
    expect(section(told({ '01-one/make': unasked }), 'predictions')).toBeUndefined();
  });
});

test.each<[string, Answer, string]>([
  ['came true', { choice: 0 }, 'Which? Predicted: this. So it was. It was this.'],
  ['did not', { choice: 1 }, 'Which? Predicted: that. It was: this. It was this.'],
  ['was never made', {}, 'Which? Not guessed. The answer: this. It was this.'],
])('with its step stands a prediction that %s', (_, answer, words) => {
  const answers = { '01-one/make': { ...answer, right: 0, said: 'It was this.' } };
  const told = section(compose(account({ results: made, answers })), '01-one/make');
  expect(blocks(told, 'paragraph').map((each) => plain(each.words))).toContain(words);
});

describe('the quiz', () => {
  test('is left out until a question is answered', () => {
    expect(section(compose(account()), 'quiz')).toBeUndefined();
    expect(section(compose(account({ quiz: { seed: 1, answers: [] } })), 'quiz')).toBeUndefined();
  });

  test('is told with the first answers and the right ones', () => {
    const answers = ['a', 'b', 'a'].map((id, at) => ({ id, option: at === 0 ? 1 : 0 }));
    const told = section(compose(account({ quiz: { seed: 1, answers } })), 'quiz');
    expect(blocks(told, 'paragraph').map(({ words }) => plain(words))).toEqual([
      '1 of 2 right at the first go. 1 question not answered.',
    ]);
    expect(blocks(told, 'table')[0]?.rows.map((row) => row.map(plain))).toEqual([
      ['Which of 3ac23f1d…, a?', 'that', 'this', 'Since 3ac23f1d….'],
      ['Which of 3ac23f1d…, b?', 'this', 'right', 'Since 3ac23f1d….'],
    ]);
  });
});

describe('a task', () => {
  const bare: StepRecord = { at: record.at, evidence: {} };
  test.each<[string, StepRecord, string, string]>([
    ['alone', { ...bare, alone: true }, 'Done without the solution.', '1 of 1 task was done'],
    ['with its solution', bare, 'Done with the solution:', '0 of 1 task was done'],
  ])('done %s', (_, kept, remark, opening) => {
    const report = compose(account({ kept: { '02-last/sum': kept } }));
    const told = section(report, '02-last/sum');
    expect(blocks(told, 'paragraph').map(({ words }) => plain(words))).toContain(
      'Yours to do. Sum up 3ac23f1d….',
    );
    expect(blocks(told, 'remark')[0]?.text).toContain(remark);
    expect(plain(report.blocks.flatMap((each) => ('words' in each ? each.words : [])))).toContain(
      opening,
    );
  });
});

describe('the lab', () => {
  test('is left out until a case is opened', () => {
    expect(section(compose(account()), 'lab')).toBeUndefined();
  });

  test('tells which cases were solved, in how many minutes and hints', () => {
    const lab = [
      { id: '01-not-found', title: 'Not found', minutes: 1, hints: 0, predicted: true },
      { id: '02-unpack-refused', title: 'Refused', minutes: 12, hints: 2, predicted: false },
      { id: '03-key-in-image', title: 'A key', minutes: undefined, hints: 1, predicted: undefined },
    ];
    const blocks = section(compose(account({ lab })), 'lab')?.blocks ?? [];
    expect(blocks[0]).toEqual({
      type: 'paragraph',
      words: [{ text: '2 of 3 opened cases solved.', role: 'text' }],
    });
    const cells = blocks.flatMap((each) =>
      each.type === 'table' ? each.rows.map((row) => row.map(([run]) => run?.text)) : [],
    );
    expect(cells).toEqual([
      ['01-not-found', 'Not found', '1 minute', '0', 'right'],
      ['02-unpack-refused', 'Refused', '12 minutes', '2', 'wrong'],
      ['03-key-in-image', 'A key', 'not yet', '1', ''],
    ]);
  });
});
