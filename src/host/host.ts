import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { Exit, ifPossible, TourError } from '../errors.ts';
import { type Containerd, chooseContainerd, openContainerd, usesSystem } from './containerd.ts';
import { type ContainerdChoice, containerdChoices } from './containerd-mode.ts';
import { knownEnvironment, ownTemporary } from './environment.ts';
import { createFileCache, type FileCache } from './file-cache.ts';
import { mountsUnder, parseMountinfo } from './mounts.ts';
import { inNotedNamespace, isOurs, ownUid, refuseTheirs, refuseToClean } from './ownership.ts';
import { type Filesystem, filesystemOf } from './preflight/filesystem.ts';
import { refuseForeignSystem } from './preflight/find-obstacles.ts';
import { ownControlGroup } from './private-containerd/control-group.ts';
import {
  hasPrivateContainerd,
  inDaemonNamespaces,
  initPid,
  startedAs,
  terminalInDaemonNamespaces,
  wrapperDir,
} from './private-containerd/private-containerd.ts';
import { beginRest, endRest } from './private-containerd/rest.ts';
import { inUserNamespace } from './private-containerd/user-namespace.ts';
import { choosePrivilege, elevatedKill, type Privilege, privilegeChoices } from './privilege.ts';
import { type CommandResult, probe, type RunningScript, runScript } from './shell.ts';
import { type WhiteoutChoice, whiteoutHere } from './whiteout-form.ts';
import { locate, namedNamespace, type Workspace } from './workspace.ts';

/** The options of the command line that say where and how to work. */
export interface HostOptions {
  readonly workdir?: string;
  readonly namespace?: string;
  readonly containerd?: string;
  readonly address?: string;
  readonly privilege?: string;
  /** Only to clean up: root may then name a learner's working directory. */
  readonly toClean?: boolean;
}

/** The machine: where the tour works and with which privilege. All effects on it go through here. */
export interface Host {
  readonly workspace: Workspace;
  /** The user id that must own the working directory: ours, except where root cleans up for a learner. */
  readonly owner: number;
  readonly privilege: Privilege;
  /** A remark about the privilege, if the user may not expect it. */
  readonly remark: string | undefined;
  /**
   * The containerd of this working directory, opened at the first call.
   * @throws TourError if it can't be reached; the next call tries again
   */
  containerd(): Promise<Containerd>;
  /**
   * Lets go of a private containerd that holds nothing, which ends it if no other command uses it. The
   * next call of `containerd` starts it again.
   */
  rest(): Promise<void>;
  /** Whether it was let go of and hasn't been asked for since. */
  isResting(): boolean;
  /** How scripts reach containerd. Chosen once, like privilege. */
  readonly containerdAccess: ContainerdAccess;
  /** The parent control group of the tour's containers, in each hierarchy. */
  readonly controlGroup: string;
  /** The file system of the working directory; read again at every call. */
  filesystem(): Filesystem;
  /** The form of whiteouts here; decided again at every call. */
  whiteout(): WhiteoutChoice;
  /** Hashes and entries of files, shared by all observations. */
  readonly fileCache: FileCache;
  /** Runs an outside tool as the learner. */
  tool(...argv: string[]): Promise<CommandResult>;
  /** Runs a script exactly as given, in the working directory's environment. */
  script(
    text: string,
    options: {
      env: Record<string, string>;
      onOutput: (chunk: string) => void;
      /** It stops the private containerd, so it can't run in that one's namespaces. */
      outsideDaemonNamespace?: boolean;
    },
  ): RunningScript;
  /**
   * The argv that runs a command with the learner's terminal where scripts run. Without root that's
   * inside the namespaces of the private containerd, while it runs: only there does the tour have a root.
   * @param directory where it begins; the working directory if left out
   */
  atTerminal(argv: readonly string[], directory?: string): string[];
  /** The same machine and working directory, with another namespace in the same containerd. */
  inNamespace(namespace: string): Host;
  /** The same path as seen from the tour's own mount namespace, for what a script may have mounted. */
  pathFromOutside(path: string): string;
  /** The path of the mount table that shows what scripts mount. */
  mountTable(): string;
  /** The directory that is first on the PATH; it has the `ctr` of a private containerd. */
  readonly pathFirst: string;
  /** The variables that tell every shell and script where the tour works. */
  readonly variables: Readonly<Record<string, string>>;
  /** The environment of scripts and checks: the same on every machine. */
  environment(extra?: Readonly<Record<string, string>>): NodeJS.ProcessEnv;
  /** The environment of the learner's shells: their own, and the tour's names. */
  learnersEnvironment(extra?: Readonly<Record<string, string>>): NodeJS.ProcessEnv;
  close(): void;
}

