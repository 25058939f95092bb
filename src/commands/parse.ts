import { parseArgs } from 'node:util';
import { Exit, TourError } from '../errors.ts';
import { nearest } from '../text/nearest.ts';
import type { Arguments } from './command.ts';
import { type OptionName, options, parserOptions, takes } from './options.ts';
import { type Verb, verbEntry, verbNames } from './verbs.ts';

/** The command line before it is known whether the command takes all of it. */
interface CommandLine {
  /** The verb as it was typed; undefined if there was none. */
  readonly verb: string | undefined;
  /** All other arguments. */
  readonly rest: readonly string[];
  readonly help: boolean;
  readonly version: boolean;
  readonly json: boolean;
}

/** Finds the verb, which may come after options: `handroll-tour --workdir d check`. */
export function readArguments(argv: readonly string[]): CommandLine {
  const { tokens } = parseArgs({
    args: [...argv],
    options: parserOptions(),
    strict: false,
    tokens: true,
  });
  const first = tokens.find((token) => token.kind === 'positional');
  const isGiven = (name: OptionName) =>
    tokens.some((token) => token.kind === 'option' && token.name === name && !token.value);
  return {
    verb: first?.value,
    rest: argv.filter((_, index) => index !== first?.index),
    help: isGiven('help'),
    version: isGiven('version'),
    json: isGiven('json'),
  };
}

/**
 * The command of this name; the tour, if none was typed.
 * @throws TourError (exit 2) if there is no such command
 */
export function verbFor(typed: string | undefined): Verb {
  const found = verbNames.find((verb) => verb === (typed ?? 'tour'));
  if (found !== undefined) return found;
  const meant = nearest(typed ?? '', verbNames);
  throw new TourError(`There is no command '${typed}'.`, {
    hint: `${didYouMean(meant)}The commands are ${verbNames.join(', ')}. See handroll-tour --help.`,
    exit: Exit.usage,
  });
}

/** The beginning of a hint; nothing without a word that was probably meant. */
export const didYouMean = (meant: string | undefined) =>
  meant === undefined ? '' : `Did you mean ${meant}? `;

/**
 * Parses the arguments of a verb.
 * @throws TourError (exit 2) for arguments that the command doesn't take
 */
export function parseFor(verb: Verb, args: readonly string[]): Arguments {
  refuseOptions(verb, args);
  const parsed = parse(verb, args);
  const { positionals } = parsed;
  const { min, max } = verbEntry(verb).operands ?? { min: 0, max: 0 };
  const surplus = positionals[max];
  if (surplus !== undefined) {
    throw misused(`'${verb}' takes no argument '${surplus}'.`, verb, insteadOf(verb, surplus));
  }
  if (positionals.length < min) throw misused(`'${verb}' needs ${needed(verb, min)}.`, verb);
  return parsed;
}

function needed(verb: Verb, min: number): string {
  if (verbEntry(verb).operands?.are === 'shell') return 'the name of a shell';
  return min === 1 ? 'a path' : `${min} paths`;
}

/** Advice for `run 05`, which is easily typed after `check 05`. */
function insteadOf(verb: Verb, operand: string): string {
  if (verb !== 'run') return '';
  return `For everything up to it: run --to ${operand}; for it alone: run --only ${operand}. `;
}

function misused(message: string, verb: Verb, advice = ''): TourError {
  return new TourError(message, {
    hint: `${advice}See handroll-tour ${verb} --help.`,
    exit: Exit.usage,
  });
}

/** The error for `--json` with a part of a command that prints no JSON lines: `layers --cat`. */
export function noJson(verb: Verb, part: string): TourError {
  return misused(`'${verb} ${part}' does not take --json.`, verb);
}

/** Refuses options that this command doesn't take, with better messages than parseArgs. */
function refuseOptions(verb: Verb, args: readonly string[]): void {
  const { tokens } = parseArgs({
    args: [...args],
    options: parserOptions(),
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = options.find(({ name }) => name === token.name);
    if (option !== undefined && takes(verb, option)) continue;
    if (option === undefined || option.verbs === 'all') {
      const own = options.filter((each) => takes(verb, each)).map(({ name }) => name);
      const meant = nearest(token.name, own);
      const advice = didYouMean(meant === undefined ? undefined : `--${meant}`);
      throw misused(`'${verb}' has no option ${token.rawName}.`, verb, advice);
    }
    const others = `It is an option of ${option.verbs.join(', ')}. `;
    throw misused(`'${verb}' does not take ${token.rawName}.`, verb, others);
  }
}

function parse(verb: Verb, args: readonly string[]): Arguments {
  try {
    return parseArgs({ args: [...args], options: parserOptions(verb), allowPositionals: true });
  } catch (error) {
    // The first sentence of parseArgs' message is good; the rest is advice about `--`.
    const message = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw misused(`${message}.`.replace(/\.\.$/, '.'), verb);
  }
}
