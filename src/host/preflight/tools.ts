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
import { probe } from '../shell.ts';
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

/** Every executable of that name, as PATH has them, then in the places of root's tools. */
function* executables(name: string, path: string): Generator<string> {
  for (const directory of [...path.split(':'), ...extraDirectories]) {
    if (!directory.startsWith('/')) continue;
    const file = join(directory, name);
    try {
      accessSync(file, constants.X_OK);
      // A directory may be searched, which is the same permission.
      if (statSync(file).isFile()) yield file;
    } catch {
      // Not here: the next directory may have it.
    }
  }
}

/** The absolute path of a tool, or undefined. */
export function findTool(name: string, path = process.env.PATH ?? ''): string | undefined {
  return executables(name, path).next().value ?? undefined;
}

/**
 * The real `ctr`, or the real `sudo`. In a shell of the tour the first one on the PATH is the one that
 * leads to the private containerd, and that is no way to look at it from out here.
 */
export function findOutside(name: 'ctr' | 'sudo'): string | undefined {
  return findTool(name, outside(process.env.PATH ?? ''));
}

/** A PATH without the directories of the tour's own programs. */
function outside(path: string): string {
  const all = path.split(':');
  return all.filter((each) => !each.endsWith('/.handroll-tour/bin')).join(':');
}

/** This machine's architecture, as an image config names it. */
export function hostArchitecture(): string {
  return architectureOf(process.arch, endianness());
}

export interface Busybox {
  readonly path: string;
  readonly architecture: string | undefined;
  /** The loader it asks for (PT_INTERP); a static program asks for none. */
  readonly interpreter: string | undefined;
}

/** What the ELF header of a program says; undefined if it is none. Reads its first 64 KiB only. */
export function inspectProgram(path: string): Busybox | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    // A program may be run and not read (mode 711): then nothing can be said of it.
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
 * The busybox to build with. Where a distribution has a static one beside a dynamic one, the static
 * one has the longer name.
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
  /** What was found, or what is wrong with it. */
  readonly detail: string;
  /** What it is for. */
  readonly why: string;
  /** Where more is said about what is wrong; of a tool that will do, about what is different with it. */
  readonly obstacle?: ObstacleId;
}

/** A link to a program that is many: on Alpine, and in small containers, most tools are. */
function isBusybox(path: string, said: string): boolean {
  return /busybox/i.test(said) || /busybox/.test(basename(realpathSync(path)));
}

/** What `--version` says: the number in its first line, or that line. */
async function versionOf(path: string) {
  const { code, stdout, stderr } = await probe([path, '--version'], { seconds: 5 });
  const first = (stdout || stderr).split('\n')[0] ?? '';
  if (isBusybox(path, stdout + stderr)) {
    return { version: "busybox's", first, works: true, busybox: true };
  }
  const version = /\d+\.\d+(\.\d+)?/.exec(first)?.[0] ?? first;
  // Other small ones know no --version, and say so; they run.
  const works = code === 0 || /unrecognized option|usage/i.test(stdout + stderr);
  return { version, first, works, busybox: false };
}

/** By the first line of its `--version`. pigz calls itself so, and others name their system first. */
export function isGnuGzip(first: string): boolean {
  return /^gzip \d/.test(first);
}

/** A program in front of the real one that gives it options, which the tour's own then contradict. */
async function addsOptions(path: string): Promise<boolean> {
  const forms = ['--namespace', '-n', '--address', '-a'];
  const ran = await Promise.all(
    forms.map((form) => probe([path, form, 'handroll-tour', '--version'], { seconds: 5 })),
  );
  return ran.some(({ code }) => code !== 0);
}

/** A tool of the list: with the name of one. */
type Listed = NeededTool & { readonly id: ToolId };

async function findRequiredTool(
  { id, why, busyboxLacks }: Listed,
  where: string,
): Promise<Prerequisite> {
  const path = findTool(id, where);
  if (path === undefined) return { id, status: 'missing', detail: 'not found', why };
  const { version, first, works, busybox } = await versionOf(path);
  const wrong = (detail: string, obstacle: ObstacleId): Prerequisite => {
    return { id, status: 'wrong', detail, why, obstacle };
  };
  if (!works) return wrong(`${path} does not run: ${first}`, 'tools-missing');
  if (id === 'tar' && !first.includes('GNU tar')) {
    const lacks = 'it cannot sort entries or set their owner';
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
 * Whether this machine has the tools that the tour needs, in the order in which they are needed.
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
