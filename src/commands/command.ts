import type { JsonLine } from './json-lines.ts';
import type { OptionName } from './options.ts';

/** What a command was called with, after the command line was parsed. */
export interface Arguments {
  readonly positionals: readonly string[];
  readonly values: Readonly<Partial<Record<OptionName, string | boolean>>>;
}

/** An option that was given as text. */
export function textOption({ values }: Arguments, name: OptionName): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Where a command's results and remarks go: results to stdout, everything else to stderr. */
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
  /** What `--help` says below how the command is called, and above its options. */
  readonly description: string;
  /** @returns the exit code: one of ours, or that of a shell that was asked for */
  readonly run: (args: Arguments, io: Io) => Promise<number>;
}
