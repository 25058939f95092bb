import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineChecks } from '../../src/engine/define.ts';
import { NotYet, type Observation } from '../../src/engine/observation.ts';
import { key } from '../../src/engine/text.ts';
import { TourError } from '../../src/errors.ts';
import { otherName } from '../../src/host/namespace.ts';
import { isWritable, ownership } from '../../src/host/ownership.ts';
import {
  checkFreeSpace,
  checkMount,
  type FoundObstacle,
  findObstacles,
} from '../../src/host/preflight/find-obstacles.ts';
import { isInstallable } from '../../src/host/preflight/install.ts';
import { freeSpaceAt, readFilesystems, readMachine } from '../../src/host/preflight/machine.ts';
import { type NeededTool, toolsOf } from '../../src/host/preflight/needed-tools.ts';
import { explainHint, type ObstacleId, remedyOf } from '../../src/host/preflight/obstacles.ts';
import { Shortage } from '../../src/host/shortage.ts';
import { check } from '../claims.ts';
import { strangers } from '../facts/containerd.ts';
import { architecture, namespace, tools } from '../facts/machine.ts';
import { lesson } from './lesson.ts';

/** The tools whose versions are shown; the others are only counted. */
const shown = 3;

/** Passes if all tools of these parts are there and run. */
async function present(
  observation: Observation,
  ...parts: readonly NeededTool['part'][]
): Promise<Outcome> {
  const ids = toolsOf(...parts);
  const found = (await observation.need(tools)).filter(({ id }) => ids.includes(id));
  const bad = found.filter(({ status }) => status !== 'ok');
  if (bad.length === 0) {
    const versions = found.map(({ id, detail }) => `${id} ${detail.split('  ')[0]}`);
    const others = versions.length - shown;
    return pass(
      [...versions.slice(0, shown), ...(others > 0 ? [`${others} more`] : [])].join(', '),
    );
  }
  const more = new Set(bad.flatMap(({ obstacle = [] }) => obstacle));
  return fail({
    expected: ids.join(', '),
    actual: bad.map(({ id, detail }) => `${id}: ${detail}`).join('; '),
    hint: [
      ...(bad.some(isInstallable)
        ? [
            `Press ${key('install')}: it shows the command that installs what is missing, and runs it if you like. \`handroll-tour doctor\` prints that command too.`,
          ]
        : []),
      ...[...more].map(explainHint),
    ].join('\n'),
  });
}

/** Passes if none of these obstacles stops the tour. */
function unhindered(
  found: readonly FoundObstacle[],
  otherwise: { readonly expected: string; readonly evidence: string },
): Outcome {
  const [first] = found.filter(({ stops }) => stops);
  if (first === undefined) return pass(otherwise.evidence);
  return fail({
    expected: otherwise.expected,
    actual: first.seen,
    hint: remedyOf(first.id),
  });
}

/** What a kernel can lack that lessons 05 to 09 need. */
const ofContainers: ReadonlySet<ObstacleId> = new Set<ObstacleId>([
  'old-kernel',
  'no-overlay',
  'no-cgroups',
  'cgroups-read-only',
  'cgroups-occupied',
]);

function filesystemUnder(observation: Observation): Outcome {
  const { type, target, supportsLayers, supportsOverlayUpper } = observation.host.filesystem();
  const found = `${type}, mounted at ${target}`;
  if (!supportsLayers) {
    return fail({
      expected: 'a Linux filesystem with links and owners: ext4, xfs, btrfs, tmpfs …',
      actual: found,
      hint: remedyOf('workdir-filesystem'),
    });
  }
  return pass(
    supportsOverlayUpper ? found : `${found}; what can't be stored there goes on a tmpfs`,
  );
}

/** Nothing is known about containerd then: the check is blocked, or waits for a step. */
const isNoAnswer = (error: unknown): boolean =>
  error instanceof NotYet || error instanceof Shortage;

