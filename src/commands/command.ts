import type { JsonLine } from './json-lines.ts';
import type { OptionName } from './options.ts';

/** The parsed arguments of a command. */
export interface Arguments {
  readonly positionals: readonly string[];
  readonly values: Readonly<Partial<Record<OptionName, string | boolean>>>;
}

/** The value of an option that takes one. */
export function textOption({ values }: Arguments, name: OptionName): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** A command's output: results go to stdout, everything else to stderr. */
export interface Io {
  out(line: string): void;
  /** One NDJSON line on stdout. */
  json(line: JsonLine): void;
  err(line: string): void;
  /** Whether standard input and output are both a terminal, so that the command may ask questions. */
  readonly tty: boolean;
}

export interface Command {
  /** The text of `--help` between the usage and the options. */
  readonly description: string;
  /** @returns the exit code: one of ours, or that of the learner's shell */
  readonly run: (args: Arguments, io: Io) => Promise<number>;
}
