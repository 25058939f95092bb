import type { CheckResult } from '../engine/check.ts';
import { keyOf, type Lesson, type Place } from '../engine/lesson.ts';
import type { Answer, StepRecord } from '../engine/progress.ts';
import { firstGo, quizOf } from '../engine/quiz.ts';
import { tasksDone } from '../engine/task.ts';
import { type KeyAction, paragraphsOf, type Text, withKeys } from '../engine/text.ts';
import { type State, stepStatus, workOf } from '../engine/update.ts';
import { counted } from '../text/words.ts';
import {
  type Block,
  type CheckEntry,
  code,
  type Report,
  type Run,
  type Section,
  said,
  type Words,
} from './model.ts';

/** A case of the lab. */
export interface LabEntry {
  readonly id: string;
  readonly title: string;
  /** Undefined if it isn't solved. */
  readonly minutes: number | undefined;
  readonly hints: number;
  /** Whether the learner's prediction came true; undefined if there was none. */
  readonly predicted: boolean | undefined;
}

/** Everything the report is made from, as it was at one moment. */
export interface Account {
  /** The state after a survey. */
  readonly state: State;
  /** The known facts of the lessons, as text. */
  readonly known: ReadonlyMap<string, string>;
  /** The lesson whose picture shows the whole image. It comes at the end, with the digests. */
  readonly whole: string;
  /** The digests in full: 'the DiffID of base', and its value if it's known. */
  readonly digests: readonly (readonly [what: string, value: string | undefined])[];
  readonly machine: readonly (readonly [what: string, value: string])[];
  readonly scriptOf: (place: Place) => string;
  /** The cases of the lab that were opened. */
  readonly lab: readonly LabEntry[];
  /** The name of a key in the report. */
  readonly keyName: (action: KeyAction) => string;
  readonly at: Date;
}

/** The report of a tour: what was done, what the checks found, and what is still to come. */
export function compose(account: Account): Report {
  const { state } = account;
  const work = workOf(state.lessons);
  const done = work.filter((place) => isDone(state, place));
  const lessons = state.lessons.flatMap((lesson) => {
    const places = done.filter((place) => place.lesson === lesson);
    return places.length === 0 ? [] : [lessonSection(account, lesson, places)];
  });
  const rest = work.filter((place) => !done.includes(place));
  return {
    title: 'A container image, made by hand',
    blocks: [
      ...opening(account, done.length, work.length),
      { type: 'table', rows: account.machine.map(([what, value]) => [said(what), said(value)]) },
    ],
    sections: [
      ...lessons,
      ...predictionSection(account, done),
      ...quizSection(account),
      ...labSection(account),
      chainSection(account),
      ...(rest.length === 0 ? [] : [restSection(rest)]),
    ],
  };
}

/** Whether a step holds, or did once. */
function isDone(state: State, place: Place): boolean {
  const key = keyOf(place);
  return stepStatus(state, place) === 'holds' || state.completed.has(key) || state.records.has(key);
}

function opening({ at, state }: Account, done: number, all: number): Block[] {
  const whole = done === all;
  const tasks = tasksDone(state);
  const own =
    tasks.done === 0
      ? ''
      : ` ${tasks.alone} of ${counted(tasks.done, 'task')} ${tasks.done === 1 ? 'was' : 'were'} done without the solution.`;
  return [
    {
      type: 'paragraph',
      words: said(
        `Built with tar, gzip, sha256sum and jq, handed to containerd, looked into and run. ${
          whole
            ? `All ${all} steps were done on this machine, and the result of each was checked.`
            : `So far ${done} of ${all} steps were done on this machine, and the result of each was checked; the remaining steps are listed at the end.`
        } Every digest, size and path below was read from the machine.${own}`,
      ),
    },
    {
      type: 'remark',
      text: `Written ${moment(at.toISOString())} by handroll-tour report. The tour follows the article "what is a container image?", https://anniecherkaev.com/what-is-a-container-image`,
    },
  ];
}

