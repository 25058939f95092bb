import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { failedWith } from '../errors.ts';

/*
 * Scripts and checks should give the same results in every environment, so theirs is built here. Only
 * the variables that identify the user and the session come from the learner. Others could change
 * results: tools take options from variables (GZIP, TAR_OPTIONS, POSIXLY_CORRECT), and shells take code
 * (BASH_ENV, exported functions). The learner's own shell keeps the learner's own environment.
 */

/** The learner's variables that identify user and session and don't affect results. */
const keptNames = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM'] as const;

/**
 * The same language, sort order and clock everywhere. LANGUAGE isn't kept, since it overrides LC_ALL.
 * It isn't plain C either, since tools then print non-ASCII letters of a path as numbers.
 */
const fixed = {
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC0',
  // bash reads ~/.bashrc if it's the first shell and its standard input is a socket, as Node's pipes
  // are: it assumes that rshd started it.
  SHLVL: '1',
} as const;

/** The environment of everything that the tour runs, except the learner's own shell. */
export function knownEnvironment(
  extra: NodeJS.ProcessEnv = {},
  learners: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const own = keptNames.flatMap((name) => {
    const value = learners[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(own), ...fixed, ...extra };
}

/** The umask of scripts. */
const mask = 0o022;

/** Starts something under the tour's umask: a child process inherits the current one. */
export function underKnownUmask<T>(start: () => T): T {
  const learners = process.umask(mask);
  try {
    return start();
  } finally {
    process.umask(learners);
  }
}

/**
 * The TMPDIR of scripts: bash puts here-documents there, and ctr the mount through which it reads a new
 * container's files. It's in the tour's own directory, since the machine's may be full, read-only or
 * missing, and since it's removed with the rest.
 * @param own the tour's own directory in the working directory
 * @returns undefined if it can't be made; the machine's is used then
 */
export function ownTemporary(own: string): string | undefined {
  const path = join(own, 'tmp');
  try {
    mkdirSync(path, { mode: 0o700 });
    return path;
  } catch (error) {
    if (!failedWith(error, 'EEXIST')) return undefined;
    return lstatSync(path).isDirectory() ? path : undefined;
  }
}

/** A variable of the learner's that changes the results of what they type themselves. */
export interface Disturbance {
  readonly name: string;
  /** What it does: the rest of a sentence that begins with its name. */
  readonly does: string;
  /** The line to paste to fix it. */
  readonly mend: string;
}

const isSet = (value: string) => value !== '';

function isUnusable(directory: string): boolean {
  if (directory === '') return false;
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return false;
  } catch {
    return true;
  }
}

const unset = (name: string) => `unset ${name}`;
/** Bash doesn't allow these two to be unset. */
const keepBack = (name: string) => `export -n ${name}`;

/** Variables that tools read: when they matter, what they do, and the line that fixes it. */
const disturbing: readonly (readonly [
  name: string,
  matters: (value: string) => boolean,
  does: string,
  mend: (name: string) => string,
])[] = [
  ['GZIP', isSet, 'gives gzip options, and other options make another digest', unset],
  ['TAR_OPTIONS', isSet, 'gives tar options, and other options make another DiffID', unset],
  ['POSIXLY_CORRECT', () => true, "ends a tool's options at its first file", unset],
  ['QUOTING_STYLE', isSet, 'makes ls print names in quotes', unset],
  ['BASH_ENV', isSet, 'is a file that every bash script runs first', unset],
  ['SHELLOPTS', isSet, 'hands the options of your shell on to every bash script', keepBack],
  ['BASHOPTS', isSet, 'hands the options of your shell on to every bash script', keepBack],
  [
    'CONTAINERD_SNAPSHOTTER',
    (value) => isSet(value) && value !== 'overlayfs',
    'makes ctr unpack layers where the lessons do not look',
    unset,
  ],
  ['TMPDIR', isUnusable, 'names a directory that cannot be written, and ctr run needs one', unset],
  [
    'XDG_RUNTIME_DIR',
    isUnusable,
    'names a directory that cannot be written, and ctr run needs one',
    unset,
  ],
];

/** How bash exports a function: `BASH_FUNC_tar%%`. */
const exported = /^BASH_FUNC_(.+)%%$/;

/** What in the learner's environment affects what they type; the tour's scripts aren't affected. */
export function disturbances(learners: NodeJS.ProcessEnv = process.env): Disturbance[] {
  const variables = disturbing.flatMap(([name, matters, does, mend]) => {
    const value = learners[name];
    return value !== undefined && matters(value) ? [{ name, does, mend: mend(name) }] : [];
  });
  const functions = Object.keys(learners).flatMap((name) => exported.exec(name)?.[1] ?? []);
  return [
    ...variables,
    ...functions.map((name) => ({
      name: `The function ${name}`,
      does: 'is run by bash in place of the program of that name',
      mend: `unset -f ${name}`,
    })),
  ];
}
