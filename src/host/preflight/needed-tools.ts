/** Distributions by package manager: each family has its own package names. */
export type PackageFamily =
  | 'debian'
  | 'fedora'
  | 'ostree'
  | 'rhel'
  | 'amazon'
  | 'alpine'
  | 'arch'
  | 'suse';

/** A tool that the tour uses. */
export interface NeededTool {
  readonly id: string;
  /** What it is for. */
  readonly why: string;
  /**
   * The check of lesson 00 that looks for it; `shell` is checked with the helpers. The tour works without
   * an `optional` tool, and no check looks for it.
   */
  readonly part: 'runtime' | 'archives' | 'helpers' | 'shell' | 'busybox' | 'optional';
  /** The package that has it, in each family. */
  readonly packages: Readonly<Record<PackageFamily, string>>;
  /** What busybox's version of it can't do, if that matters. */
  readonly busyboxLacks?: string;
  /** Whether the script of `handroll-tour script` needs it to build the image again. */
  readonly builds?: true;
}

/** A package with the same name in all families. */
const everywhere = (name: string): NeededTool['packages'] => ({
  debian: name,
  fedora: name,
  ostree: name,
  rhel: name,
  amazon: name,
  alpine: name,
  arch: name,
  suse: name,
});

const containerd = { ...everywhere('containerd'), rhel: 'containerd.io' };
const ctr = { ...containerd, alpine: 'containerd-ctr', suse: 'containerd-ctr' };
const runc = { ...everywhere('runc'), rhel: 'containerd.io' };
const staticBusybox = {
  ...everywhere('busybox'),
  debian: 'busybox-static',
  alpine: 'busybox-static',
  suse: 'busybox-static',
};
const newuidmap = {
  ...everywhere('shadow-utils'),
  debian: 'uidmap',
  alpine: 'shadow-uidmap',
  arch: 'shadow',
  suse: 'shadow',
};
const coreutils = everywhere('coreutils');
const utilLinux = everywhere('util-linux');

/**
 * Every tool that the tour needs, in the order in which it needs them. The doctor, lesson 00, the install
 * command, the rebuilt script and the packages of the tests are all made from this list.
 */
export const neededTools = [
  {
    id: 'containerd',
    why: 'stores images, unpacks layers, runs containers',
    part: 'runtime',
    packages: containerd,
  },
  { id: 'ctr', why: "containerd's own command line", part: 'runtime', packages: ctr },
  { id: 'runc', why: 'starts the process inside its namespaces', part: 'runtime', packages: runc },
  {
    id: 'jq',
    why: 'reads the JSON documents',
    part: 'helpers',
    packages: everywhere('jq'),
  },
  { id: 'tree', why: 'draws directories', part: 'helpers', packages: everywhere('tree') },
  {
    id: 'tar',
    why: 'packs a directory into a layer',
    part: 'archives',
    packages: everywhere('tar'),
    builds: true,
  },
  {
    id: 'gzip',
    why: 'compresses it',
    part: 'archives',
    packages: everywhere('gzip'),
    busyboxLacks: 'it stores no name and no time, and lesson 3 shows what those do',
    builds: true,
  },
  {
    id: 'sha256sum',
    why: 'computes the hashes',
    part: 'helpers',
    packages: coreutils,
    builds: true,
  },
  {
    id: 'stat',
    why: 'prints sizes and device numbers',
    part: 'helpers',
    packages: coreutils,
    builds: true,
  },
  { id: 'bash', why: 'runs the scripts', part: 'shell', packages: everywhere('bash') },
  {
    id: 'timeout',
    why: 'ends a script with everything it started',
    part: 'shell',
    packages: coreutils,
    busyboxLacks: 'it does not know --kill-after',
  },
  {
    id: 'mount',
    why: 'mounts an overlay by hand',
    part: 'shell',
    packages: { ...utilLinux, debian: 'mount' },
  },
  {
    id: 'unshare',
    why: 'creates namespaces for a private containerd',
    part: 'shell',
    packages: utilLinux,
    busyboxLacks: 'it does not know --kill-child',
  },
  { id: 'nsenter', why: 'enters those namespaces', part: 'shell', packages: utilLinux },
  {
    id: 'flock',
    why: 'allows only one private containerd for each directory',
    part: 'shell',
    packages: utilLinux,
  },
  {
    id: 'busybox',
    why: 'the only program in the image: it has to be static',
    part: 'busybox',
    packages: staticBusybox,
  },
  {
    id: 'newuidmap',
    why: 'maps other users than root into a user namespace',
    part: 'optional',
    packages: newuidmap,
  },
] as const satisfies readonly NeededTool[];

/** The command of a tool in the list. */
export type ToolId = (typeof neededTools)[number]['id'];

/** The commands of the tools in these parts. */
export function toolsOf(...parts: readonly NeededTool['part'][]): ToolId[] {
  return neededTools.filter(({ part }) => parts.includes(part)).map(({ id }) => id);
}
