import type { ParseArgsConfig } from 'node:util';
import type { ContainerdChoice } from '../host/containerd-mode.ts';
import type { PrivilegeChoice } from '../host/privilege.ts';
import type { dialects } from '../host/user-shell/shell-dialect.ts';
import type { DocumentKind } from '../oci/verify/verify-document.ts';
import type { Verb } from './verbs.ts';

/** How an option is typed, documented and completed. */
export interface Option {
  readonly name: string;
  readonly short?: string;
  /** The name of its value; an option without one is a switch. */
  readonly value?: string;
  /** What it does, on one line. */
  readonly says: string;
  /** The commands that take it. */
  readonly verbs: 'all' | readonly Verb[];
  /** Its possible values: these words, or something that the shell can complete. */
  readonly completes?: readonly string[] | 'file' | 'directory' | 'step' | 'obstacle';
}

const choices = {
  containerd: ['auto', 'system', 'private'] satisfies ContainerdChoice[],
  privilege: ['auto', 'root', 'sudo', 'rootless'] satisfies PrivilegeChoice[],
  shell: ['posix', 'bash', 'zsh', 'sh', 'dash', 'fish'] satisfies (typeof dialects)[number][],
  as: ['config', 'manifest', 'index', 'descriptor'] satisfies DocumentKind[],
};

const withJson = [
  'list',
  'run',
  'check',
  'doctor',
  'verify',
  'layers',
  'compare',
  'lab',
  'cleanup',
] as const satisfies readonly Verb[];

/** All options. The parser, --help, the README and the completions are made from this table. */
const table = [
  {
    name: 'to',
    value: 'ID',
    says: 'up to and including ID: how a latecomer catches up',
    verbs: ['run'],
    completes: 'step',
  },
  {
    name: 'only',
    value: 'ID',
    says: 'just that lesson or step',
    verbs: ['run'],
    completes: 'step',
  },
  {
    name: 'install',
    says: 'run the command that installs what is missing, with its output visible',
    verbs: ['doctor'],
  },
  {
    name: 'explain',
    value: 'ID',
    says: 'more on something that doctor has named; all: the whole page of them',
    verbs: ['doctor'],
    completes: 'obstacle',
  },
  {
    name: 'shell',
    value: 'SHELL',
    says: `the shell to print them for: ${choices.shell.join(', ')} (default: the one it is called from)`,
    verbs: ['env'],
    completes: choices.shell,
  },
  {
    name: 'command',
    short: 'c',
    value: 'COMMAND',
    says: 'run this instead, with /bin/sh; its exit code is the exit code',
    verbs: ['shell', 'lab'],
  },
  {
    name: 'as',
    value: 'KIND',
    says: `the file is one document: ${choices.as.join(', ')}`,
    verbs: ['verify'],
    completes: choices.as,
  },
  {
    name: 'blob',
    value: 'FILE',
    says: 'with --as descriptor: the bytes it describes, against its size and digest',
    verbs: ['verify'],
    completes: 'file',
  },
  {
    name: 'cat',
    value: 'FILE',
    says: 'write that file of the merged tree to standard output; symlinks are followed within it',
    verbs: ['layers'],
  },
  {
    name: 'layer',
    value: 'N',
    says: 'with --cat: as it is with the layers above N left out, so whited out files too',
    verbs: ['layers'],
  },
  {
    name: 'seed',
    value: 'N',
    says: 'mix the cases of each level, the same way for everyone who gives this number',
    verbs: ['lab'],
  },
  {
    name: 'output',
    short: 'o',
    value: 'FILE',
    says: 'write it there; a file that exists is left alone',
    verbs: ['report', 'script'],
    completes: 'file',
  },
  {
    name: 'force',
    says: 'with -o: replace a file that exists',
    verbs: ['report', 'script'],
  },
  {
    name: 'json',
    says: 'one JSON object a line, the last one of type result',
    verbs: withJson,
  },
  {
    name: 'workdir',
    value: 'DIR',
    says: 'where everything is made (default $WORKDIR, or ~/container-demo)',
    verbs: 'all',
    completes: 'directory',
  },
  {
    name: 'namespace',
    value: 'NS',
    says: 'containerd namespace (default $CTR_NAMESPACE, or spelunking)',
    verbs: 'all',
  },
  {
    name: 'containerd',
    value: 'MODE',
    says: 'auto, system or private (default auto)',
    verbs: 'all',
    completes: choices.containerd,
  },
  {
    name: 'address',
    value: 'SOCK',
    says: "the system containerd's socket",
    verbs: 'all',
    completes: 'file',
  },
  {
    name: 'privilege',
    value: 'HOW',
    says: 'auto, root, sudo or rootless (default auto)',
    verbs: 'all',
    completes: choices.privilege,
  },
  { name: 'no-color', says: 'screens without colour', verbs: 'all' },
  { name: 'ascii', says: 'screens without line drawing or signs', verbs: 'all' },
  { name: 'help', short: 'h', says: 'what this command does', verbs: 'all' },
  { name: 'version', short: 'V', says: 'which handroll-tour this is', verbs: 'all' },
] as const satisfies readonly Option[];

export type OptionName = (typeof table)[number]['name'];

export const options: readonly (Option & { readonly name: OptionName })[] = table;

/** Whether a command takes an option. */
export function takes(verb: Verb, option: Option): boolean {
  return option.verbs === 'all' || option.verbs.includes(verb);
}

/** The options of one command, or all of them, for `node:util` parseArgs. */
export function parserOptions(verb?: Verb): NonNullable<ParseArgsConfig['options']> {
  const wanted = options.filter((option) => verb === undefined || takes(verb, option));
  return Object.fromEntries(
    wanted.map(({ name, short, value }) => [
      name,
      {
        type: value === undefined ? 'boolean' : 'string',
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
}

/** An option as it is typed: `-o, --output FILE`. */
export function spelled({ name, short, value }: Option): string {
  const dashed = short === undefined ? `--${name}` : `-${short}, --${name}`;
  return value === undefined ? dashed : `${dashed} ${value}`;
}
