import { describe, expect, test } from 'vitest';
import { fact } from '../../src/engine/fact.ts';
import type { QuizQuestion } from '../../src/engine/lesson.ts';
import { text } from '../../src/engine/text.ts';
import { keys, screen } from '../helpers/screen.tsx';
import { aLesson, aStep } from '../helpers/small-tour.ts';
import { themes } from '../helpers/themes.ts';

const machine = { digest: '37e0a411…' as string | undefined };

const digest = fact('diffid', {
  what: 'the DiffID of base',
  from: '03-layers/tar',
  read: async () => machine.digest,
});

const where: QuizQuestion = {
  id: 'where',
  question: text`Which document contains ${digest}?`,
  options: [
    { text: text`the config`, why: text`\`rootfs.diff_ids\` begins with ${digest}.` },
    { text: text`the manifest`, why: text`That lists digests of *compressed* layers.` },
    { text: text`index.json`, why: text`That lists manifests only.` },
  ],
};
const copy: QuizQuestion = {
  id: 'copy',
  question: text`One byte of a large file in the base is changed. What is copied?`,
  options: [
    { text: text`all of the file`, why: text`overlayfs copies whole files up.` },
    { text: text`one block`, why: text`overlayfs knows files, and no blocks.` },
  ],
};

const lessons = [
  aLesson('03-layers', [aStep('tar')]),
  aLesson('09-summary', [aStep('chain', { title: 'Every link' })], {
    title: 'The whole chain',
    recap: true,
    quiz: [where, copy],
  }),
  aLesson('10-more', [aStep('x')], { title: 'More' }),
];

/** The seed, which decides the order of the options. */
const quiz = { seed: 1, answers: [] };

async function tour(options: Partial<Parameters<typeof screen>[0]> = {}) {
  machine.digest = '37e0a411…';
  const it = screen({
    lessons,
    before: (progress) => {
      progress.markCompleted('03-layers/tar');
      progress.markCompleted('09-summary/chain');
    },
    ...options,
  });
  await it.does({ type: 'survey' });
  await it.open('09-summary/chain');
  return it;
}

const begun = (progress: Parameters<NonNullable<Parameters<typeof screen>[0]['before']>>[0]) => {
  progress.markCompleted('09-summary/chain');
  progress.recordQuiz(quiz);
};

type Tour = Awaited<ReturnType<typeof tour>>;

/** The key of an option. */
function keyOf(it: Tour, option: string): string {
  const row = it.frame().find((each) => each.endsWith(`  ${option}`) || each.endsWith(option));
  return /(\d) /.exec(row ?? '')?.[1] ?? '';
}

async function answer(it: Tour, question: string, option: string, found: string) {
  await it.sees(question);
  await it.sees(/1-\d answer/);
  it.press(keyOf(it, option));
  await it.sees(found);
}

const documents = 'Which document contains 37e0a411…?';

describe('the quiz', () => {
  test('is what Enter opens at the end of its lesson, once', async () => {
    const it = await tour();
    await it.sees('2 questions about what you built');
    await it.sees(/^ ↵ the questions/m);
    it.press(keys.enter);
    await it.sees(documents);
    it.press(keys.enter);
    await it.sees(documents);
    it.press(keys.escape);
    await it.sees('You have answered 0 of 2 questions. x opens them.');
    await it.sees(/^ ↵ go on/m);
    it.press(keys.enter);
    await it.sees('10  More');
  });

  test('explains a wrong answer, and asks again after the others', async () => {
    const it = await tour();
    it.press('x');
    await answer(it, documents, 'the manifest', '✖ No.');
    expect(it.frame().join('\n')).toContain('That lists digests of compressed layers.');
    expect(it.frame().join('\n')).toContain('This question will come up again.');
    it.press(keys.enter);
    await answer(it, 'One byte', 'all of the file', '✔ Right.');
    it.press(keys.enter);
    await it.sees('asked again');
    await answer(it, documents, 'the config', '✔ Right.');
    expect(it.frame().join('\n')).toContain('rootfs.diff_ids begins with 37e0a411….');
    it.press(keys.enter);
    await it.sees('1 of 2 at the first go');
    expect(it.frame().join('\n')).toContain('This one took more than one try:');
    it.press(keys.enter);
    await it.sees('You answered 1 of 2 questions right at the first go. x opens them.');
    expect(it.progress.quiz()?.answers).toHaveLength(3);
  });

  test('is kept where it was left', async () => {
    const it = await tour({
      before: (progress) => {
        progress.markCompleted('09-summary/chain');
        progress.recordQuiz({ seed: 1, answers: [{ id: 'where', option: 0 }] });
      },
    });
    await it.sees('You have answered 1 of 2 questions.');
    await it.sees(/^ ↵ go on/m);
    it.press('x');
    await it.sees('question 2 of 2');
    await it.sees('One byte');
  });

  test('says which step makes what is not there', async () => {
    const it = await tour();
    machine.digest = undefined;
    it.press('x');
    await it.sees('the DiffID of base: 03-layers/tar');
    await it.sees(/^ ↵ back to the step/m);
    it.press(keys.enter);
    await it.sees('Every link');
  });

  test('opens from the contents too', async () => {
    const it = await tour({ before: begun });
    it.press('c');
    await it.sees('x questions');
    it.press(keys.up);
    await it.loses('x questions');
    it.press(keys.down);
    await it.sees('x questions');
    it.press('x');
    await it.sees(documents);
  });
});

describe.each([
  ['80x24', {}],
  ['120x40', { size: { columns: 120, rows: 40 } }],
])('at %s', (size, options) => {
  test('a question, and an answer', async () => {
    const it = await tour({ before: begun, ...options });
    it.press('x');
    await it.sees(documents);
    await it.sees('1-3 answer');
    await expect([...it.frame(), ''].join('\n')).toMatchFileSnapshot(`frames/question-${size}.txt`);
    await answer(it, documents, 'index.json', 'No.');
    await expect([...it.frame(), ''].join('\n')).toMatchFileSnapshot(`frames/answer-${size}.txt`);
  });
});

describe('other terminals', () => {
  test('in ASCII every character is', async () => {
    const it = await tour({ before: begun, theme: themes.ascii });
    it.press('x');
    await answer(it, 'Which document', 'index.json', 'No.');
    expect(it.frame().join('')).toMatch(/^[ -~]*$/);
  });

  test('a screen reader hears the question, the options and the reason', async () => {
    const it = await tour({ before: begun, theme: themes.spoken });
    it.press('x');
    await it.sees('question: Which document contains 37e0a411…?');
    await it.sees('Keys: 1-3 answer, esc later');
    it.press(keyOf(it, 'index.json'));
    await it.sees('failed: No. That lists manifests only.');
  });

  test('a question that is longer than the window is read on with Enter', async () => {
    const lines = Array.from({ length: 30 }, (_, at) => `Paragraph ${at}.`).join('\n\n');
    const long = { ...where, question: [lines] };
    const [first, , last] = lessons;
    if (first === undefined || last === undefined) throw new Error('no lessons');
    const summary = aLesson('09-summary', [aStep('chain')], { quiz: [long] });
    const it = await tour({ before: begun, lessons: [first, summary, last] });
    it.press('x');
    await it.sees('Paragraph 0.');
    for (const next of ['Paragraph 9.', 'Paragraph 18.', 'Paragraph 29.']) {
      await it.sees(/^ ↵ read on/m);
      it.press(keys.enter);
      await it.sees(next);
    }
    await it.sees(/^ 1-3 answer/m);
    expect(it.frame().join()).toContain('index.json');
  });
});
