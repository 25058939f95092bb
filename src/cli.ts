import type { Command, Io } from './commands/command.ts';
import { errorResult } from './commands/failure.ts';
import { parseFor, readArguments, verbFor } from './commands/parse.ts';
import type { Verb } from './commands/verbs.ts';
import { Exit, TourError, tourErrorFrom } from './errors.ts';
import { requestedExit } from './signals.ts';
import { stackInSources } from './stack.ts';

declare const HANDROLL_VERSION: string;

/** The module of each command, loaded only when it is called. */
const commands: Readonly<Record<Verb, () => Promise<Command>>> = {
  tour: async () => (await import('./commands/tour.ts')).tour,
  list: async () => (await import('./commands/list.ts')).list,
  run: async () => (await import('./commands/run.ts')).run,
  check: async () => (await import('./commands/check.ts')).check,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  env: async () => (await import('./commands/env.ts')).env,
  shell: async () => (await import('./commands/shell.ts')).shell,
  verify: async () => (await import('./commands/verify.ts')).verify,
  layers: async () => (await import('./commands/layers.ts')).layers,
  compare: async () => (await import('./commands/compare.ts')).compare,
  explore: async () => (await import('./commands/explore.ts')).explore,
  lab: async () => (await import('./commands/lab.ts')).lab,
  report: async () => (await import('./commands/report.ts')).report,
  script: async () => (await import('./commands/script.ts')).script,
  cleanup: async () => (await import('./commands/cleanup.ts')).cleanup,
  completion: async () => (await import('./commands/completion.ts')).completion,
};

const asked = readArguments(process.argv.slice(2));

/** Whether the last line of --json has been printed. */
let concluded = false;

const io: Io = {
  out: (line) => void process.stdout.write(`${line}\n`),
  json: (line) => {
    concluded ||= line.type === 'result';
    process.stdout.write(`${JSON.stringify(line)}\n`);
  },
  err: (line) => void process.stderr.write(`${line}\n`),
  bytes: (chunk) => new Promise((resolve) => process.stdout.write(chunk, () => resolve())),
  // Asked for only when it matters: opening the streams takes longer than all of --version.
  get tty() {
    return Boolean(process.stdin.isTTY && process.stdout.isTTY);
  },
};

async function main(): Promise<number> {
  const { help, version, rest } = asked;
  if (version) {
    io.out(HANDROLL_VERSION);
    return Exit.good;
  }
  if (asked.verb === 'help' || (help && asked.verb === undefined)) {
    io.out((await import('./commands/help.ts')).overview());
    return Exit.good;
  }
  const verb = verbFor(asked.verb);
  if (help) {
    const { helpFor } = await import('./commands/help.ts');
    io.out(helpFor(verb, await commands[verb]()));
    return Exit.good;
  }
  const args = parseFor(verb, rest);
  const command = await commands[verb]();
  return await command.run(args, io);
}

/** Prints an error that is not a {@link TourError}: a bug, with a source-mapped stack. */
function reportBug(error: unknown): number {
  io.err('This is a bug in handroll-tour. Please report it with the lines below');
  io.err('and the output of handroll-tour doctor --json on this machine.');
  io.err(error instanceof Error ? stackInSources(error) : String(error));
  return Exit.bug;
}

/** Prints an error and, with --json, the last line. @returns the exit code */
function report(thrown: unknown): number {
  // Errors that follow from a signal needn't be reported.
  const told = requestedExit();
  if (told !== undefined) return told;
  if (asked.json && !concluded) io.json(errorResult(thrown));
  const error = tourErrorFrom(thrown);
  if (error === undefined) return reportBug(thrown);
  io.err(error.message);
  if (error.hint !== undefined) io.err(error.hint);
  return error.exit;
}

/** The error of a failed write to standard output. */
let lost: Error | undefined;

// Neither a reader that stops early (`handroll-tour cleanup | head -1`) nor a full disk behind standard
// output should end a command half-way.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') lost = error;
});

process.on('exit', () => {
  if (lost === undefined) return;
  process.stderr.write(`Standard output cannot be written: ${lost.message}.\n`);
  if (process.exitCode === undefined || process.exitCode === Exit.good) {
    process.exitCode = Exit.refused;
  }
});

process.on('uncaughtException', (error) => {
  // Screens have a listener too: they restore the terminal and pass the error on.
  if (process.listenerCount('uncaughtException') === 1) process.exit(report(error));
});

const code = await main().catch(report);
process.exitCode = requestedExit() ?? code;
