import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { fact } from '../../src/engine/fact.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { disturbances } from '../../src/host/environment.ts';
import {
  findBusybox,
  hostArchitecture,
  isGnuGzip,
  type Prerequisite,
  prerequisites,
} from '../../src/host/preflight/tools.ts';
import { elevated, type Privilege } from '../../src/host/privilege.ts';
import type { Digest } from '../../src/oci/digest.ts';
import type { WhiteoutForm } from '../../src/oci/whiteout.ts';

export const workdir = fact('workdir', {
  what: 'the working directory',
  from: '00-prerequisites/machine',
  variable: 'WORKDIR',
  read: async ({ host }) => host.workspace.dir,
});

export const namespace = fact('namespace', {
  what: 'the containerd namespace',
  from: '00-prerequisites/machine',
  variable: 'CTR_NAMESPACE',
  read: async ({ host }) => host.workspace.namespace,
});

export const tools = fact<Prerequisite[]>('tools', {
  what: 'the tools',
  from: '00-prerequisites/machine',
  read: async ({ host }) => prerequisites(host.environment().PATH),
  show: (all) => `${all.filter(({ status }) => status === 'ok').length} of ${all.length}`,
});

/** The compressor, and whether it makes the same bytes as the usual gzip. */
export const gzipInUse = fact('gzip', {
  what: 'the gzip in use',
  from: '00-prerequisites/machine',
  read: async (observation) => {
    const { stdout, stderr } = await observation.tool('gzip', '--version');
    const [first = ''] = (stdout || stderr).split('\n');
    return isGnuGzip(first)
      ? `GNU ${first}`
      : `${first}, which doesn't compress to the same bytes as GNU gzip, so your digests are different`;
  },
});

/** A sentence about the learner's own variables, which the tour's scripts do without; empty if none matters. */
export const ownVariables = fact('environment.own', {
  what: "the learner's own variables",
  from: '00-prerequisites/machine',
  read: async () => {
    const found = disturbances().map(({ name, does, mend }) => `${name} ${does} (${mend})`);
    return found.length === 0
      ? ''
      : ` One thing to know: the scripts run without your own environment variables, but what you type runs with them. ${found.join('; ')}.`;
  },
});

/** The busybox to build with. */
export const busybox = fact('busybox', {
  what: 'a busybox',
  from: '00-prerequisites/machine',
  variable: 'BUSYBOX',
  read: async ({ host }) => findBusybox(host.environment().PATH)?.path,
});

export const architecture = fact('architecture', {
  what: "this machine's architecture",
  from: '00-prerequisites/machine',
  variable: 'ARCH',
  read: async () => hostArchitecture(),
});

/** Where the upperdir made by hand is, and why. */
export const upperdirFilesystem = fact('upperdir.ground', {
  what: 'the filesystem of the upperdir',
  from: '00-prerequisites/machine',
  read: async ({ host }) => {
    const { type, supportsOverlayUpper } = host.filesystem();
    return supportsOverlayUpper
      ? `your directory is on ${type}, which works`
      : `your directory is on ${type}, which doesn't work, so the upperdir goes on a tmpfs, in memory`;
  },
});

/** What a whiteout can be, as one reads it. */
export const whiteoutInWords: Readonly<Record<WhiteoutForm, string>> = {
  device: 'a device 0,0',
  file: 'an empty regular file',
};

/** The form of whiteout that can be made here, and that containerd will act on. */
export const whiteoutChoice = fact<WhiteoutForm>('whiteout.choice', {
  what: 'the form of the whiteout here',
  from: '00-prerequisites/machine',
  read: async ({ host }) => host.whiteout().form,
  show: (form) => whiteoutInWords[form],
});

export const whiteoutReason = fact<string>('whiteout.reason', {
  what: 'why it has that form',
  from: '00-prerequisites/machine',
  read: async ({ host }) => host.whiteout().because,
});

const rootIs: Readonly<Record<Privilege, string>> = {
  root: 'You are root already',
  sudo: 'Commands that need root use sudo',
  rootless:
    "You aren't root: the tour's scripts and shells run in your own user namespace. You're root in there, and nowhere else",
};

/** How commands that need root get it. */
export const rootInUse = fact<Privilege>('root', {
  what: 'how commands get root',
  from: '00-prerequisites/machine',
  read: async ({ host }) => host.privilege,
  show: (privilege) => rootIs[privilege],
});

/**
 * The digest that `sha256sum` finds; empty if it fails.
 * @param among asked for in one call, of which there is one however many of them are wanted
 */
export async function sumByTool(
  observation: Observation,
  path: string,
  among = [path],
): Promise<Digest> {
  const line = await lineAbout(observation, path, among, 'sha256sum', '--');
  return line === '' ? '' : `sha256:${line.split(' ')[0]}`;
}

/** The size in bytes that `stat` finds; empty if it fails. */
export function sizeByTool(
  observation: Observation,
  path: string,
  among = [path],
): Promise<string> {
  return lineAbout(observation, path, among, 'stat', '-c', '%s', '--');
}

/**
 * What kind of node `stat` finds, by the numbers of its mode and device: its words are translated.
 * @param as whose eyes to look with
 */
export async function nodeByTool(
  observation: Observation,
  path: string,
  as: Privilege = 'root',
): Promise<string> {
  const argv = elevated(as, ['stat', '-c', '%f %t %T', '--', path]);
  const [mode = '', major = '', minor = ''] = (await observation.tool(...argv)).stdout
    .trim()
    .split(' ');
  const number = (hex: string) => Number.parseInt(hex, 16);
  switch (number(mode) & 0o170000) {
    case 0o020000:
      return `a character device ${number(major)},${number(minor)}`;
    case 0o100000:
      return 'a regular file';
    default:
      return mode === '' ? 'nothing' : `mode ${mode}`;
  }
}

async function lineAbout(
  observation: Observation,
  path: string,
  among: readonly string[],
  ...command: string[]
) {
  const { stdout } = await observation.tool(...command, ...among);
  return stdout.split('\n')[among.indexOf(path)] ?? '';
}

/** Passes if our result and an outside tool's are the same. */
export function agree(ours: string, theirs: string, tool: string, evidence: string): Outcome {
  if (ours === theirs) return pass(`${evidence}, confirmed by ${tool}`);
  return fail({
    expected: `${ours} (computed by the tour)`,
    actual: `${theirs === '' ? 'nothing' : theirs} (${tool})`,
    hint: `Both read the same file, so they must agree. Is the first ${tool} on your PATH the real one?`,
  });
}
