import { lessons } from '../../lessons/index.ts';
import { labCases } from '../../lessons/lab/index.ts';
import { keyOf, placesOf } from '../engine/lesson.ts';
import { Exit, TourError } from '../errors.ts';
import { obstacleIds } from '../host/preflight/obstacles.ts';
import type { Command } from './command.ts';
import { labActions } from './lab-arguments.ts';
import { type Option, options, takes } from './options.ts';
import { type Operand, type Verb, verbEntry, verbNames, verbs } from './verbs.ts';

/** The completion scripts, made from the tables of commands and options. */
const scripts: Readonly<Record<string, () => string>> = { bash, zsh, fish };
const shells = Object.keys(scripts);

export const completion: Command = {
  description: `Prints a script that makes a shell complete commands, options, lessons, steps and cases of the lab.

  bash   eval "$(handroll-tour completion bash)"                        in ~/.bashrc
  zsh    eval "$(handroll-tour completion zsh)"                         in ~/.zshrc
  fish   handroll-tour completion fish >~/.config/fish/completions/handroll-tour.fish`,
  run: async ({ positionals }, io) => {
    const [shell = ''] = positionals;
    const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
    if (script === undefined) {
      throw new TourError(`There is no completion for '${shell}'.`, {
        hint: `The shells are ${shells.join(', ')}.`,
        exit: Exit.usage,
      });
    }
    io.out(script());
    return Exit.good;
  },
};

/** What can be completed: one of these words, or something that the shell knows, such as files. */
type CompletedValue = NonNullable<Option['completes']> | Operand;

/** Lessons and steps by their IDs. */
const steps = () => [...lessons.map(({ id }) => id), ...placesOf(lessons).map(keyOf)];

function candidatesFor(completed: CompletedValue): readonly string[] | 'file' | 'directory' {
  if (completed === 'step') return steps();
  if (completed === 'obstacle') return ['all', ...obstacleIds];
  if (completed === 'lab') return [...labActions, ...labCases.map(({ id }) => id)];
  return completed === 'shell' ? shells : completed;
}

const optionsOf = (verb: Verb) => options.filter((option) => takes(verb, option));
const dashed = ({ name, short }: Option) =>
  short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`];

/** bash and zsh take a word in single quotes literally. */
const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
const quoteForFish = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;

function bash(): string {
  const answer = (completed: CompletedValue | undefined): string => {
    if (completed === undefined) return ':';
    const words = candidatesFor(completed);
    if (words === 'file')
      return `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")`;
    if (words === 'directory') {
      return `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur")`;
    }
    return `mapfile -t COMPREPLY < <(compgen -W ${quote(words.join(' '))} -- "$cur")`;
  };
  const valued = options.filter(({ value }) => value !== undefined);
  const values = valued.map(
    (option) => `    ${dashed(option).join(' | ')}) ${answer(option.completes)}; return ;;`,
  );
  const typed = (verb: Verb) => quote(optionsOf(verb).flatMap(dashed).join(' '));
  const operands = verbNames.flatMap((verb) => {
    const are = verbEntry(verb).operands?.are;
    return are === undefined ? [] : [`    ${verb}) ${answer(are)} ;;`];
  });
  return `# Completion of handroll-tour for bash.
_handroll_tour() {
  local cur=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} verb='' words='' i
  COMPREPLY=()
  # To bash, the = of --option=value is a word of its own.
  if [[ $cur == = ]]; then
    cur=''
  elif [[ $previous == = ]]; then
    previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${valued.flatMap(dashed).join(' | ')})
        if [[ \${COMP_WORDS[i + 1]} == = ]]; then i=$((i + 1)); fi
        i=$((i + 1)) ;;
      -*) ;;
      *) verb=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case $previous in
${values.join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case $verb in
${verbNames.map((verb) => `      ${verb === 'tour' ? `'' | tour` : verb}) words=${typed(verb)} ;;`).join('\n')}
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    return
  fi
  case $verb in
    '') mapfile -t COMPREPLY < <(compgen -W ${quote(verbNames.join(' '))} -- "$cur") ;;
${operands.join('\n')}
  esac
}
complete -F _handroll_tour handroll-tour`;
}

