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
  /** Bytes as they are on stdout; settles when more can be taken. */
  bytes(chunk: Uint8Array): Promise<void>;
  /** Standard input and output are both a terminal: questions may be asked. */
  readonly tty: boolean;
}

export interface Command {
  /** The text of `--help` between the usage and the options. */
  readonly description: string;
  /** @returns the exit code: one of ours, or that of the learner's shell */
  readonly run: (args: Arguments, io: Io) => Promise<number>;
}
