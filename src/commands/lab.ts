import { labCases } from '../../lessons/lab/index.ts';
import { goodImage } from '../../lessons/lab/script.ts';
import { hintHere, isMended, type LabCase, type LabResult } from '../engine/lab/case.ts';
import { dealt } from '../engine/lab/deal.ts';
import { numberOf } from '../engine/lab/place.ts';
import { howSolved } from '../engine/lab/record.ts';
import { type CaseStanding, type Sandbox, sandboxOf, standingOf } from '../engine/lab/sandbox.ts';
import { render } from '../engine/script.ts';
import { plain, type Text } from '../engine/text.ts';
import { Exit, type ExitCode, TourError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { claim } from '../host/ownership.ts';
import { keepSudoTicket } from '../host/privilege.ts';
import { runInteractive } from '../host/shell.ts';
import { userShell } from '../host/user-shell/user-shell.ts';
import { proseWidth } from '../text/measure.ts';
import { printable } from '../text/printable.ts';
import { counted } from '../text/words.ts';
import { chop } from '../text/wrap.ts';
import { type Arguments, type Command, type Io, textOption } from './command.ts';
import type { JsonLine } from './json-lines.ts';
import { labRequest } from './lab-arguments.ts';
import { ensureSudo, equipTerminals, openHostFrom } from './open-session.ts';
import { noJson } from './parse.ts';
import { importScreen, requireScreen } from './screens.ts';

export const lab: Command = {
  description: `Images and containers that are broken on purpose. Each case begins with a ticket: what a colleague saw,
with the command that failed and what it printed on this machine. Find out what is wrong and mend it in
your own shell, with any tool. The checks tell whether it's mended, and not where it's broken.

  handroll-tour lab                 the cases, and which of them you have solved
  handroll-tour lab 01              open one: its ticket, a shell, its checks
  handroll-tour lab check 01        whether it's mended; exit code 1 if it isn't
  handroll-tour lab hint 01         the next hint
  handroll-tour lab debrief 01      what it was, once it's mended
  handroll-tour lab reset 01        break it again, from whatever state it's in
  handroll-tour lab shell 01        a shell in its sandbox, with $LAB, $OCI_DIR, $IMAGE_TAR and $CTR_NAMESPACE

A case has a directory of its own, $WORKDIR/lab/NN-name, and a namespace of its own in containerd: nothing
of the tour is touched, and cleanup removes both. In the shell of a case, ID can be left out.`,
  run: async (args, io) => {
    const host = await openHostFrom(args);
    try {
      return await perform(host, args, io);
    } finally {
      host.close();
    }
  },
};

async function perform(host: Host, args: Arguments, io: Io): Promise<number> {
  const { action, labCase, seed } = labRequest(args, host.workspace.dir);
  const json = args.values.json === true;
  if (json && action === 'shell') throw noJson('lab', 'shell');
  if (io.tty && !json && action === undefined) return screens(host, args, io);
  if (labCase === undefined) return list(host, io, { json, seed });
  const sandbox = sandboxOf(labCase, host, goodImage);
  if (action === 'debrief') return debrief(sandbox, io, json);
  if (action === 'hint') return hint(sandbox, io, json);
  await ensureSudo(host, io);
  switch (action) {
    case 'check':
      return check(sandbox, io, json);
    case 'shell':
      return shell(sandbox, host, args, io);
    case 'reset':
      await sandbox.reset();
      if (!json)
        io.out('Its image is built anew, with another /etc/build-id: its digests are new, too.\n');
      return ticket(sandbox, io, json);
    default:
      await sandbox.open();
      return ticket(sandbox, io, json);
  }
}

async function screens(host: Host, args: Arguments, io: Io): Promise<ExitCode> {
  const { labCase, seed } = labRequest(args, host.workspace.dir);
  requireScreen(io, 'The lab', "'handroll-tour lab list' and 'lab ID | cat' print what it shows.");
  await ensureSudo(host, io);
  claim(host.workspace);
  equipTerminals(host, args);
  const { openLab } = await importScreen(() => import('../ui/lab/lab.tsx'));
  const stopTicket = keepSudoTicket(host.privilege);
  try {
    return await openLab({
      sandboxes: dealt(labCases, seed).map((each) => sandboxOf(each, host, goodImage)),
      labCase,
      env: process.env,
      stdin: process.stdin,
      stdout: process.stdout,
      color: args.values['no-color'] !== true,
      ascii: args.values.ascii === true,
    });
  } finally {
    stopTicket();
  }
}

const nothing = { cases: null, solved: null, passed: null, failed: null, blocked: null };

const result = (
  ok: boolean,
  numbers: Partial<Record<keyof typeof nothing, number>> = {},
): JsonLine => ({ type: 'result', ok, ...nothing, ...numbers });

const signs: Record<CaseStanding, string> = { 'not open': '', open: 'open', solved: 'solved' };

function list(
  host: Host,
  io: Io,
  { json, seed }: { readonly json: boolean; readonly seed: number | undefined },
): ExitCode {
  const sandboxes = dealt(labCases, seed).map((each) => sandboxOf(each, host, goodImage));
  if (!json) io.out('The cases, easy ones first:\n');
  for (const sandbox of sandboxes) {
    const { id, title, level, after } = sandbox.labCase;
    const standing = standingOf(sandbox);
    const solved = sandbox.solved();
    const { minutes = null, hints = null } = solved ?? {};
    const unavailable = sandbox.unavailable ?? null;
    if (json) {
      io.json({ type: 'case', id, title, level, after, standing, unavailable, minutes, hints });
    } else {
      const note = unavailable === null ? signs[standing] : 'not here';
      io.out(
        `${numberOf(sandbox.labCase)}  ${'*'.repeat(level).padEnd(3)}  ${note.padEnd(8)}  ${title}`,
      );
    }
  }
  const solved = sandboxes.filter((each) => standingOf(each) === 'solved').length;
  if (json) io.json(result(true, { cases: sandboxes.length, solved }));
  else {
    io.out(
      `\n${solved} of ${counted(sandboxes.length, 'case')} solved. Open one: handroll-tour lab ID`,
    );
  }
  return Exit.good;
}

const inWords = (text: Text) => plain(text, new Map());

/** Paragraphs, wrapped. */
function told(text: Text, indent = ''): string[] {
  return inWords(text)
    .split('\n\n')
    .flatMap((each, index) => [
      ...(index === 0 ? [] : ['']),
      ...chop(each, proseWidth - indent.length).map((line) => `${indent}${line}`),
    ]);
}

function ticket(sandbox: Sandbox, io: Io, json: boolean): ExitCode {
  const { labCase, place } = sandbox;
  const { id, title, ticket: written } = labCase;
  const { printed } = sandbox.record() ?? {};
  const command = render(labCase.symptom, place.host);
  const output = printed?.output ?? '';
  const { dir: directory } = place;
  const { namespace } = place.host.workspace;
  if (json) {
    const { from } = written;
    const text = inWords(written.text);
    io.json({ type: 'ticket', id, title, from, text, command, output, directory, namespace });
    io.json(result(true));
    return Exit.good;
  }
  const lines = [
    `${id}: ${title}`,
    '',
    ...told(written.text),
    `  -- ${written.from}`,
    '',
    ...command.split('\n').map((line, index) => `${index === 0 ? '$' : ' '} ${line}`),
    ...output.trimEnd().split('\n').map(printable),
    '',
    `Its files are in ${directory},`,
    `its namespace is ${namespace}.`,
    '',
    `  handroll-tour lab shell ${numberOf(labCase)}   a shell in there`,
    `  handroll-tour lab check ${numberOf(labCase)}   whether it's mended`,
  ];
  for (const line of lines) io.out(line);
  return Exit.good;
}

async function check(sandbox: Sandbox, io: Io, json: boolean): Promise<ExitCode> {
  const results = await sandbox.check();
  const { id } = sandbox.labCase;
  for (const each of results) report(id, each, io, json);
  const count = (status: LabResult['outcome']['status']) =>
    results.filter(({ outcome }) => outcome.status === status).length;
  const ok = isMended(results);
  const numbers = { passed: count('pass'), failed: count('fail'), blocked: count('blocked') };
  if (json) io.json(result(ok, numbers));
  else io.out(ok ? `\n${mended(sandbox)}` : '\nNot mended yet.');
  return ok ? Exit.good : Exit.failed;
}

function mended(sandbox: Sandbox): string {
  const solved = sandbox.solved() ?? { minutes: 0, hints: 0 };
  return `It's mended. You first did it in ${howSolved(solved)}.\nWhat it was: handroll-tour lab debrief ${sandbox.labCase.id}`;
}

function report(id: string, { check, outcome }: LabResult, io: Io, json: boolean): void {
  const { status } = outcome;
  const evidence = outcome.status === 'pass' ? outcome.evidence : null;
  const actual =
    outcome.status === 'fail' ? outcome.actual : outcome.status === 'blocked' ? outcome.why : null;
  if (json) {
    const { says } = check;
    io.json({ type: 'check', case: id, id: check.id, says, status, evidence, actual });
    return;
  }
  const sign = { pass: '[+]', fail: '[x]', blocked: '[!]' }[status];
  io.out(`${sign} ${check.says}`);
  io.out(`    ${printable(evidence ?? actual ?? '')}`);
}

function hint(sandbox: Sandbox, io: Io, json: boolean): ExitCode {
  const number = sandbox.takeHint();
  const { labCase, place } = sandbox;
  const { hints } = labCase;
  const { text, command = null } = hintHere(hints[number - 1] ?? hints[0], place.host);
  if (json) {
    io.json({ type: 'hint', number, of: hints.length, text: inWords(text), command });
    io.json(result(true));
    return Exit.good;
  }
  io.out(`Hint ${number} of ${hints.length}`);
  for (const line of told(text)) io.out(line);
  if (command !== null) io.out(`\n${command}`);
  if (number === hints.length) io.out('\nThat was the last hint.');
  return Exit.good;
}

function debrief({ labCase, solved }: Sandbox, io: Io, json: boolean): ExitCode {
  const { id, debrief: told } = labCase;
  if (solved() === undefined) {
    throw new TourError(`The case ${id} isn't mended yet.`, {
      hint: `handroll-tour lab hint ${id} shows the next hint.`,
      exit: Exit.failed,
    });
  }
  const { was, find, field, issues, prevent } = told;
  if (json) {
    const words = { was: inWords(was), find: inWords(find), field: inWords(field) };
    io.json({ type: 'debrief', ...words, issues, prevent: inWords(prevent) });
    io.json(result(true));
    return Exit.good;
  }
  for (const line of debriefLines(labCase)) io.out(line);
  return Exit.good;
}

function debriefLines({ debrief: { was, find, field, issues, prevent } }: LabCase): string[] {
  const parts: readonly (readonly [string, Text])[] = [
    ['What it was', was],
    ['How to find it fast', find],
    ['How it happens', field],
    ['What would have caught it', prevent],
  ];
  return [
    ...parts.flatMap(([title, text], index) => [
      ...(index === 0 ? [] : ['']),
      title,
      ...told(text, '  '),
    ]),
    ...(issues.length === 0 ? [] : ['', 'Reports of it', ...issues.map((each) => `  ${each}`)]),
  ];
}

async function shell(sandbox: Sandbox, host: Host, args: Arguments, io: Io): Promise<number> {
  claim(host.workspace);
  equipTerminals(host, args);
  await sandbox.open();
  const { place, labCase } = sandbox;
  // Without root, the shell is in the namespaces of the private one.
  await place.host.containerd();
  const stopTicket = keepSudoTicket(host.privilege);
  // Ctrl-C is meant for the program in the shell.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    const cwd = place.dir;
    const command = textOption(args, 'command');
    if (command !== undefined) {
      const env = place.host.learnersEnvironment(place.variables);
      const argv = place.host.atTerminal(['/bin/sh', '-c', command], cwd);
      return await runInteractive(argv, { env, cwd });
    }
    const prompt = `(lab ${numberOf(labCase)}) `;
    const { argv, env } = userShell(place.host, place.variables, prompt, { directory: cwd });
    io.err(
      `This is the shell of ${labCase.id}. \`exit\` ends it. ctr needs -n "$CTR_NAMESPACE" here.`,
    );
    return await runInteractive(argv, { env, cwd });
  } finally {
    process.off('SIGINT', ignore);
    stopTicket();
  }
}
