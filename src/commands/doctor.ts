import { homedir, release } from 'node:os';
import { Exit, TourError } from '../errors.ts';
import { mountOf } from '../host/mounts.ts';
import {
  checkTools,
  type FoundObstacle,
  findObstacles,
  type Plan,
  refuseForeignSystem,
} from '../host/preflight/find-obstacles.ts';
import { install, isInstallable, planInstall } from '../host/preflight/install.ts';
import { type Machine, readMachine } from '../host/preflight/machine.ts';
import {
  explainHint,
  explainObstacle,
  obstacleIds,
  obstacleOf,
  troubleshootingPage,
} from '../host/preflight/obstacles.ts';
import { thisDistribution } from '../host/preflight/packages.ts';
import { type Prerequisite, prerequisites } from '../host/preflight/tools.ts';
import type { Privilege } from '../host/privilege.ts';
import { locate } from '../host/workspace.ts';
import { proseWidth } from '../text/measure.ts';
import { chop } from '../text/wrap.ts';
import { type Arguments, type Command, type Io, textOption } from './command.ts';
import { errorResult } from './failure.ts';
import { openHostFrom } from './open-session.ts';
import { noJson } from './parse.ts';

/** How the tour would run on this machine, or why it can't. */
interface DoctorContext {
  readonly plan: Plan;
  readonly error: TourError | undefined;
}

async function circumstances(args: Arguments): Promise<DoctorContext> {
  try {
    const { workspace, privilege, containerdAccess } = await openHostFrom(args);
    const containerd = containerdAccess.viaWrapper ? 'private' : 'system';
    const { unresponsive, hidden } = containerdAccess;
    return {
      plan: { workdir: workspace.dir, privilege, containerd, unresponsive, hidden },
      error: undefined,
    };
  } catch (error) {
    // A mistake on the command line isn't a finding about the machine.
    if (!(error instanceof TourError) || error.exit === Exit.usage) throw error;
    const workdir = textOption(args, 'workdir');
    const { dir } = locate(workdir === undefined ? {} : { workdir });
    const privilege = process.getuid?.() === 0 ? 'root' : undefined;
    return { plan: { workdir: dir, privilege, containerd: undefined }, error };
  }
}

export const doctor: Command = {
  description: `Looks at this machine: which tools are there, what is in the way of the tour, and what to do about
it. Changes nothing unless you tell it to install.`,
  run: async (args, io) => {
    const asked = textOption(args, 'explain');
    const json = args.values.json === true;
    if (asked !== undefined) {
      if (json) throw noJson('doctor', '--explain');
      if (args.values.install === true) {
        throw new TourError('--explain only explains, and --install installs.', {
          hint: 'Use one of them.',
          exit: Exit.usage,
        });
      }
      return explain(asked, io);
    }
    refuseForeignSystem(process.platform, release());
    const { plan, error } = await circumstances(args);
    let tools = await prerequisites();
    if (args.values.install === true && tools.some(isInstallable)) {
      tools = await installMissing(tools, plan.privilege, io);
    }
    const machine = readMachine(plan.workdir);
    const obstacles = [...findObstacles(machine, plan), ...checkTools(tools)];
    const complete = tools.every(({ status }) => status === 'ok');
    const stopped = error !== undefined || obstacles.some(({ stops }) => stops);
    if (json) {
      reportJson({ tools, obstacles, plan, error, ok: complete && !stopped }, io);
      if (error !== undefined) io.err(error.message);
    } else {
      reportText({ tools, obstacles, plan, machine, error }, io);
    }
    if (!complete) return Exit.prerequisite;
    return stopped ? (error?.exit ?? Exit.refused) : Exit.good;
  },
};

function explain(id: string, io: Io) {
  const known = obstacleIds.find((each) => each === id);
  if (known === undefined && id !== 'all') {
    throw new TourError(`There is no '${id}' to explain.`, {
      hint: `Choose one of ${obstacleIds.join(', ')}; or all.`,
      exit: Exit.usage,
    });
  }
  if (known === undefined) io.out(troubleshootingPage().trimEnd());
  else for (const line of explainObstacle(known).split('\n')) tell(line, '', io);
  return Exit.good;
}

interface DoctorReport extends DoctorContext {
  readonly tools: readonly Prerequisite[];
  readonly obstacles: readonly FoundObstacle[];
}

function reportJson(found: DoctorReport & { readonly ok: boolean }, io: Io): void {
  const { tools, obstacles, plan, error: trouble, ok } = found;
  for (const each of tools) {
    const { id, status, detail } = each;
    const { commands } = planInstall([each], plan.privilege);
    io.json({ type: 'prerequisite', id, status, detail, install: commands.join(' && ') || null });
  }
  for (const { id, stops, seen } of obstacles) {
    const { remedy, paste = [] } = obstacleOf(id);
    io.json({ type: 'obstacle', id, stops, seen, remedy, paste });
  }
  const { containerd = null, privilege = null } = plan;
  const error = trouble === undefined ? undefined : errorResult(trouble);
  io.json({ type: 'result', containerd, privilege, ...error, ok });
}

