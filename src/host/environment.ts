import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { failedWith } from '../errors.ts';

/*
 * Scripts and checks are to come out the same wherever the tools do. Their environment is made here:
 * what says who and where somebody is comes from the learner, everything else does not, since tools take
 * options from variables (GZIP, TAR_OPTIONS, POSIXLY_CORRECT) and shells take code (BASH_ENV, exported
 * functions). The learner's own shell keeps the learner's own environment.
 */

/** What of the learner's environment says who and where they are, and nothing about results. */
const keptNames = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM'] as const;

/**
 * The same words, order and clock everywhere. LANGUAGE, which would go before LC_ALL, is not kept; and
 * it is not plain C, in which tools print the letters of a path as numbers.
 */
const fixed = {
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC0',
  // A first shell whose standard input is a socket (Node's pipes are) takes itself for one of rshd's,
  // and reads the learner's ~/.bashrc.
  SHLVL: '1',
} as const;

/** The environment of everything that the tour runs by itself. */
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

/** Starts something under the tour's umask. A process begins with the one that was set when it was started. */
export function underKnownUmask<T>(start: () => T): T {
  const learners = process.umask(mask);
  try {
    return start();
  } finally {
    process.umask(learners);
  }
}

/**
 * Where scripts put what they need for a moment: bash its here-documents, ctr the mount through which it
 * reads a new container's files. It is in the tour's own corner of the working directory, since the
 * machine's may be full, read-only or not there, and since this one goes with the rest.
 * @param own the tour's corner
 * @returns undefined if it cannot be made: then there is the machine's
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

/** A variable of the learner's that changes what comes of the steps they type themselves. */
export interface Disturbance {
  readonly name: string;
  /** What it does, as the rest of a sentence that begins with the name. */
  readonly does: string;
  /** The line that mends it. */
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

/** Variables that tools heed: when they matter, what they do, and the line that mends it. */
const disturbing: readonly (readonly [
  name: string,
  matters: (value: string) => boolean,
  does: string,
  mend: (name: string) => string,
])[] = [
  ['GZIP', isSet, 'gives gzip options, and other options make another Digest', unset],
  ['TAR_OPTIONS', isSet, 'gives tar options, and other options make another DiffID', unset],
  ['POSIXLY_CORRECT', () => true, 'makes tools take options in another order', unset],
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

/** What in the learner's environment changes what they type, though not what the tour's scripts do. */
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
