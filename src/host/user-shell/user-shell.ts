import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Host } from '../host.ts';
import { isOurs } from '../ownership.ts';
import { replaceAtomically } from '../replace-atomically.ts';
import bashrc from './bashrc.sh';
import fishInit from './init.fish';
import { dialectOf, exportLines } from './shell-dialect.ts';
import shrc from './shrc.sh';
import zshenv from './zshenv.zsh';
import zshrc from './zshrc.zsh';

/*
 * The learner's own shell, with their start-up files, history and prompt, and our text in front of the
 * prompt. None of their files are edited: each kind of shell gets a start-up file of ours, which reads
 * theirs first and sets our variables last, so that theirs don't override them. Values are passed in the
 * environment, so our files are always the same.
 */

/** How to start the shell. */
interface UserShell {
  /** Its name: bash. */
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Whether we can put text in front of its prompt. */
  readonly showsPrompt: boolean;
}

/** Shells that read the file named by ENV when they're interactive. */
const readingEnv = new Set(['sh', 'dash', 'ash', 'ksh', 'ksh93', 'mksh', 'loksh', 'yash']);
/** Shells of accounts without a login. */
const noShells = new Set(['false', 'nologin', 'true']);

/** The learner's shell, or /bin/sh. */
function chosenShell({ SHELL }: NodeJS.ProcessEnv): string {
  const usable = SHELL && existsSync(SHELL) && !noShells.has(basename(SHELL));
  return usable ? SHELL : '/bin/sh';
}

/** The file by which an open shell gets the variables that become known later. */
const variablesFile = ({ workspace }: Host) => join(workspace.own, 'shell', 'variables');

/** Tells shells that are open which variables are known now; they look before each prompt. */
export function tellVariables(host: Host, variables: Readonly<Record<string, string>>): void {
  const path = variablesFile(host);
  if (!isOurs(host.workspace) || !existsSync(dirname(path))) return;
  const lines = exportLines(variables, undefined, dialectOf(chosenShell(process.env)));
  replaceAtomically(path, (unfinished) => writeFileSync(unfinished, `${lines.join('\n')}\n`));
}

/**
 * How to start the learner's own shell.
 * @param variables set in it, in spite of the learner's own files
 * @param prompt goes in front of the learner's own
 * @param options.stays the shell stays open while more variables become known
 * @param options.directory where it begins; the working directory if left out
 */
export function userShell(
  host: Host,
  variables: Readonly<Record<string, string>>,
  prompt: string,
  { stays = false, directory }: { readonly stays?: boolean; readonly directory?: string } = {},
): UserShell {
  const shell = chosenShell(process.env);
  const name = basename(shell);
  const argv = (...args: string[]) => host.atTerminal([shell, ...args], directory);
  const environment = host.learnersEnvironment(variables);
  const env: NodeJS.ProcessEnv = {
    ...environment,
    HANDROLL_TOUR_PROMPT: prompt,
    HANDROLL_TOUR_ENV: exportLines(variables, host.pathFirst, dialectOf(shell)).join('\n'),
    ...(stays && { HANDROLL_TOUR_VARIABLES: variablesFile(host) }),
  };
  const plain = { name, argv: argv(), env: environment, showsPrompt: false };
  // After cleanup there's no directory for our files, and no variables are needed.
  if (!isOurs(host.workspace)) return plain;
  if (name === 'fish') {
    return { name, argv: argv('--init-command', fishInit), env, showsPrompt: true };
  }
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
