import type { ParseArgsConfig } from 'node:util';

/** What a command was called with, after the command line was parsed. */
export interface Arguments {
  readonly positionals: string[];
  readonly values: Record<string, string | boolean | undefined>;
}

/** Where a command's results and remarks go: results to stdout, everything else to stderr. */
export interface Io {
  out(line: string): void;
  /** One NDJSON line on stdout. */
  json(value: object): void;
  err(line: string): void;
  /** Bytes as they are on stdout; settles when more can be taken. */
  bytes(chunk: Uint8Array): Promise<void>;
  /** Standard input and output are both a terminal: questions may be asked, screens drawn. */
  readonly tty: boolean;
}

export interface Command {
  /** The whole text that `--help` shows. */
  readonly usage: string;
  /** Options besides the common ones (`node:util` parseArgs). */
  readonly options?: NonNullable<ParseArgsConfig['options']>;
  /** How many operands it takes, at the least and at the most; none when left out. */
  readonly operands?: { readonly min: number; readonly max: number };
  /** @returns the exit code: one of ours, or that of a shell that was asked for */
  readonly run: (args: Arguments, io: Io) => Promise<number>;
}
