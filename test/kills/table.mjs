// @ts-check
// What the kills came to, by target and signal. Pure.

import { signals, spelled, targets } from './deck.mjs';

/**
 * @typedef {object} Outcome
 * @property {import('./deck.mjs').Kill} kill
 * @property {readonly string[]} wrong what was not as it must be; nothing if it was survived
 * @property {number | undefined} milliseconds until the command had ended, where the signal was to end it
 */

/**
 * A line for each target, a column for each signal, `survived of all` in each cell; then each kill that
 * was not survived.
 *
 * @param {readonly Outcome[]} outcomes
 * @returns {string[]}
 */
export function table(outcomes) {
  /** @param {(outcome: Outcome) => boolean} belongs */
  const cell = (belongs) => {
    const all = outcomes.filter(belongs);
    const survived = all.filter(({ wrong }) => wrong.length === 0).length;
    return all.length === 0 ? '-' : `${survived} of ${all.length}`;
  };
  /** @type {{ title: string, belongs: (outcome: Outcome) => boolean }[]} */
  const columns = [
    ...signals.map((signal) => ({
      title: /** @type {string} */ (signal),
      belongs: (/** @type {Outcome} */ { kill }) => kill.signal === signal,
    })),
    { title: 'all', belongs: () => true },
  ];
  /** @param {'target' | 'command' | 'daemon'} word @param {readonly string[]} values */
  const rows = (word, values) =>
    values
      .filter((value) => outcomes.some(({ kill }) => kill[word] === value))
      .map((value) => [
        value,
        ...columns.map(({ belongs }) =>
          cell((outcome) => outcome.kill[word] === value && belongs(outcome)),
        ),
      ]);
  /** @param {'command' | 'daemon'} word */
  const met = (word) => [...new Set(outcomes.map(({ kill }) => kill[word]))].sort();
  const lines = [
    ['', ...columns.map(({ title }) => title)],
    ...rows('target', targets),
    [],
    ...rows('command', met('command')),
    [],
    ...rows('daemon', met('daemon')),
    [],
    ['', ...columns.map(({ belongs }) => cell(belongs))],
  ];
  const widths = columns.map((_, column) =>
    Math.max(...lines.map((line) => line[column + 1]?.length ?? 0)),
  );
  const padded = lines.map((line) =>
    line
      .map((text, column) =>
        column === 0 ? text.padEnd(9) : text.padStart((widths[column - 1] ?? 0) + 2),
      )
      .join('')
      .trimEnd(),
  );
  const failed = outcomes.filter(({ wrong }) => wrong.length > 0);
  return [...padded, ...failed.flatMap((outcome) => ['', ...told(outcome)])];
}

/**
 * A kill that was not survived: how to see it again, and what was wrong.
 *
 * @param {Outcome} outcome
 */
export function told({ kill, wrong }) {
  return [`npm run kills -- --kill '${spelled(kill)}'`, ...wrong.map((each) => `  ${each}`)];
}

/**
 * What is there now and was not before, and the other way round.
 *
 * @param {readonly string[]} before
 * @param {readonly string[]} after
 * @returns {string[]}
 */
export function differences(before, after) {
  return [
    ...surplus(after, before).map((each) => `left: ${each}`),
    ...surplus(before, after).map((each) => `gone: ${each}`),
  ];
}

/**
 * What is more often in one list than in the other.
 *
 * @param {readonly string[]} all
 * @param {readonly string[]} known
 */
export function surplus(all, known) {
  const rest = [...known];
  return all.filter((each) => {
    const at = rest.indexOf(each);
    if (at !== -1) rest.splice(at, 1);
    return at === -1;
  });
}
