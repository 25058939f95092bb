/** The arguments of a verb that completion can help with. */
export type Operand = 'step' | 'file' | 'shell' | 'lab';

interface VerbEntry {
  /** One line, for the table of commands. */
  readonly summary: string;
  /** The usage lines. */
  readonly usage: readonly [string, ...string[]];
  /** How many operands it takes; none if left out. */
  readonly operands?: { readonly min: number; readonly max: number; readonly are: Operand };
}

/** The commands, in the order of the help, the README and the completions. */
export const verbs = {
  tour: {
    summary: 'open the tour where the host says you are (the default)',
    usage: ['[tour]'],
  },
  list: {
    summary: 'lessons and steps, and which hold now',
    usage: ['list [--json]'],
  },
  run: {
    summary: 'perform and check without the screens; run --to 05-import lets a latecomer catch up',
    usage: ['run [--to ID | --only ID] [--json]'],
  },
  check: {
    summary: 'only look; changes nothing',
    usage: ['check [ID] [--json]'],
    operands: { min: 0, max: 1, are: 'step' },
  },
  doctor: {
    summary: 'what is missing or in the way, and what to do',
    usage: ['doctor [--install] [--json]', 'doctor --explain ID'],
  },
  env: {
    summary: 'export lines for another terminal: eval "$(handroll-tour env)"',
    usage: ['env [--shell SHELL]'],
  },
  shell: {
    summary: 'a shell with those set, in which `ctr` and `sudo ctr` work',
    usage: ['shell [-c COMMAND]'],
  },
  verify: {
    summary:
      'verify any OCI image layout, directory or tar: every blob, every rule, and what tools disagree on',
    usage: ['verify PATH [--json]', 'verify --as KIND FILE [--blob FILE] [--json]'],
    operands: { min: 1, max: 1, are: 'file' },
  },
  layers: {
    summary: 'entries of each layer, whiteouts, the merged tree; or one file of it',
    usage: ['layers PATH... [--json]', 'layers PATH... --cat FILE [--layer N]'],
    operands: { min: 1, max: Number.POSITIVE_INFINITY, are: 'file' },
  },
  compare: {
    summary: 'why two images have different digests, to the entry and field',
    usage: ['compare A B [--json]'],
    operands: { min: 2, max: 2, are: 'file' },
  },
  explore: {
    summary: 'look into any image, or what the tour has built so far',
    usage: ['explore [PATH]'],
    operands: { min: 0, max: 1, are: 'file' },
  },
  lab: {
    summary: 'images and containers that are broken on purpose: find out why, and mend them',
    usage: [
      'lab [list | ID] [--seed N] [--json]',
      'lab check | reset | hint | debrief [ID] [--json]',
      'lab shell [ID] [-c COMMAND]',
    ],
    operands: { min: 0, max: 2, are: 'lab' },
  },
  report: {
    summary: 'what you did and what the machine said, as Markdown or one HTML page',
    usage: ['report [-o FILE [--force]]'],
  },
  script: {
    summary: 'a plain bash script that builds your image again, to the byte',
    usage: ['script [-o FILE [--force]]'],
  },
  cleanup: {
    summary: 'remove everything the tour made, and prove it',
    usage: ['cleanup [--json]'],
  },
  completion: {
    summary: 'print the completion script for bash, zsh or fish',
    usage: ['completion bash|zsh|fish'],
    operands: { min: 1, max: 1, are: 'shell' },
  },
} as const satisfies Record<string, VerbEntry>;

export type Verb = keyof typeof verbs;

export const verbNames = Object.keys(verbs) as Verb[];

/** The entry of any verb, typed alike for all. */
export const verbEntry = (verb: Verb): VerbEntry => verbs[verb];
