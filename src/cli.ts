import { parseArgs } from 'node:util';
import type { Command, Io } from './commands/command.ts';
import { Exit, refusedByMachine, TourError } from './errors.ts';
import { stackInSources } from './stack.ts';

declare const HANDROLL_VERSION: string;

/** Each verb, its line in the table, and the module that is loaded only when it is called. */
const commands: Record<string, { summary: string; load: () => Promise<Command> }> = {
  tour: {
    summary: 'open the tour where the host says you are (the default)',
    load: async () => (await import('./commands/tour.ts')).tour,
  },
  list: {
    summary: 'lessons and steps, and which hold now',
    load: async () => (await import('./commands/list.ts')).list,
  },
  run: {
    summary: 'perform and check without the screens',
    load: async () => (await import('./commands/run.ts')).run,
  },
  check: {
    summary: 'only look; changes nothing',
    load: async () => (await import('./commands/check.ts')).check,
  },
  doctor: {
    summary: 'what is missing or in the way, and what to do',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  env: {
    summary: 'export lines for your own terminal: eval "$(handroll-tour env)"',
    load: async () => (await import('./commands/env.ts')).env,
  },
  shell: {
    summary: 'a shell with those set, in which `ctr` and `sudo ctr` work',
    load: async () => (await import('./commands/shell.ts')).shell,
  },
  verify: {
    summary: 'verify any OCI image layout, every blob, every rule',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  layers: {
    summary: 'entries of each layer, whiteouts, the merged tree',
    load: async () => (await import('./commands/layers.ts')).layers,
  },
  explore: {
    summary: 'look into an image: follow digests, switch layers on and off',
    load: async () => (await import('./commands/explore.ts')).explore,
  },
  report: {
    summary: 'what you did and what the machine said, to keep',
    load: async () => (await import('./commands/report.ts')).report,
  },
  script: {
    summary: 'a plain bash script that builds your image again',
    load: async () => (await import('./commands/script.ts')).script,
  },
  compare: {
    summary: 'why two images have different digests, to the entry and field',
    load: async () => (await import('./commands/compare.ts')).compare,
  },
  cleanup: {
    summary: 'remove everything the tour made, and prove it',
    load: async () => (await import('./commands/cleanup.ts')).cleanup,
  },
};

const commonOptions = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  json: { type: 'boolean' },
  workdir: { type: 'string' },
  namespace: { type: 'string' },
  containerd: { type: 'string' },
  address: { type: 'string' },
  privilege: { type: 'string' },
  'no-color': { type: 'boolean' },
  ascii: { type: 'boolean' },
} as const;

const commonUsage = `Options that every command takes:
  --workdir DIR        where everything is made (default $WORKDIR, or ~/container-demo)
  --namespace NS       containerd namespace (default $CTR_NAMESPACE, or spelunking)
  --containerd MODE    auto, system or private (default auto)
  --address SOCK       the system containerd's socket
  --privilege HOW      auto, root, sudo or rootless (default auto)
  --no-color  --ascii  plainer screens
  --help               what this command does

Exit codes: 0 good, 1 a check failed or something is left, 2 usage, 3 a prerequisite is missing,
4 not permitted or the environment refuses, 70 a bug of ours, 129, 130 or 143 ended by a signal.`;

function usage(): string {
  const rows = Object.entries(commands).map(
    ([name, { summary }]) => `  ${name.padEnd(9)} ${summary}`,
  );
  return `handroll-tour: build a container image by hand, for real, and watch it run.

Usage: handroll-tour [COMMAND] [OPTIONS]

${rows.join('\n')}

${commonUsage}`;
}

const io: Io = {
  out: (line) => void process.stdout.write(`${line}\n`),
  json: (value) => void process.stdout.write(`${JSON.stringify(value)}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  bytes: (chunk) => new Promise((resolve) => process.stdout.write(chunk, () => resolve())),
  // Asked for only when it matters: opening the streams takes longer than all of --version.
  get tty() {
    return Boolean(process.stdin.isTTY && process.stdout.isTTY);
  },
};

/** `handroll-tour --workdir d check`: options may stand before the verb. */
function splitVerb(argv: string[]): { verb: string | undefined; rest: string[] } {
  const { tokens } = parseArgs({ args: argv, options: commonOptions, strict: false, tokens: true });
  const first = tokens.find((token) => token.kind === 'positional');
  if (first === undefined) return { verb: undefined, rest: argv };
  return { verb: first.value, rest: argv.filter((_, index) => index !== first.index) };
}

async function main(argv: string[]): Promise<number> {
  if (argv.includes('--version') && !argv.includes('--')) {
    io.out(HANDROLL_VERSION);
    return Exit.good;
  }
  const { verb, rest } = splitVerb(argv);
  if (verb === undefined && (rest.includes('--help') || rest.includes('-h'))) {
    io.out(usage());
    return Exit.good;
  }
  if (verb === 'help') {
    io.out(usage());
    return Exit.good;
  }
  const entry = Object.hasOwn(commands, verb ?? 'tour') ? commands[verb ?? 'tour'] : undefined;
  if (entry === undefined) {
    throw new TourError(`There is no command '${verb}'.`, {
      hint: `The commands are ${Object.keys(commands).join(', ')}. See handroll-tour --help.`,
      exit: Exit.usage,
    });
  }
  const command = await entry.load();
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(`${command.usage}\n\n${commonUsage}`);
    return Exit.good;
  }
  return command.run(parse(verb ?? 'tour', command, rest), io);
}

function parse(verb: string, command: Command, args: string[]) {
  const hint = `See handroll-tour ${verb} --help.`;
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({
      args,
      options: { ...commonOptions, ...command.options },
      allowPositionals: true,
    });
  } catch (error) {
    // parseArgs explains itself well; what follows its first sentence is advice about `--`.
    const message = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new TourError(`${message}.`.replace(/\.\.$/, '.'), { hint, exit: Exit.usage });
  }
  const { positionals } = parsed;
  const { min, max } = command.operands ?? { min: 0, max: 0 };
  if (positionals.length > max) {
    const surplus = positionals[max];
    throw new TourError(`'${verb}' does not know what to do with '${surplus}'.`, {
      hint,
      exit: Exit.usage,
    });
  }
  if (positionals.length < min) {
    throw new TourError(`'${verb}' needs ${min === 1 ? 'a path' : `${min} paths`}.`, {
      hint,
      exit: Exit.usage,
    });
  }
  return { positionals, values: parsed.values as Record<string, string | boolean | undefined> };
}

/** A bug: its stack, in terms of our sources, and where the difference lies between it and a mistake. */
function reportBug(error: unknown): number {
  process.stderr.write('handroll-tour met a bug of its own. Nothing of yours was changed by it.\n');
  process.stderr.write(`${error instanceof Error ? stackInSources(error) : String(error)}\n`);
  return 70;
}

function report(thrown: unknown): number {
  const error = refusedByMachine(thrown) ?? thrown;
  if (!(error instanceof TourError)) return reportBug(error);
  io.err(error.message);
  if (error.hint !== undefined) io.err(error.hint);
  return error.exit;
}

// A reader that has seen enough (`handroll-tour cleanup | head -1`) is no reason to leave work undone.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.on('uncaughtException', (error) => {
  // The screens listen as well while they are up: they restore the terminal and hand the error on.
  if (process.listenerCount('uncaughtException') === 1) process.exit(report(error));
});

process.exitCode = await main(process.argv.slice(2)).catch(report);