/** How scripts reach containerd. */
interface ContainerdAccess {
  /** `ctr` on the PATH is our wrapper, which enters the private daemon's namespaces. */
  readonly viaWrapper: boolean;
  /** The socket to name, if it isn't the usual one. */
  readonly address: string | undefined;
  /** The system's socket, if that one doesn't answer and a private one is used instead. */
  readonly unresponsive?: string | undefined;
  /** Where the system's keeps its snapshots, if they can't be seen from here. */
  readonly hidden?: string | undefined;
}

function oneOf<T extends string>(
  name: string,
  value: string | undefined,
  choices: readonly T[],
): T {
  const chosen = choices.find((choice) => choice === (value ?? 'auto'));
  if (chosen !== undefined) return chosen;
  throw new TourError(`--${name} cannot be '${value}'.`, {
    hint: `It is one of ${choices.join(', ')}.`,
    exit: Exit.usage,
  });
}

/**
 * Decides where and with which privilege the tour works; touches nothing yet.
 * @throws TourError if the options or the machine don't allow it
 */
export async function openHost(options: HostOptions): Promise<Host> {
  refuseForeignSystem(process.platform, release());
  const choice: ContainerdChoice = oneOf('containerd', options.containerd, containerdChoices);
  const how = oneOf('privilege', options.privilege, privilegeChoices);
  if (choice === 'private' && options.address !== undefined) {
    throw new TourError("--address is a socket of the system's containerd, not of a private one.", {
      hint: 'Leave out --containerd private or --address.',
      exit: Exit.usage,
    });
  }
  const located = locate(options);
  if (options.toClean !== true) refuseTheirs(located);
  const owner = options.toClean === true ? refuseToClean(located) : ownUid();
  const workspace = inNotedNamespace(located, namedNamespace(options));
  const { privilege, remark } = await choosePrivilege(how, {
    system:
      choice === 'system' ||
      options.address !== undefined ||
      (choice === 'auto' && usesSystem(workspace)),
    startedAs: startedAs(workspace),
  });
  const wanted = { choice, address: options.address, toClean: options.toClean === true };
  const { mode, unresponsive, hidden } = await chooseContainerd(workspace, privilege, wanted);
  const containerdAccess: ContainerdAccess = {
    viaWrapper: mode === 'private',
    address: options.address,
    unresponsive,
    hidden,
  };
  // A socket that doesn't exist, so that a ctr other than the wrapper can't reach a system daemon.
  const socket = containerdAccess.viaWrapper
    ? join(workspace.own, 'only-through-the-wrapper')
    : options.address;
  const shared: SharedMachine = {
    owner,
    privilege,
    remark,
    containerdAccess,
    socket,
    fileCache: createFileCache(),
    containerd: openOnce(workspace, () =>
      openContainerd(workspace, privilege, mode, options.address),
    ),
  };
  return hostIn(workspace, shared);
}

/** What the hosts of all namespaces have in common. */
interface SharedMachine
  extends Pick<Host, 'owner' | 'privilege' | 'remark' | 'containerdAccess' | 'fileCache'> {
  /** The value of CONTAINERD_ADDRESS, if it is set. */
  readonly socket: string | undefined;
  readonly containerd: OpenedOnce;
}

interface OpenedOnce {
  readonly get: () => Promise<Containerd>;
  readonly rest: (mountTable: () => string) => Promise<void>;
  readonly isResting: () => boolean;
  readonly close: () => void;
}

/** Opens a containerd at the first call, and again after a failure or once it has stopped. */
function openOnce(workspace: Workspace, open: () => Promise<Containerd>): OpenedOnce {
  let containerd: Promise<Containerd> | undefined;
  let resting = false;
  /** How often it was asked for. */
  let calls = 0;
  return {
    get: async () => {
      calls += 1;
      if (resting) {
        resting = false;
        endRest(workspace);
      }
      const known = containerd;
      const opened = await known;
      // The private one may have been stopped: the next call starts it again or joins another's.
      if (opened?.lives() === false && containerd === known) {
        opened.close();
        containerd = undefined;
      }
      containerd ??= open().catch((error: unknown) => {
        containerd = undefined;
        throw error;
      });
      return containerd;
    },
    rest: async (mountTable) => {
      const known = containerd;
      const opened = await known;
      if (opened === undefined || opened.mode === 'system') return;
      const before = calls;
      // With its namespaces, what is mounted and what runs in them would end as well.
      const holds = (await opened.namespaces()).length > 0 || mountedIn(workspace, mountTable());
      if (holds || calls !== before || containerd !== known) return;
      resting = true;
      containerd = undefined;
      beginRest(workspace);
      opened.close();
    },
    isResting: () => resting,
    close: () => {
      if (resting) endRest(workspace);
      void containerd?.then((it) => it.close()).catch(() => {});
    },
  };
}

