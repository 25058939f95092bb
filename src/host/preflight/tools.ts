import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { endianness } from 'node:os';
import { basename, join } from 'node:path';
import { failedWith } from '../../errors.ts';
import { architectureOf } from '../../oci/architecture.ts';
import { readElf } from '../../oci/elf.ts';
import { probe, ranOutOfTime } from '../shell.ts';
import { type NeededTool, neededTools, type ToolId } from './needed-tools.ts';
import type { ObstacleId } from './obstacles.ts';

/** Some distributions keep root's tools off a user's PATH. */
const extraDirectories = [
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/usr/local/bin',
  '/usr/bin',
  '/bin',
];

/** Every executable of that name, first on the PATH, then in the directories of root's tools. */
function* executables(name: string, path: string): Generator<string> {
  for (const directory of [...path.split(':'), ...extraDirectories]) {
    if (!directory.startsWith('/')) continue;
    const file = join(directory, name);
    try {
      accessSync(file, constants.X_OK);
      // On a directory, the same permission means that it may be searched.
      if (statSync(file).isFile()) yield file;
    } catch {
      // Try the next directory.
    }
  }
}

/** The absolute path of a tool, or undefined. */
export function findTool(name: string, path = process.env.PATH ?? ''): string | undefined {
  return executables(name, path).next().value ?? undefined;
}

/**
 * The real `ctr` or `sudo`. In a shell of the tour, the first one on the PATH is our wrapper, which
 * enters the private containerd's namespaces.
 */
export function findOutside(name: 'ctr' | 'sudo'): string | undefined {
  return findTool(name, outside(process.env.PATH ?? ''));
}

/** A PATH without the directories of the tour's own programs. */
function outside(path: string): string {
  const all = path.split(':');
  return all.filter((each) => !each.endsWith('/.handroll-tour/bin')).join(':');
}

/** This machine's architecture, by its name in an image config. */
export function hostArchitecture(): string {
  return architectureOf(process.arch, endianness());
}

interface Busybox {
  readonly path: string;
  readonly architecture: string | undefined;
  /** The loader it needs (PT_INTERP); a static program needs none. */
  readonly interpreter: string | undefined;
}

/** Reads the ELF header of a program; undefined if it isn't one. Reads only its first 64 KiB. */
export function inspectProgram(path: string): Busybox | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    // A program of mode 711 may be run but not read, so nothing is known about it.
    if (failedWith(error, 'EACCES', 'EPERM', 'ENOENT')) return undefined;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(64 * 1024);
    const elf = readElf(bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0)));
    return elf && { path, ...elf };
  } finally {
    closeSync(file);
  }
}

/**
 * The busybox to build with. If a distribution has both a static and a dynamic one, the static one has
 * the longer name.
 * @param path where to look, as $PATH has it
 */
export function findBusybox(path = process.env.PATH ?? ''): Busybox | undefined {
  const [first] = ['busybox.static', 'busybox-static', 'busybox'].flatMap((name) => [
    ...executables(name, path),
  ]);
  return first === undefined ? undefined : inspectProgram(first);
}

export interface Prerequisite {
  readonly id: ToolId;
  readonly status: 'ok' | 'missing' | 'wrong';
  /** The version and path, or what is wrong. */
  readonly detail: string;
  /** What it is for. */
  readonly why: string;
  /** The obstacle that explains what is wrong with it, or different if it can be used. */
  readonly obstacle?: ObstacleId;
}

/** Whether it's a link to busybox or a similar program, as on Alpine and in small containers. */
function isBusybox(path: string, said: string): boolean {
  return /busybox/i.test(said) || /busybox/.test(basename(realpathSync(path)));
}

