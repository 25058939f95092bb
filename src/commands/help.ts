import { chop } from '../text/wrap.ts';
import type { Command } from './command.ts';
import { documentedLines, errorShape } from './json-lines.ts';
import { type Option, options, spelled, takes } from './options.ts';
import { type Verb, verbEntry, verbNames, verbs } from './verbs.ts';

const exitCodes = `Exit codes: 0 good, 1 a check failed or something is left, 2 usage, 3 a prerequisite
is missing, 4 not permitted or the environment refuses, 70 a bug of ours, 129, 130 or 143 ended by a signal.`;

/** The width of the help: it's read in a terminal of 80 columns. */
const helpWidth = 79;

/** Prose that is broken for the editor, broken for the terminal. Lines that begin with spaces stay. */
function paragraphs(text: string): string {
  const joined = text.replace(/(?<=^\S.*)\n(?=\S)/gm, ' ');
  return joined
    .split('\n')
    .flatMap((line) => (/^\S/.test(line) ? chop(line, helpWidth) : [line]))
    .join('\n');
}

/** Rows of two columns, the second one wrapped. */
function table(rows: readonly (readonly [left: string, right: string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows
    .map(([left, right]) => {
      const lines = chop(right, Math.max(40, helpWidth - 2 - width));
      return `  ${left.padEnd(width)}${lines.join(`\n  ${' '.repeat(width)}`)}`;
    })
    .join('\n');
}

const optionRows = (which: readonly Option[]) =>
  table(which.map((option) => [spelled(option), option.says]));

function commonOptions(): string {
  const common = options.filter((option) => option.verbs === 'all');
  return `Options that every command takes:\n${optionRows(common)}`;
}

/** The text of `handroll-tour --help`. */
export function overview(): string {
  return `handroll-tour: build a container image by hand, for real, and watch it run.

Usage: handroll-tour [COMMAND] [OPTIONS]

${table(verbNames.map((verb) => [verb, verbs[verb].summary]))}

${commonOptions()}

${paragraphs(exitCodes)}`;
}

/** The text of `handroll-tour VERB --help`. */
export function helpFor(verb: Verb, { description }: Command): string {
  const usage = verbEntry(verb).usage.map((each) => `handroll-tour ${each}`);
  const own = options.filter((option) => option.verbs !== 'all' && takes(verb, option));
  return [
    `Usage: ${usage.join('\n       ')}`,
    paragraphs(description),
    ...(own.length === 0 ? [] : [`Options:\n${optionRows(own)}`]),
    ...jsonSection(verb),
    commonOptions(),
    paragraphs(exitCodes),
  ].join('\n\n');
}

function jsonSection(verb: Verb): string[] {
  const documented = documentedLines(verb);
  if (documented === undefined) return [];
  const { shapes, notes } = documented;
  const lines = [...shapes.map((shape) => `  ${shape}`), `  ${errorShape} on an error`];
  return [
    `With --json, one of these a line:\n${lines.join('\n')}`,
    ...(notes.length === 0 ? [] : [table(notes)]),
  ];
}