function hostIn(workspace: Workspace, shared: SharedMachine): Host {
  const { owner, privilege, remark, containerdAccess, socket, fileCache } = shared;
  /** The client of this namespace, if it isn't the one that was opened. */
  let elsewhere: { readonly from: Containerd; readonly client: Containerd } | undefined;
  const pathFirst = wrapperDir(workspace);
  const variables = {
    WORKDIR: workspace.dir,
    CTR_NAMESPACE: workspace.namespace,
    OCI_DIR: join(workspace.dir, 'oci'),
    ...(socket === undefined ? {} : { CONTAINERD_ADDRESS: socket }),
  };
  const names = () => {
    // After cleanup, another user may have made a directory of that name, with programs in it.
    const own = isOurs(workspace) ? [pathFirst] : [];
    return { ...variables, PATH: [...own, process.env.PATH ?? '', '/usr/sbin', '/sbin'].join(':') };
  };
  const environment = (extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv =>
    knownEnvironment({ ...names(), ...extra });

  /** The process in whose namespaces scripts run, if those aren't our own. */
  const scriptsLiveIn = () => (privilege === 'rootless' ? initPid(workspace) : undefined);
  const mountTable = () => `/proc/${scriptsLiveIn() ?? 'self'}/mountinfo`;
  const whereScriptsRun = (argv: readonly string[]) =>
    privilege === 'rootless' ? inDaemonNamespaces(workspace, privilege, argv) : [...argv];

  return {
    workspace,
    owner,
    privilege,
    remark,
    atTerminal: (argv, directory = workspace.dir) =>
      privilege === 'rootless'
        ? terminalInDaemonNamespaces(workspace, privilege, argv, directory)
        : [...argv],
    pathFromOutside: (path) => {
      const pid = scriptsLiveIn();
      return pid === undefined ? path : `/proc/${pid}/root${path}`;
    },
    mountTable,
    containerd: async () => {
      const opened = await shared.containerd.get();
      if (opened.namespace === workspace.namespace) return opened;
      if (elsewhere?.from !== opened) {
        elsewhere = { from: opened, client: opened.inNamespace(workspace.namespace) };
      }
      return elsewhere.client;
    },
    rest: () => shared.containerd.rest(mountTable),
    isResting: shared.containerd.isResting,
    inNamespace: (namespace) => hostIn({ ...workspace, namespace }, shared),
    containerdAccess,
    controlGroup: containerdAccess.viaWrapper ? ownControlGroup(workspace) : workspace.namespace,
    filesystem: () => filesystemOf(workspace.dir),
    whiteout: () => whiteoutHere(filesystemOf(workspace.dir), privilege),
    pathFirst,
    fileCache,
    tool: (...argv) => probe(argv, { env: environment() }),
    script: (text, { env, onOutput, outsideDaemonNamespace = false }) =>
      runScript(text, {
        env: environment({ ...temporaryIn(workspace), ...env }),
        through:
          outsideDaemonNamespace && privilege === 'rootless' ? inUserNamespace : whereScriptsRun,
        // Scripts use absolute paths, and the last one removes the working directory.
        cwd: '/',
        onOutput,
        keepsSession: privilege === 'sudo',
        kill: (target, signal) => {
          const kill = elevatedKill(privilege, signal, target);
          // If no process can be started, there's none to send the signal.
          void ifPossible(probe(kill, { evenWhenExiting: true }));
        },
      }),
    variables,
    environment,
    learnersEnvironment: (extra = {}) => ({ ...process.env, ...names(), ...extra }),
    close: shared.containerd.close,
  };
}

/** Whether anything is mounted in the working directory, but for what the tour mounts for containerd. */
function mountedIn({ dir, own }: Workspace, table: string): boolean {
  try {
    const mounts = mountsUnder(dir, parseMountinfo(readFileSync(table, 'utf8')));
    return mounts.some(({ target }) => !target.startsWith(`${own}/`));
  } catch {
    // The daemon has just ended, and these mounts with it.
    return false;
  }
}

/** The TMPDIR of a script. */
function temporaryIn({ own }: Workspace): Record<string, string> {
  const directory = ownTemporary(own);
  return directory === undefined ? {} : { TMPDIR: directory };
}

/** Whether a private containerd is to be used and has never been started. */
export function neverStarted(host: Host): boolean {
  return host.containerdAccess.viaWrapper && !hasPrivateContainerd(host.workspace);
}

/** A path in the working directory. */
export function inWorkdir(host: Host, ...parts: string[]): string {
  return join(host.workspace.dir, ...parts);
}
