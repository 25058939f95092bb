import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Host } from '../host.ts';
import { ownership } from '../ownership.ts';
import { put } from '../put.ts';
import { dialectOf, exportLines } from './exports.ts';

/*
 * A shell of the learner's own: their start-up files, their history, their prompt; and in front of the
 * prompt where they are. Nothing of theirs is edited: each kind of shell is pointed at a start-up file
 * of ours, which first reads theirs, and sets our variables last, so that nothing in theirs is in the
 * way. Values travel in the environment; the files are always the same.
 */

/** What to start, and what to say if it is less than the learner could expect. */
export interface OwnShell {
  /** What the learner calls it: bash. */
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Whether the prompt says where one is. */
  readonly prompts: boolean;
}

/** Sets the variables, whatever the learner's own files have set them to. */
const setVariables = `eval "$HANDROLL_TOUR_ENV"
unset HANDROLL_TOUR_ENV
`;

const bashrc = `[ ! -r ~/.bashrc ] || . ~/.bashrc
${setVariables}
# Prompts that are made anew each time are made by then: this comes last.
handroll_tour_prompt() {
  case $PS1 in
    "$HANDROLL_TOUR_PROMPT"*) ;;
    *) PS1=$HANDROLL_TOUR_PROMPT$PS1 ;;
  esac
}
if [ "\${BASH_VERSINFO[0]}\${BASH_VERSINFO[1]}" -ge 51 ]; then
  PROMPT_COMMAND+=(handroll_tour_prompt)
else
  PROMPT_COMMAND="\${PROMPT_COMMAND:+$PROMPT_COMMAND
}handroll_tour_prompt"
fi
`;

const zshenv = `handroll_tour_ours=$ZDOTDIR
if (( \${+HANDROLL_TOUR_ZDOTDIR} )); then
  ZDOTDIR=$HANDROLL_TOUR_ZDOTDIR
  unset HANDROLL_TOUR_ZDOTDIR
else
  unset ZDOTDIR
fi
[[ ! -r \${ZDOTDIR:-$HOME}/.zshenv ]] || source "\${ZDOTDIR:-$HOME}/.zshenv"
# Their .zshenv may have moved it; zsh goes on to our .zshrc, and there it is theirs again.
(( ! \${+ZDOTDIR} )) || handroll_tour_theirs=$ZDOTDIR
ZDOTDIR=$handroll_tour_ours
`;

const zshrc = `if (( \${+handroll_tour_theirs} )); then
  ZDOTDIR=$handroll_tour_theirs
else
  unset ZDOTDIR
fi
# The system's zshrc may have put the history beside this file.
[[ \${HISTFILE:-} != "$handroll_tour_ours"/* ]] || HISTFILE=\${ZDOTDIR:-$HOME}/\${HISTFILE:t}
unset handroll_tour_ours handroll_tour_theirs
[[ ! -r \${ZDOTDIR:-$HOME}/.zshrc ]] || source "\${ZDOTDIR:-$HOME}/.zshrc"
${setVariables}
handroll_tour_prompt() {
  [[ $PROMPT == "$HANDROLL_TOUR_PROMPT"* ]] || PROMPT=$HANDROLL_TOUR_PROMPT$PROMPT
}
precmd_functions+=(handroll_tour_prompt)
`;

const shrc = `if [ -n "\${HANDROLL_TOUR_THEIRS-}" ]; then
  ENV=$HANDROLL_TOUR_THEIRS
  unset HANDROLL_TOUR_THEIRS
  # A shell expands what ENV says before it reads that file.
  eval "[ ! -r \\"$ENV\\" ] || . \\"$ENV\\""
else
  unset ENV
fi
${setVariables}
PS1=$HANDROLL_TOUR_PROMPT$PS1
`;

/** fish takes it as an argument, and runs it after the learner's own configuration. */
const fishInit = `
eval $HANDROLL_TOUR_ENV
set -e HANDROLL_TOUR_ENV
functions -q fish_prompt; and functions --copy fish_prompt handroll_tour_theirs
function handroll_tour_status
    return $argv[1]
end
function fish_prompt
    set -l last $status
    echo -n -- $HANDROLL_TOUR_PROMPT
    handroll_tour_status $last
    functions -q handroll_tour_theirs; and handroll_tour_theirs
end
`;

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
export function ownShell(
  host: Host,
  variables: Readonly<Record<string, string>>,
  prompt: string,
): OwnShell {
  const shell = chosenShell(process.env);
  const name = basename(shell);
  const argv = (...args: string[]) => host.atTerminal([shell, ...args]);
  const environment = host.learnersEnvironment(variables);
  const env: NodeJS.ProcessEnv = {
    ...environment,
    HANDROLL_TOUR_PROMPT: prompt,
    HANDROLL_TOUR_ENV: exportLines(variables, host.toolsFirst, dialectOf(shell)).join('\n'),
  };
  const plain = { name, argv: argv(), env: environment, prompts: false };
  if (name === 'fish') {
    return { name, argv: argv('--init-command', fishInit), env, prompts: true };
  }
  // After cleanup there is no place for files of ours, and nothing to be told either.
  if (ownership(host.workspace) !== 'ours') return plain;
  const folder = join(host.workspace.own, 'shell');
  mkdirSync(folder, { recursive: true });
  const file = (as: string, text: string) => {
    const path = join(folder, as);
    put(path, (unfinished) => writeFileSync(unfinished, text));
    return path;
  };
  if (name === 'bash') {
    return { name, argv: argv('--rcfile', file('bashrc', bashrc)), env, prompts: true };
  }
  if (name === 'zsh') {
    file('.zshenv', zshenv);
    file('.zshrc', zshrc);
    const theirs = env.ZDOTDIR === undefined ? {} : { HANDROLL_TOUR_ZDOTDIR: env.ZDOTDIR };
    return { name, argv: argv(), env: { ...env, ...theirs, ZDOTDIR: folder }, prompts: true };
  }
  if (readingEnv.has(name)) {
    const theirs = env.ENV === undefined ? {} : { HANDROLL_TOUR_THEIRS: env.ENV };
    const ours = { ENV: file('shrc', shrc) };
    return { name, argv: argv(), env: { ...env, ...theirs, ...ours }, prompts: true };
  }
  return plain;
}
