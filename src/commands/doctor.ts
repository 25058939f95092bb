import { Exit, TourError } from '../errors.ts';
import { install, planInstall } from '../host/install.ts';
import type { Privilege } from '../host/privilege.ts';
import { type Prerequisite, prerequisites } from '../host/tools.ts';
import type { Arguments, Command, Io } from './command.ts';
import { hostFrom } from './opening.ts';

/** What the tour would use here, or why it could not. */
async function circumstances(args: Arguments) {
  try {
    const { privilege, reach } = await hostFrom(args);
    return { privilege, containerd: reach.wrapped ? 'private' : 'system', trouble: undefined };
  } catch (error) {
    if (!(error instanceof TourError)) throw error;
    return { privilege: undefined, containerd: undefined, trouble: error };
  }
}

export const doctor: Command = {
  summary: 'what is missing, and how to install it',
  usage: `Usage: handroll-tour doctor [--install] [--json]

Says which prerequisites are there, and prints the exact command of this distribution for the rest.

  --install   run that command, with its output visible
  --json      one JSON object a line: each prerequisite, and last a result`,
  options: { install: { type: 'boolean' } },
  run: async (args, io) => {
    const json = args.values.json === true;
    const { privilege, containerd, trouble } = await circumstances(args);
    let found = await prerequisites();
    if (args.values.install === true && found.some(({ status }) => status !== 'ok')) {
      found = await installMissing(found, privilege, io);
    }
    const ok = found.every(({ status }) => status === 'ok');
    for (const each of found) reportOne(each, privilege, io, json);
    if (json) {
      io.json({ type: 'result', ok, containerd: containerd ?? null, privilege: privilege ?? null });
    } else {
      io.out('');
      io.out(
        trouble === undefined
          ? `containerd: ${containerd}, ${privilege === 'root' ? 'as root' : 'through sudo'}`
          : trouble.message,
      );
      if (trouble?.hint !== undefined) io.out(trouble.hint);
      if (!ok) advise(found, privilege, io);
    }
    if (!ok) return Exit.prerequisite;
    return trouble === undefined ? Exit.good : trouble.exit;
  },
};

function reportOne(
  each: Prerequisite,
  privilege: Privilege | undefined,
  io: Io,
  json: boolean,
): void {
  const { id, status, detail, why } = each;
  if (!json) {
    io.out(
      `  ${status.padEnd(8)} ${id.padEnd(11)} ${status === 'ok' ? detail : `${detail}: ${why}`}`,
    );
    return;
  }
  const commands = status === 'ok' ? [] : planInstall([each], privilege).commands;
  io.json({ type: 'prerequisite', id, status, detail, install: commands.join(' && ') || null });
}

function advise(found: readonly Prerequisite[], privilege: Privilege | undefined, io: Io): void {
  const { commands, note, instead } = planInstall(found, privilege);
  if (instead !== undefined) {
    io.out(`\n${instead}`);
    return;
  }
  io.out('\nTo install what is missing (or handroll-tour doctor --install):');
  for (const command of commands) io.out(`  ${command}`);
  if (note !== undefined) io.out(note);
}

async function installMissing(
  found: readonly Prerequisite[],
  privilege: Privilege | undefined,
  io: Io,
): Promise<Prerequisite[]> {
  const plan = planInstall(found, privilege);
  if (plan.instead !== undefined) throw new TourError(plan.instead, { exit: Exit.prerequisite });
  for (const command of plan.commands) io.err(`$ ${command}`);
  const code = await install(plan);
  if (code !== 0) {
    throw new TourError(`The package manager ended with ${code}: see what it said above.`, {
      hint: 'Run the command above by hand, and then handroll-tour doctor again.',
      exit: Exit.prerequisite,
    });
  }
  return prerequisites();
}