function zsh(): string {
  // _arguments and _describe take these characters for the end of a text.
  const plain = (text: string) => text.replace(/[[\]:\\]/g, '\\$&');
  const action = (completed: CompletedValue | undefined): string => {
    if (completed === undefined) return ' ';
    const words = candidatesFor(completed);
    if (words === 'file') return '_files';
    if (words === 'directory') return '_files -/';
    return `(${words.join(' ')})`;
  };
  const specs = (which: readonly Option[]) =>
    which.flatMap((option) =>
      dashed(option).map((name) => {
        const says = `[${plain(option.says)}]`;
        if (option.value === undefined) return quote(`${name}${says}`);
        // With the =, the value may be in the same word, too.
        const or = name.startsWith('--') ? '=' : '';
        return quote(`${name}${or}${says}:${plain(option.value)}:${action(option.completes)}`);
      }),
    );
  const common = options.filter((option) => option.verbs === 'all');
  const cases = verbNames.map((verb) => {
    const { operands } = verbEntry(verb);
    const own = specs(optionsOf(verb).filter((option) => option.verbs !== 'all'));
    const rest = operands === undefined ? [] : [quote(`*:${operands.are}:${action(operands.are)}`)];
    return `    ${verb}) _arguments ${[...own, '$common', ...rest].join(' ')} ;;`;
  });
  return `#compdef handroll-tour
# Completion of handroll-tour for zsh.
_handroll_tour() {
  local curcontext="$curcontext" state line
  local -a common verbs
  common=(
${specs(common)
  .map((spec) => `    ${spec}`)
  .join('\n')}
  )
  verbs=(
${verbNames.map((verb) => `    ${quote(`${verb}:${plain(verbs[verb].summary)}`)}`).join('\n')}
  )
  _arguments -C $common '1: :->verb' '*:: :->rest' && return
  if [[ $state == verb ]]; then
    _describe command verbs
    return
  fi
  case $words[1] in
${cases.join('\n')}
  esac
}
if [[ \${funcstack[1]} == _handroll-tour ]]; then
  _handroll_tour "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _handroll_tour handroll-tour
fi`;
}

function fish(): string {
  const command = 'complete -c handroll-tour';
  const given = (completed: CompletedValue | undefined): string => {
    const words = completed === undefined ? [] : candidatesFor(completed);
    if (words === 'file') return ' -rF';
    if (words === 'directory') return ` -xa '(__fish_complete_directories)'`;
    return words.length === 0 ? ' -x' : ` -xa ${quoteForFish(words.join(' '))}`;
  };
  const seen = (which: readonly string[]) =>
    ` -n ${quoteForFish(`contains -- (__handroll_tour_verb) ${which.join(' ')}`)}`;
  const optionLines = options.map((option) => {
    const { name, short, says, value } = option;
    const where = option.verbs === 'all' ? '' : seen(option.verbs);
    const dash = short === undefined ? '' : ` -s ${short}`;
    const takesValue = value === undefined ? '' : given(option.completes);
    return `${command}${where}${dash} -l ${name}${takesValue} -d ${quoteForFish(says)}`;
  });
  const operandLines = verbNames.flatMap((verb) => {
    const are = verbEntry(verb).operands?.are;
    if (are === undefined) return [];
    const words = candidatesFor(are);
    const what = typeof words === 'string' ? '-F' : `-a ${quoteForFish(words.join(' '))}`;
    return [`${command}${seen([verb])} ${what}`];
  });
  const valued = options.filter(({ value }) => value !== undefined);
  return [
    `# Completion of handroll-tour for fish.
function __handroll_tour_verb
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case ${valued.flatMap(dashed).join(' ')}
                set -e words[1]
            case '-*'
            case '*'
                echo $words[1]
                return 0
        end
        set -e words[1]
    end
    return 1
end`,
    `${command} -f`,
    ...verbNames.map(
      (verb) =>
        `${command} -n 'not __handroll_tour_verb' -a ${verb} -d ${quoteForFish(verbs[verb].summary)}`,
    ),
    ...optionLines,
    ...operandLines,
  ].join('\n');
}