export const checks = defineChecks(lesson, {
  machine: [
    check('runtime', {
      claim: 'P1',
      says: 'the runtime is installed',
      installable: true,
      observe: (observation) => present(observation, 'runtime'),
    }),
    check('archives', {
      claim: 'P1',
      says: 'GNU tar and gzip are installed',
      installable: true,
      observe: (observation) => present(observation, 'archives'),
    }),
    check('helpers', {
      claim: 'P1',
      says: 'the other tools are installed',
      installable: true,
      observe: (observation) => present(observation, 'helpers', 'shell'),
    }),
    check('static', {
      claim: 'P2',
      says: 'busybox is static and for this machine',
      installable: true,
      observe: async (observation) => {
        const found = (await observation.need(tools)).find(({ id }) => id === 'busybox');
        if (found?.status === 'ok') return pass(found.detail.replace('  ', ', '));
        return fail({
          expected: `a static busybox for ${await observation.need(architecture)}`,
          actual: found?.detail ?? 'not found',
          hint: `Press ${key('install')}: it shows the command that installs a static busybox, and runs it if you like. \`handroll-tour doctor\` prints that command too.\n${explainHint('busybox-wrong')}`,
        });
      },
    }),
    check('ours', {
      claim: 'P3',
      says: "the working directory is the tour's, and writable",
      observe: async ({ host: { workspace } }) => {
        const state = ownership(workspace);
        const expected = "a writable directory with the tour's marker file";
        const hint =
          'Choose another directory with --workdir DIR. The tour creates it, with its marker file.';
        if (state === 'absent') return fail({ expected, actual: 'it does not exist', hint });
        if (state !== 'ours') return fail({ expected, actual: 'it has no marker file', hint });
        if (!isWritable(workspace.dir)) {
          return fail({ expected, actual: "it isn't writable", hint });
        }
        return pass(workspace.dir);
      },
    }),
    check('programs', {
      claim: 'P3',
      says: 'programs can be started from it',
      observe: async ({ host }) => {
        const { dir } = host.workspace;
        const containerd = host.containerdAccess.viaWrapper ? 'private' : 'system';
        const { mounts } = readMachine(dir);
        return unhindered(
          checkMount({ workdir: dir, containerd }, mounts).filter(
            ({ id }) => id === 'workdir-noexec',
          ),
          {
            expected: 'a filesystem mounted without noexec',
            evidence: host.containerdAccess.viaWrapper
              ? 'not mounted noexec'
              : 'no program will be put there',
          },
        );
      },
    }),
    check('room', {
      claim: 'P3',
      says: 'it has enough free space',
      observe: async ({ host }) => {
        const free = freeSpaceAt(host.workspace.dir);
        const full = checkFreeSpace(free);
        return unhindered(full === undefined ? [] : [full], {
          expected: 'twice the 16 MB that the whole tour takes',
          evidence: Number.isFinite(free.bytes)
            ? `${Math.floor(free.bytes / 1024 ** 2)} MB free`
            : 'its filesystem reports no limit',
        });
      },
    }),
    check('ground', {
      claim: 'P3',
      says: 'its filesystem can store the files of an image',
      observe: async (observation) => filesystemUnder(observation),
    }),
    check('answers', {
      claim: 'P1',
      says: 'containerd answers',
      observe: async (observation) => {
        try {
          const containerd = await observation.containerd();
          await containerd.namespaces();
          const { unresponsive, hidden } = observation.host.containerdAccess;
          if (hidden !== undefined && containerd.mode === 'system') {
            return fail({
              expected: 'a containerd whose snapshots can be seen from here',
              actual: `it keeps them in ${hidden}, which isn't there`,
              hint: remedyOf('daemon-elsewhere'),
            });
          }
          const instead =
            unresponsive === undefined ? '' : `; the one at ${unresponsive} does not answer`;
          return pass(`${containerd.version}, ${containerd.mode}${instead}`);
        } catch (error) {
          if (!(error instanceof TourError) || isNoAnswer(error)) throw error;
          return fail({
            expected: 'a containerd that answers',
            actual: error.message,
            hint: error.hint ?? '`handroll-tour doctor` looks for the reason.',
          });
        }
      },
    }),
    check('kernel', {
      claim: 'P1',
      says: 'the kernel has what containers need',
      observe: async ({ host, containerd: open }) => {
        const containerd = await open();
        const here = readMachine(host.workspace.dir);
        const there = {
          ...here,
          mounts: await containerd.mounts(),
          filesystems: readFilesystems((await containerd.read('/proc/filesystems')) ?? ''),
        };
        const found = findObstacles(there, {
          workdir: host.workspace.dir,
          privilege: host.privilege,
          containerd: containerd.mode,
        });
        return unhindered(
          found.filter(({ id }) => ofContainers.has(id)),
          {
            expected: 'overlayfs, and writable cgroups',
            evidence: host.privilege === 'rootless' ? 'overlayfs' : 'overlayfs, writable cgroups',
          },
        );
      },
    }),
    check('alone', {
      claim: 'P4',
      says: 'the namespace is yours alone',
      observe: async (observation) => {
        const name = await observation.need(namespace);
        const { found, owner } = await strangers(observation);
        if (found.length === 0) return pass(`${name} has only the tour's own things`);
        return fail({
          expected: `nothing in ${name} but the tour's own things`,
          actual: `${found.join(', ')}${owner === undefined ? '' : ` (${owner})`}`,
          hint: `The tour didn't make these. ${otherName(name)}`,
        });
      },
    }),
  ],
});