/** 2026-11-23 14:30 UTC: the local time zone would tell where the learner lives. */
export function moment(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

// --- lessons and steps -------------------------------------------------------------------------

function lessonSection(account: Account, lesson: Lesson, places: readonly Place[]): Section {
  const { picture } = lesson;
  const drawn: Block[] =
    picture === undefined || lesson.id === account.whole
      ? []
      : [{ type: 'picture', rows: drawing(picture.drawing, account.known), alt: picture.alt }];
  return {
    id: lesson.id,
    title: `${Number(lesson.id.slice(0, 2))}  ${lesson.title}`,
    blocks: [...prose(lesson.intro, account), ...drawn],
    sections: places.map((place) => stepSection(account, place)),
  };
}

function stepSection(account: Account, place: Place): Section {
  const { state } = account;
  const { why, goal, notice, fieldNote, title, predict } = place.step;
  const key = keyOf(place);
  const record = state.records.get(key);
  const answer = state.answers.get(key);
  return {
    id: key,
    title,
    blocks: [
      ...prose(why, account),
      ...(goal === undefined ? [] : goalBlocks(goal, record, account)),
      { type: 'script', source: account.scriptOf(place) },
      ...outputBlocks(record),
      { type: 'findings', findings: checkEntries(account, place, record) },
      ...(predict === undefined || answer?.right === undefined
        ? []
        : [{ type: 'paragraph', words: prediction(place, answer) } as const]),
      ...prose(notice, account),
      ...(fieldNote === undefined
        ? []
        : [
            {
              type: 'note',
              title: fieldNote.title,
              paragraphs: paragraphs(fieldNote.text, account),
            } as const,
          ]),
    ],
    sections: [],
  };
}

/** What a task asked for, and whether the learner did it without the solution. */
function goalBlocks(goal: Text, record: StepRecord | undefined, account: Account): Block[] {
  const [first = [], ...rest] = paragraphs(goal, account);
  const head: Run = { text: 'Yours to do. ', role: 'emphasis' };
  const how =
    record === undefined
      ? 'One solution:'
      : record.alone === true
        ? 'Done without the solution. This is the one that the tour knows:'
        : 'Done with the solution:';
  return [
    ...[[head, ...first], ...rest].map((words) => ({ type: 'paragraph', words }) as const),
    { type: 'remark', text: how },
  ];
}

function outputBlocks(record: StepRecord | undefined): Block[] {
  if (record === undefined) return [];
  const { printed: excerpt, at } = record;
  if (excerpt === undefined) {
    return [{ type: 'remark', text: `Done by hand; the checks passed ${moment(at)}.` }];
  }
  const { lines, dropped, code, milliseconds } = excerpt;
  const ending = code === 0 ? '' : `, and ended with an error (exit ${code})`;
  const took = `${moment(at)}, in ${milliseconds} ms${ending}`;
  if (lines.length === 0) return [{ type: 'remark', text: `Ran ${took}. It printed nothing.` }];
  const before = dropped === 0 ? '' : ` ${dropped} lines before these were not kept.`;
  return [{ type: 'output', lines, remark: `Ran ${took}.${before}` }];
}

function checkEntries(
  { state }: Account,
  place: Place,
  record: StepRecord | undefined,
): CheckEntry[] {
  const results = state.results.get(keyOf(place)) ?? [];
  return place.step.checks.map(({ id, says }, index) =>
    checkEntry(says, results[index], record?.evidence[id]),
  );
}

/** What a check finds now or, if it finds nothing, what it found when the step passed. */
function checkEntry(
  says: string,
  now: CheckResult | undefined,
  then: string | undefined,
): CheckEntry {
  const before = then ?? '';
  switch (now?.status) {
    case 'pass':
      return { mark: 'pass', says, seen: now.evidence };
    case 'witnessed':
      return { mark: 'witnessed', says, seen: now.evidence, remark: `seen ${moment(now.at)}` };
    case 'fail':
      return {
        mark: 'changed',
        says,
        seen: before,
        remark: `no longer true: expected ${now.expected}, found ${now.actual}`,
      };
    case 'blocked':
      return { mark: 'unseen', says, seen: before, remark: `can't be checked now: ${now.why}` };
    case undefined:
      return { mark: 'unseen', says, seen: before, remark: 'was not checked again' };
  }
}

// --- predictions -------------------------------------------------------------------------------

function cameTrue({ choice, right }: Answer): boolean {
  return choice === right;
}

function prediction({ step }: Place, answer: Answer): Words {
  const { question = '', choices = [] } = step.predict ?? {};
  const right = choices[answer.right ?? -1] ?? '';
  const told =
    answer.choice === undefined
      ? `Not guessed. The answer: ${right}.`
      : `Predicted: ${choices[answer.choice] ?? ''}. ${cameTrue(answer) ? 'So it was.' : `It was: ${right}.`}`;
  return [
    { text: question, role: 'emphasis' },
    { text: ` ${told}${answer.said === undefined ? '' : ` ${answer.said}`}`, role: 'text' },
  ];
}

function predictionSection({ state }: Account, done: readonly Place[]): Section[] {
  const given = done.flatMap((place) => {
    const answer = state.answers.get(keyOf(place));
    const { predict } = place.step;
    const choice = answer?.choice;
    return predict === undefined || answer?.right === undefined || choice === undefined
      ? []
      : [{ choice, answer, predict }];
  });
  if (given.length === 0) return [];
  const right = given.filter(({ answer }) => cameTrue(answer)).length;
  const rows = given.map(({ answer, choice, predict }) => [
    said(predict.question),
    said(predict.choices[choice] ?? ''),
    said(cameTrue(answer) ? 'so it was' : (predict.choices[answer.right ?? -1] ?? '')),
    said(answer.said ?? ''),
  ]);
  return [
    {
      id: 'predictions',
      title: 'Predictions, and what the machine said',
      blocks: [
        {
          type: 'paragraph',
          words: said(
            right === given.length
              ? `${given.length} of them, and all came true.`
              : `${right} of ${given.length} came true. The others are the ones worth remembering.`,
          ),
        },
        { type: 'table', head: ['Question', 'Predicted', 'The machine', 'Seen'], rows },
      ],
      sections: [],
    },
  ];
}

// --- quiz --------------------------------------------------------------------------------------

function quizSection(account: Account): Section[] {
  const { quiz, lessons } = account.state;
  const all = quizOf(lessons);
  const answered = quiz === undefined ? [] : firstGo(all, quiz);
  if (answered.length === 0) return [];
  const right = answered.filter(({ first }) => first === 0).length;
  const rows = answered.map(({ question, first }) => {
    const [correct] = question.options;
    const chosen = question.options[first] ?? correct;
    return [
      oneLine(question.question, account),
      oneLine(chosen.text, account),
      first === 0 ? said('right') : oneLine(correct.text, account),
      oneLine(correct.why, account),
    ];
  });
  const left = all.length - answered.length;
  return [
    {
      id: 'quiz',
      title: 'Questions about the whole tour',
      blocks: [
        {
          type: 'paragraph',
          words: said(
            `${right} of ${answered.length} right at the first go.${left === 0 ? '' : ` ${counted(left, 'question')} not answered.`}`,
          ),
        },
        { type: 'table', head: ['Question', 'First answer', 'Right answer', 'Why'], rows },
      ],
      sections: [],
    },
  ];
}

function labSection({ lab }: Account): Section[] {
  if (lab.length === 0) return [];
  const solved = lab.filter(({ minutes }) => minutes !== undefined).length;
  const rows = lab.map(({ id, title, minutes, hints, predicted }) => [
    code(id),
    said(title),
    said(minutes === undefined ? 'not yet' : counted(minutes, 'minute')),
    said(String(hints)),
    said(predicted === undefined ? '' : predicted ? 'right' : 'wrong'),
  ]);
  return [
    {
      id: 'lab',
      title: 'The lab: broken on purpose',
      blocks: [
        {
          type: 'paragraph',
          words: said(`${solved} of ${counted(lab.length, 'opened case')} solved.`),
        },
        { type: 'table', head: ['Case', 'Ticket', 'Solved in', 'Hints', 'Prediction'], rows },
      ],
      sections: [],
    },
  ];
}

/** A text as one cell of a table. */
function oneLine(text: Text, account: Account): Words {
  return paragraphs(text, account).flatMap((words, index): Run[] =>
    index === 0 ? [...words] : [{ text: ' ', role: 'text' }, ...words],
  );
}

// --- the end -----------------------------------------------------------------------------------

function chainSection({ state, known, digests, whole }: Account): Section {
  const picture = state.lessons.find(({ id }) => id === whole)?.picture;
  return {
    id: 'chain',
    title: 'The chain of digests',
    blocks: [
      ...(picture === undefined
        ? []
        : [
            {
              type: 'picture',
              rows: drawing(picture.drawing, known),
              alt: picture.alt,
            } as const,
          ]),
      {
        type: 'table',
        rows: digests.map(([what, value]) => [
          said(what),
          value === undefined ? [{ text: 'not known', role: 'unknown' }] : code(value),
        ]),
      },
    ],
    sections: [],
  };
}

function restSection(rest: readonly Place[]): Section {
  const lessons = [...new Set(rest.map(({ lesson }) => lesson))];
  return {
    id: 'rest',
    title: 'Still to come',
    blocks: [
      {
        type: 'table',
        rows: lessons.map((lesson) => [
          said(`${Number(lesson.id.slice(0, 2))}  ${lesson.title}`),
          said(
            rest
              .filter((place) => place.lesson === lesson)
              .map(({ step }) => step.title)
              .join('; '),
          ),
        ]),
      },
    ],
    sections: [],
  };
}

// --- prose -------------------------------------------------------------------------------------

function prose(text: Text, account: Account): Block[] {
  return paragraphs(text, account).map((words) => ({ type: 'paragraph', words }));
}

function paragraphs(text: Text, { known, keyName }: Account): Words[] {
  const named = text.map((part) => (typeof part === 'string' ? withKeys(part, keyName) : part));
  return paragraphsOf(named)
    .map((pieces) =>
      pieces.flatMap((piece): Run[] => {
        if ('fact' in piece) return [runOf(piece.fact.id, known, 'not known any more')];
        return piece.role === 'mark' ? [] : [{ text: piece.text, role: piece.role }];
      }),
    )
    .filter((words) => words.length > 0);
}

function runOf(id: string, known: Account['known'], otherwise: string): Run {
  const value = known.get(id);
  return value === undefined
    ? { text: otherwise, role: 'unknown' }
    : { text: value, role: 'value' };
}

/** The rows of a picture. Short values are padded, so that the picture keeps its shape. */
function drawing(text: Text, known: Account['known']): Words[] {
  const rows: Run[][] = [[]];
  for (const part of text) {
    if (typeof part !== 'string') {
      const run = runOf(part.fact.id, known, 'not yet');
      const room = ' '.repeat(Math.max(0, part.width - run.text.length));
      rows.at(-1)?.push(run, { text: room, role: 'text' });
      continue;
    }
    for (const [index, line] of part.split('\n').entries()) {
      if (index > 0) rows.push([]);
      rows.at(-1)?.push({ text: line, role: 'text' });
    }
  }
  return rows.map((row) => row.filter(({ text }) => text !== ''));
}
