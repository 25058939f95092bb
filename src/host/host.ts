import { release } from 'node:os';
import { join } from 'node:path';
import { Exit, ifPossible, TourError } from '../errors.ts';
import { type Containerd, chooseContainerd, openContainerd } from './containerd.ts';
import { type ContainerdChoice, containerdChoices } from './containerd-mode.ts';
import { knownEnvironment, ownTemporary } from './environment.ts';
import { createFileCache, type FileCache } from './file-cache.ts';
import { ownUid, refuseTheirs, refuseToClean } from './ownership.ts';
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
import { inUserNamespace } from './private-containerd/user-namespace.ts';
import { choosePrivilege, elevated, type Privilege, privilegeChoices } from './privilege.ts';
import { type CommandResult, probe, type RunningScript, runScript } from './shell.ts';
import { type WhiteoutChoice, whiteoutHere } from './whiteout-form.ts';
import { locate, type Workspace } from './workspace.ts';

/** What the command line says about the machine to work on. */
export interface HostOptions {
  readonly workdir?: string;
  readonly namespace?: string;
  readonly containerd?: string;
  readonly address?: string;
  readonly privilege?: string;
  /** To clean up only: root may then name a learner's working directory. */
  readonly toClean?: boolean;
}

/** The machine: where the tour works on it, and as whom. Everything real goes through here. */
export interface Host {
  readonly workspace: Workspace;
  /** The user, by number, to whom the working directory has to belong: another only where root cleans up. */
  readonly owner: number;
  readonly privilege: Privilege;
  /** What to say of that, where it is not what one might expect. */
  readonly remark: string | undefined;
  /**
   * The containerd of this working directory, opened when it is first asked for.
   * @throws TourError if it cannot be had; the next call tries again
   */
  containerd(): Promise<Containerd>;
  /** How scripts reach containerd. Chosen once, like privilege. */
  readonly containerdAccess: ContainerdAccess;
  /** The control group below which containers of the tour are, in each hierarchy. */
  readonly controlGroup: string;
  /** What the working directory lies on. Seen anew each time it is asked for. */
  filesystem(): Filesystem;
  /** How the whiteout is made here. Seen anew each time it is asked for. */
  whiteout(): WhiteoutChoice;
  /** What the bytes of files come to, for every observation of this machine. */
  readonly fileCache: FileCache;
  /** Runs an outside tool as the learner. */
  tool(...argv: string[]): Promise<CommandResult>;
  /** Runs a script exactly as given, in the working directory's environment. */
  script(
    text: string,
    options: {
      env: Record<string, string>;
      onOutput: (chunk: string) => void;
      /** It ends the private containerd, so it cannot run where that lives. */
      outsideDaemonNamespace?: boolean;
    },
  ): RunningScript;
  /**
   * A command that the learner's terminal is handed to, as it runs where scripts do. Without root that
   * is where the private containerd lives, while it does: there is the only root that the tour has.
   */
  atTerminal(argv: readonly string[]): string[];
  /** A path as it is from out here, of something that a script may have mounted. */
  pathFromOutside(path: string): string;
  /** The mount table that has what scripts mount. */
  mountTable(): string;
  /** The directory whose programs go before others: there is the `ctr` of a private containerd. */
  readonly pathFirst: string;
  /** What every shell and every script is told of where the tour works. */
  readonly variables: Readonly<Record<string, string>>;
  /** The environment of scripts and checks: the same on every machine. */
  environment(extra?: Readonly<Record<string, string>>): NodeJS.ProcessEnv;
  /** The environment of the learner's shells: their own, and the tour's names. */
  learnersEnvironment(extra?: Readonly<Record<string, string>>): NodeJS.ProcessEnv;
  close(): void;
}

