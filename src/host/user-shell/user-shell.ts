import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Host } from '../host.ts';
import { ownership } from '../ownership.ts';
import { replaceAtomically } from '../replace-atomically.ts';
import bashrc from './bashrc.sh';
import fishInit from './init.fish';
import { dialectOf, exportLines } from './shell-dialect.ts';
import shrc from './shrc.sh';
import zshenv from './zshenv.zsh';
import zshrc from './zshrc.zsh';

/*
 * A shell of the learner's own: their start-up files, their history, their prompt; and in front of the
 * prompt where they are. Nothing of theirs is edited: each kind of shell is pointed at a start-up file
 * of ours, which first reads theirs, and sets our variables last, so that nothing in theirs is in the
 * way. Values travel in the environment; the files are always the same.
 */

/** What to start, and what to say if it is less than the learner could expect. */
export interface UserShell {
  /** What the learner calls it: bash. */
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Whether the prompt says where one is. */
  readonly showsPrompt: boolean;
}

/** Shells that read the file which ENV names when somebody is going to type. */
const readingEnv = new Set(['sh', 'dash', 'ash', 'ksh', 'ksh93', 'mksh', 'loksh', 'yash']);
/** What an account has that nobody is to log in to. */
const noShells = new Set(['false', 'nologin', 'true']);

/** The learner's shell, or the one that every system has. */
function chosenShell({ SHELL }: NodeJS.ProcessEnv): string {
  const usable = SHELL && existsSync(SHELL) && !noShells.has(basename(SHELL));
  return usable ? SHELL : '/bin/sh';
}

/**
 * How to start a shell of the learner's own in the tour's working directory.
 * @param variables what it is told
 * @param prompt goes in front of the learner's own
 */
export function userShell(
  host: Host,
  variables: Readonly<Record<string, string>>,
  prompt: string,
): UserShell {
  const shell = chosenShell(process.env);
  const name = basename(shell);
  const argv = (...args: string[]) => host.atTerminal([shell, ...args]);
  const environment = host.learnersEnvironment(variables);
  const env: NodeJS.ProcessEnv = {
    ...environment,
    HANDROLL_TOUR_PROMPT: prompt,
    HANDROLL_TOUR_ENV: exportLines(variables, host.pathFirst, dialectOf(shell)).join('\n'),
  };
  const plain = { name, argv: argv(), env: environment, showsPrompt: false };
  if (name === 'fish') {
    return { name, argv: argv('--init-command', fishInit), env, showsPrompt: true };
  }
  // After cleanup there is no place for files of ours, and nothing to be told either.
  if (ownership(host.workspace) !== 'ours') return plain;
  const folder = join(host.workspace.own, 'shell');
  mkdirSync(folder, { recursive: true });
  const file = (as: string, text: string) => {
    const path = join(folder, as);
    replaceAtomically(path, (unfinished) => writeFileSync(unfinished, text));
    return path;
  };
  if (name === 'bash') {
    return { name, argv: argv('--rcfile', file('bashrc', bashrc)), env, showsPrompt: true };
  }
  if (name === 'zsh') {
    file('.zshenv', zshenv);
    file('.zshrc', zshrc);
    const theirs = env.ZDOTDIR === undefined ? {} : { HANDROLL_TOUR_ZDOTDIR: env.ZDOTDIR };
    return { name, argv: argv(), env: { ...env, ...theirs, ZDOTDIR: folder }, showsPrompt: true };
  }
  if (readingEnv.has(name)) {
    const theirs = env.ENV === undefined ? {} : { HANDROLL_TOUR_THEIRS: env.ENV };
    const ours = { ENV: file('shrc', shrc) };
    return { name, argv: argv(), env: { ...env, ...theirs, ...ours }, showsPrompt: true };
  }
  return plain;
}
