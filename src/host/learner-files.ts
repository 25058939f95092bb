import { lstatSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isMendable, TourError } from '../errors.ts';
import command from './learner-command.sh';
import { isOurs } from './ownership.ts';
import { replaceAtomically } from './replace-atomically.ts';
import { shellQuoteIfNeeded } from './shell-quote.ts';
import { type Dialect, exportLines, quoteFor } from './user-shell/shell-dialect.ts';
import type { Workspace } from './workspace.ts';

/*
 * Files in the working directory for the learner's other terminals: the command, however the tour was
 * started (npx, a clone, a tarball), and a file to source that sets the tour's variables.
 */

/** Options of the command line that the sourced file passes on, by name. */
type Variables = Readonly<Record<string, string>>;

/** Sets what doesn't change, and asks the command for the variables that earlier steps have made. */
function envFile(workspace: Workspace, bin: string, given: Variables, dialect: Dialect): string {
  const { dir: WORKDIR, namespace: CTR_NAMESPACE } = workspace;
  const options = Object.entries(given).flatMap(([name, value]) => [
    `--${name}`,
    quoteFor(value, dialect),
  ]);
  const ask = ['handroll-tour', 'env', '--shell', dialect, ...options].join(' ');
  const lines = exportLines({ WORKDIR, CTR_NAMESPACE }, bin, dialect);
  lines.push(dialect === 'fish' ? `${ask} | source` : `eval "$(${ask})"`);
  return `${lines.join('\n')}\n`;
}

const envName = { posix: 'env', fish: 'env.fish' } as const;

/**
 * Writes these files. Called when work begins in a directory that is known to be ours.
 * @param program the file that Node was started with
 * @param given options other than the directory and the namespace: how containerd is reached, and as whom
 * @throws TourError (exit 4) if there is a link where one of them should be
 */
export function putLearnerFiles(workspace: Workspace, program: string, given: Variables): void {
  const { own } = workspace;
  const [bin, links] = [join(own, 'bin'), join(own, 'program')];
  for (const directory of [own, bin, links]) makeRealDirectory(directory);
  const link = (name: string, to: string) =>
    replaceAtomically(join(links, name), (unfinished) => symlinkSync(to, unfinished));
  link('node', process.execPath);
  link('handroll-tour', realpathSync(program));
  write(join(bin, 'handroll-tour'), command, 0o755);
  for (const dialect of ['posix', 'fish'] as const) {
    write(join(own, envName[dialect]), envFile(workspace, bin, given, dialect), 0o644);
  }
}

function makeRealDirectory(path: string): void {
  mkdirSync(path, { recursive: true });
  if (!lstatSync(path).isDirectory()) {
    throw new TourError(`${path} is a link, where the tour keeps files of its own.`, {
      hint: `Look where it leads, and who made it; the tour goes on once it is gone.`,
    });
  }
}

/** Replaces the file, so that nothing is written into an existing file or through a link. */
function write(path: string, text: string, mode: number): void {
  replaceAtomically(path, (unfinished) => writeFileSync(unfinished, text, { mode, flag: 'wx' }));
}

/**
 * Keeps what was copied, for a terminal that doesn't let programs use its clipboard.
 * @returns the path; undefined if there is no directory of the tour's, as after cleanup, or no room in it
 */
export function keepCopied(workspace: Workspace, text: string): string | undefined {
  const path = join(workspace.own, 'copied.sh');
  try {
    if (!isOurs(workspace)) return undefined;
    write(path, text, 0o644);
    return path;
  } catch (error) {
    if (!isMendable(error)) throw error;
    return undefined;
  }
}

/** The line to paste into another terminal: `. ~/container-demo/.handroll-tour/env`. */
export function sourceLine({ own }: Workspace, dialect: Dialect): string {
  const path = join(own, envName[dialect]);
  const home = `${homedir()}/`;
  const asWord = (text: string) => shellQuoteIfNeeded(text, (each) => quoteFor(each, dialect));
  const word = path.startsWith(home) ? `~/${asWord(path.slice(home.length))}` : asWord(path);
  return `${dialect === 'fish' ? 'source' : '.'} ${word}`;
}