/** What rendering a script depends on, besides privilege. */
export interface ContainerdAccess {
  /** `ctr` on the PATH is the one that steps into the private daemon's namespaces. */
  readonly viaWrapper: boolean;
  /** The socket to name, where it is not the usual one. */
  readonly address: string | undefined;
  /** The system's socket, where a private one is used because that one takes connections and is silent. */
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
 * Decides where and as whom the tour works; touches nothing yet.
 * @throws TourError for what the options or the machine do not allow
 */
export async function openHost(options: HostOptions): Promise<Host> {
  refuseForeignSystem(process.platform, release());
  const choice: ContainerdChoice = oneOf('containerd', options.containerd, containerdChoices);
  const how = oneOf('privilege', options.privilege, privilegeChoices);
  const workspace = locate(options);
  if (options.toClean !== true) refuseTheirs(workspace);
  const owner = options.toClean === true ? refuseToClean(workspace) : ownUid();
  const { privilege, remark } = await choosePrivilege(how, {
    system: choice === 'system' || options.address !== undefined,
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
  // A ctr that is not the wrapper must not reach a system daemon by mistake: there is no such socket.
  const socket = containerdAccess.viaWrapper
    ? join(workspace.own, 'only-through-the-wrapper')
    : options.address;
  const pathFirst = wrapperDir(workspace);
  let containerd: Promise<Containerd> | undefined;

  const variables = {
    WORKDIR: workspace.dir,
    CTR_NAMESPACE: workspace.namespace,
    OCI_DIR: join(workspace.dir, 'oci'),
    ...(socket === undefined ? {} : { CONTAINERD_ADDRESS: socket }),
  };
  const names = {
    ...variables,
    // Only a private containerd has a `ctr` of its own here; prepending a missing directory does no harm.
    PATH: `${pathFirst}:${process.env.PATH ?? ''}:/usr/sbin:/sbin`,
  };
  const environment = (extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv =>
    knownEnvironment({ ...names, ...extra });

  /** The process in whose namespaces scripts run, where these are not our own. */
  const scriptsLiveIn = () => (privilege === 'rootless' ? initPid(workspace) : undefined);
  const whereScriptsRun = (argv: readonly string[]) =>
    privilege === 'rootless' ? inDaemonNamespaces(workspace, privilege, argv) : [...argv];

  return {
    workspace,
    owner,
    privilege,
    remark,
    atTerminal: (argv) =>
      privilege === 'rootless' ? terminalInDaemonNamespaces(workspace, privilege, argv) : [...argv],
    pathFromOutside: (path) => {
      const pid = scriptsLiveIn();
      return pid === undefined ? path : `/proc/${pid}/root${path}`;
    },
    mountTable: () => `/proc/${scriptsLiveIn() ?? 'self'}/mountinfo`,
    containerd: async () => {
      const known = containerd;
      const open = await known;
      // Somebody may have ended the private one: the next to ask starts it again, or joins another's.
      if (open?.lives() === false && containerd === known) {
        open.close();
        containerd = undefined;
      }
      containerd ??= openContainerd(workspace, privilege, mode, options.address).catch(
        (error: unknown) => {
          containerd = undefined;
          throw error;
        },
      );
      return containerd;
    },
    containerdAccess,
    controlGroup: containerdAccess.viaWrapper ? ownControlGroup(workspace) : workspace.namespace,
    filesystem: () => filesystemOf(workspace.dir),
    whiteout: () => whiteoutHere(filesystemOf(workspace.dir), privilege),
    pathFirst,
    fileCache: createFileCache(),
    tool: (...argv) => probe(argv, { env: environment() }),
    script: (text, { env, onOutput, outsideDaemonNamespace = false }) =>
      runScript(text, {
        env: environment({ ...temporaryIn(workspace), ...env }),
        through:
          outsideDaemonNamespace && privilege === 'rootless' ? inUserNamespace : whereScriptsRun,
        // Scripts name every path in full; and the last one removes the working directory.
        cwd: '/',
        onOutput,
        keepsSession: privilege === 'sudo',
        signalGroup: (group, signal) => {
          const [file = '', ...args] = elevated(privilege, [
            'kill',
            `-${signal}`,
            '--',
            `-${group}`,
          ]);
          // Out of processes there is none to send it.
          void ifPossible(probe([file, ...args], { evenWhenExiting: true }));
        },
      }),
    variables,
    environment,
    learnersEnvironment: (extra = {}) => ({ ...process.env, ...names, ...extra }),
    close: () => void containerd?.then((it) => it.close()).catch(() => {}),
  };
}

/** What tells a script where to put what it needs for a moment. */
function temporaryIn({ own }: Workspace): Record<string, string> {
  const directory = ownTemporary(own);
  return directory === undefined ? {} : { TMPDIR: directory };
}

/** Whether containerd would have to be started for the first time to be asked anything. */
export function neverStarted(host: Host): boolean {
  return host.containerdAccess.viaWrapper && !hasPrivateContainerd(host.workspace);
}

/** A path in the working directory. */
export function inWorkdir(host: Host, ...parts: string[]): string {
  return join(host.workspace.dir, ...parts);
}