/** The number in the first line of `--version`, or that line; undefined if nothing came in time. */
async function versionOf(path: string) {
  const ran = await probe([path, '--version']);
  if (ranOutOfTime(ran)) return undefined;
  const { code, stdout, stderr } = ran;
  const first = (stdout || stderr).split('\n')[0] ?? '';
  if (isBusybox(path, stdout + stderr)) {
    return { version: "busybox's", first, works: true, busybox: true };
  }
  const version = /\d+\.\d+(\.\d+)?/.exec(first)?.[0] ?? first;
  // Other small programs reject --version, but they do run.
  const works = code === 0 || /unrecognized option|usage/i.test(stdout + stderr);
  return { version, first, works, busybox: false };
}

/** Decides by the first line of `--version`: pigz prints its name, others their system's first. */
export function isGnuGzip(first: string): boolean {
  return /^gzip \d/.test(first);
}

/** A wrapper that passes options to the real program, which then conflict with the tour's. */
async function addsOptions(path: string): Promise<boolean> {
  const forms = ['--namespace', '-n', '--address', '-a'];
  const ran = await Promise.all(
    forms.map((form) => probe([path, form, 'handroll-tour', '--version'])),
  );
  return ran.some((each) => each.code !== 0 && !ranOutOfTime(each));
}

/** A tool of the list, with its id as a type. */
type Listed = NeededTool & { readonly id: ToolId };

async function findRequiredTool(
  { id, why, busyboxLacks }: Listed,
  where: string,
): Promise<Prerequisite> {
  const path = findTool(id, where);
  if (path === undefined) return { id, status: 'missing', detail: 'not found', why };
  const wrong = (detail: string, obstacle: ObstacleId): Prerequisite => {
    return { id, status: 'wrong', detail, why, obstacle };
  };
  const said = await versionOf(path);
  if (said === undefined) return wrong(`${path} --version doesn't end`, 'tool-hangs');
  const { version, first, works, busybox } = said;
  if (!works) return wrong(`${path} does not run: ${first}`, 'tools-missing');
  if (id === 'tar' && !first.includes('GNU tar')) {
    const lacks = 'it has no --sort';
    return wrong(`${path} is not GNU tar: ${lacks}`, 'tools-busybox');
  }
  const real = id === 'ctr' ? findTool(id, outside(where)) : undefined;
  if (real !== undefined && (await addsOptions(real))) {
    const lacks = 'it gives ctr a namespace or an address, and the tour cannot give its own';
    return wrong(`${real} does not take all options: ${lacks}`, 'ctr-wrapper');
  }
  if (busybox && busyboxLacks !== undefined) {
    return wrong(`${path} is busybox's: ${busyboxLacks}`, 'tools-busybox');
  }
  const ok: Prerequisite = { id, status: 'ok', detail: `${version}  ${path}`, why };
  if (id === 'gzip' && !isGnuGzip(first)) {
    return { ...ok, detail: `${first}  ${path}`, obstacle: 'gzip-other' };
  }
  return ok;
}

function findRequiredBusybox({ id, why }: Listed, where: string): Prerequisite {
  const found = findBusybox(where);
  if (found === undefined) return { id, status: 'missing', detail: 'not found', why };
  const { path, architecture, interpreter } = found;
  const wrong = (detail: string): Prerequisite => {
    return { id, status: 'wrong', detail, why, obstacle: 'busybox-wrong' };
  };
  if (interpreter !== undefined) {
    return wrong(`${path} is dynamic: it asks for ${interpreter}, which the image will not have`);
  }
  if (architecture !== hostArchitecture()) {
    const theirs = architecture ?? 'a processor we have no name for';
    return wrong(`${path} is for ${theirs}, this machine is ${hostArchitecture()}`);
  }
  return { id, status: 'ok', detail: `static, ${architecture}  ${path}`, why };
}

/**
 * Finds the tools that the tour needs, in the order in which it needs them.
 * @param path where to look, as $PATH has it
 */
export async function prerequisites(path = process.env.PATH ?? ''): Promise<Prerequisite[]> {
  const needed = neededTools.filter(({ part }) => part !== 'optional');
  return Promise.all(
    needed.map((each) =>
      each.part === 'busybox' ? findRequiredBusybox(each, path) : findRequiredTool(each, path),
    ),
  );
}
