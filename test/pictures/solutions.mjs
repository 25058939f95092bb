// @ts-check
// What a learner who knows it all types and answers, from the sources of the lessons.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { bundleOptions } from '../../.config/bundle.mjs';
import { root } from '../../.config/tree.mjs';

const source = `
  export { lessons } from './lessons/index.ts';
  export { quizOf } from './src/engine/quiz.ts';
  export { render } from './src/engine/script.ts';`;

/**
 * What is used of the modules.
 *
 * @typedef {{ id: string, steps: readonly { script: object }[] }} Lesson
 * @typedef {readonly unknown[]} Text
 * @typedef {{ question: Text, options: readonly [{ text: Text }] }} QuizQuestion
 * @typedef {object} Lessons
 * @property {readonly Lesson[]} lessons
 * @property {(lessons: readonly Lesson[]) => readonly QuizQuestion[]} quizOf
 * @property {(script: object, machine: object) => string} render
 */

/** The solutions for root, on a filesystem that can have everything. */
export async function solutions() {
  const folder = mkdtempSync(join(tmpdir(), 'handroll-tour-pictures-'));
  try {
    const { entryPoints: _, ...options } = bundleOptions('');
    const stdin = { contents: source, resolveDir: root };
    const outfile = join(folder, 'lessons.mjs');
    await build({ ...options, stdin, outfile, splitting: false, sourcemap: false });
    /** @type {Lessons} */
    const { lessons, quizOf, render } = await import(pathToFileURL(outfile).href);
    const machine = {
      privilege: 'root',
      containerdAccess: { viaWrapper: true },
      whiteout: () => ({ form: 'device' }),
      filesystem: () => ({ supportsOverlayUpper: true }),
    };
    return {
      /** The script of a step, by the numbers on its screen. @param {number} lesson @param {number} step */
      scriptOf: (lesson, step) => {
        const found = lessons.find((each) => Number.parseInt(each.id, 10) === lesson)?.steps[
          step - 1
        ];
        if (found === undefined) throw new Error(`lesson ${lesson} has no step ${step}`);
        return render(found.script, machine).replaceAll(/^ *#.*\n/gm, '');
      },
      /** The number of the right option on the screen of a question. @param {string} screen */
      rightOn: (screen) => {
        const words = plain(screen);
        const asked = quizOf(lessons).find((each) => has(words, each.question));
        if (asked === undefined) throw new Error(`no question that is known:\n${screen}`);
        const [, ...options] = screen.split(/^ {4,}(?=[1-4] )/m);
        const right = plain(asked.options[0].text.join(''));
        const number =
          options.findIndex((each) => plain(each.split(/\n\s*\n/)[0] ?? '').slice(2) === right) + 1;
        if (number === 0) throw new Error(`the right option isn't there:\n${screen}`);
        return String(number);
      },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whether words have all parts of a text that aren't facts. @param {string} words @param {readonly unknown[]} text */
function has(words, text) {
  return text.every((part) => typeof part !== 'string' || words.includes(plain(part)));
}

/** Words in one line, without marks. @param {string} text */
function plain(text) {
  return text.replaceAll(/[`*]/g, '').replaceAll(/\s+/g, ' ').trim();
}
