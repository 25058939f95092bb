import { TourError } from '../../src/errors.ts';
import { createFileCache } from '../../src/host/file-cache.ts';
import type { Host } from '../../src/host/host.ts';
import type { Workspace } from '../../src/host/workspace.ts';

/** A script that a session has started and that the test brings to its end. */
export interface StartedScript {
  readonly text: string;
  readonly env: Record<string, string>;
  readonly print: (chunk: string) => void;
  readonly end: (code?: number) => void;
  readonly wasCancelled: () => boolean;
}

/**
 * A machine on which only the test makes things happen. Scripts wait for `end`; if cancelled, they end with
 * 143 as real ones do.
 */
export function fakeHost(workspace: Workspace, differing: Partial<Host> = {}) {
  const scripts: StartedScript[] = [];
  const host: Host = {
    workspace,
    owner: process.geteuid?.() ?? 0,
    privilege: 'root',
    remark: undefined,
    containerdAccess: { viaWrapper: false, address: undefined },
    controlGroup: workspace.namespace,
    filesystem: () => ({
      type: 'ext4',
      target: '/',
      supportsLayers: true,
      supportsOverlayUpper: true,
    }),
    whiteout: () => ({ form: 'device', because: 'the test says so' }),
    atTerminal: (argv) => [...argv],
    inNamespace: (namespace) => ({ ...host, workspace: { ...workspace, namespace } }),
    pathFromOutside: (path) => path,
    mountTable: () => '/proc/self/mountinfo',
    pathFirst: '/nowhere',
    fileCache: createFileCache(),
    containerd: () => Promise.reject(new TourError('The test gave no containerd.')),
    rest: () => Promise.resolve(),
    isResting: () => false,
    tool: () => Promise.resolve({ code: 0, stdout: '', stderr: '' }),
    variables: { WORKDIR: workspace.dir },
    environment: (extra = {}) => ({ WORKDIR: workspace.dir, ...extra }),
    learnersEnvironment: (extra = {}) => ({ WORKDIR: workspace.dir, ...extra }),
    script: (text, { env, onOutput }) => {
      let cancelled = false;
      let end: StartedScript['end'] = () => {};
      const ended = new Promise<{ code: number; milliseconds: number; cancelled: boolean }>(
        (resolve) => {
          end = (code = 0) => resolve({ code, milliseconds: 7, cancelled });
        },
      );
      scripts.push({ text, env, print: onOutput, end, wasCancelled: () => cancelled });
      const cancel = () => {
        cancelled = true;
        end(143);
      };
      return { ended, cancel };
    },
    close: () => {},
    ...differing,
  };
  return { host, scripts };
}
