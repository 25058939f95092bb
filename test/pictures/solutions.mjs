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

/** The solutions for root, on a filesystem that can have everything. */
export async function solutions() {
  const folder = mkdtempSync(join(tmpdir(), 'handroll-tour-pictures-'));
  try {
    const { entryPoints: _, ...options } = bundleOptions('');
    const stdin = { contents: source, resolveDir: root };
    const outfile = join(folder, 'lessons.mjs');
    await build({ ...options, stdin, outfile, splitting: false, sourcemap: false });
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
        const found = lessons.find(({ id }) => Number.parseInt(id, 10) === lesson)?.steps[step - 1];
        if (found === undefined) throw new Error(`lesson ${lesson} has no step ${step}`);
        return render(found.script, machine).replaceAll(/^ *#.*\n/gm, '');
      },
      /** The number of the right option on the screen of a question. @param {string} screen */
      rightOn: (screen) => {
        const words = plain(screen);
        const asked = quizOf(lessons).find(({ question }) => has(words, question));
        if (asked === undefined) throw new Error(`no question that is known:\n${screen}`);
        const [, ...options] = screen.split(/^ {4,}(?=[1-4] )/m).map(plain);
        const number = options.findIndex((option) => has(option, asked.options[0].text)) + 1;
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
