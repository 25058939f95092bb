import { basename, dirname, join } from 'node:path';
import { labCases } from '../../lessons/lab/index.ts';
import type { LabCase } from '../engine/lab/case.ts';
import { numberOf } from '../engine/lab/place.ts';
import { Exit, TourError } from '../errors.ts';
import { nearest } from '../text/nearest.ts';
import { type Arguments, textOption } from './command.ts';
import { didYouMean } from './parse.ts';

/** What can be done in the lab apart from opening a case by its id. */
export const labActions = ['list', 'check', 'reset', 'hint', 'debrief', 'shell'] as const;
type LabAction = (typeof labActions)[number];

interface LabRequest {
  /** Undefined: the case is opened; without a case, it's the list. */
  readonly action: LabAction | undefined;
  readonly labCase: LabCase | undefined;
  readonly seed: number | undefined;
}

/**
 * Reads `lab [ACTION] [ID]`.
 * @param workdir in a case's own shell, the case needn't be named
 * @throws TourError (exit 2) for anything else
 */
export function labRequest(args: Arguments, workdir: string): LabRequest {
  const [first, second] = args.positionals;
  const action = labActions.find((each) => each === first);
  const id = action === undefined ? first : second;
  if (action === undefined && second !== undefined) {
    throw misused(`'${first}' can't be done in the lab.`, nearest(first ?? '', labActions));
  }
  if (args.values.command !== undefined && action !== 'shell') {
    throw misused("-c is for 'lab shell'.");
  }
  const seed = seedIn(args);
  if (seed !== undefined && action !== undefined && action !== 'list') {
    throw misused("--seed is for the order of the list: 'lab' or 'lab list'.");
  }
  if (action === 'list' && id !== undefined) throw misused(`'lab list' takes no '${id}'.`);
  if (id !== undefined) return { action, labCase: caseNamed(id), seed };
  const here = action === undefined || action === 'list' ? undefined : caseHere(workdir);
  if (action !== undefined && action !== 'list' && here === undefined) {
    throw misused(`'lab ${action}' needs the id of a case.`);
  }
  return { action, labCase: here, seed };
}

function seedIn(args: Arguments): number | undefined {
  const text = textOption(args, 'seed');
  if (text === undefined) return undefined;
  const seed = Number(text);
  if (/^\d{1,15}$/.test(text)) return seed;
  throw misused(`--seed cannot be '${text}': it is a number.`);
}

/** By its id, or by its number, with or without the 0 in front. */
function caseNamed(id: string): LabCase {
  const number = id.padStart(2, '0');
  const found = labCases.find((each) => each.id === id || numberOf(each) === number);
  if (found !== undefined) return found;
  const ids = labCases.map((each) => each.id);
  throw misused(`There is no case '${id}'.`, nearest(id, [...ids, ...labActions]));
}

function caseHere(workdir: string): LabCase | undefined {
  const { LAB } = process.env;
  if (LAB === undefined || dirname(LAB) !== join(workdir, 'lab')) return undefined;
  return labCases.find(({ id }) => id === basename(LAB));
}

function misused(message: string, meant?: string): TourError {
  return new TourError(message, {
    hint: `${didYouMean(meant)}handroll-tour lab list shows the cases; see handroll-tour lab --help.`,
    exit: Exit.usage,
  });
}