function reportText(found: DoctorReport & { readonly machine: Machine }, io: Io): void {
  const { tools, obstacles, plan, machine, error } = found;
  io.out('This machine');
  const stopped = obstacles.some(({ stops }) => stops);
  for (const line of portrait(machine, plan, stopped)) io.out(`  ${line}`);
  io.out('\nTools');
  for (const each of tools) tellTool(each, io);
  for (const [title, stops] of [
    ['\nIn the way', true],
    ['\nGood to know', false],
  ] as const) {
    const those = obstacles.filter((each) => each.stops === stops);
    if (those.length > 0) io.out(title);
    for (const each of those) tellObstacle(each, io);
  }
  if (error !== undefined) {
    io.out('');
    for (const text of [error.message, error.hint ?? ''].join('\n').split('\n')) {
      tell(text, '', io);
    }
  }
  if (tools.some(({ status }) => status !== 'ok')) advise(tools, plan.privilege, io);
  else if (error === undefined && !stopped) {
    io.out('\nNothing is missing, and nothing is in the way.');
  }
}

const kinds = { root: 'as root', sudo: 'through sudo', rootless: 'without root' } as const;
const daemons = {
  private: 'with a containerd of its own',
  system: "with the system's containerd",
} as const;

/** A description of this machine, for asking for help. */
function portrait(
  { kernel, architecture, mounts, free }: Machine,
  plan: Plan,
  stopped: boolean,
): string[] {
  const { workdir, privilege, containerd } = plan;
  const filesystem = mountOf(workdir, mounts)?.type ?? 'an unknown filesystem';
  const room = free.bytes / 1024 ** 3;
  return [
    `${thisDistribution().name}, Linux ${kernel}, ${architecture}, Node ${process.versions.node}`,
    `${workdir.replace(`${homedir()}/`, '~/')}, on ${filesystem}, ${room.toFixed(room < 10 ? 2 : 0)} GB free`,
    ...(privilege === undefined || containerd === undefined
      ? []
      : [
          `the tour ${stopped ? 'would work' : 'works'} ${kinds[privilege]}, ${daemons[containerd]}`,
        ]),
  ];
}

const gap = ' '.repeat(22);

function tellTool({ id, status, detail, why }: Prerequisite, io: Io): void {
  const head = `  ${status.padEnd(8)} ${id.padEnd(11)}`;
  // The detail has two columns: what was found, and where.
  const [what = '', where = ''] = detail.split('  ');
  if (status === 'ok') io.out(`${head} ${what.padEnd(14)} ${where}`);
  else tell(`${head} ${status === 'missing' ? `${detail}: ${why}` : detail}`, gap, io);
}

function tellObstacle({ id, seen }: FoundObstacle, io: Io): void {
  const { cause, remedy, paste = [] } = obstacleOf(id);
  io.out(`  ${id}`);
  for (const text of [`    ${seen}`, `    ${cause}`, `    ${remedy}`]) tell(text, '    ', io);
  for (const line of paste) io.out(`      ${line}`);
  io.out(`    ${explainHint(id)}`);
}

/** Prints a line of prose, wrapped and indented. Commands to paste aren't wrapped. */
function tell(text: string, under: string, io: Io): void {
  const whole = /^ {4}\S/.test(text) && under === '';
  const [first = '', ...rest] = whole ? [text] : chop(text, proseWidth);
  io.out(first);
  const more = rest.join(' ');
  if (more !== '')
    for (const line of chop(more, proseWidth - under.length)) io.out(`${under}${line}`);
}

function advise(found: readonly Prerequisite[], privilege: Privilege | undefined, io: Io): void {
  const { commands, note, instead } = planInstall(found, privilege);
  if (instead !== undefined) {
    io.out('');
    tell(instead, '', io);
    return;
  }
  io.out('');
  if (commands.length > 0) {
    io.out('To install what is missing (or handroll-tour doctor --install):');
  }
  for (const command of commands) io.out(`  ${command}`);
  if (note !== undefined) tell(note, '', io);
  for (const id of new Set(found.flatMap(({ obstacle = [] }) => obstacle))) io.out(explainHint(id));
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
    throw new TourError(
      `The package manager failed with exit code ${code}: see its messages above.`,
      {
        hint: 'Run the command above by hand, and then handroll-tour doctor again.',
        exit: Exit.prerequisite,
      },
    );
  }
  return prerequisites();
}
