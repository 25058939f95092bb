import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineChecks } from '../../src/engine/define.ts';
import type { Observation } from '../../src/engine/observation.ts';
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
import { freeSpaceAt, readFilesystems, readMachine } from '../../src/host/preflight/machine.ts';
import { type NeededTool, toolsOf } from '../../src/host/preflight/needed-tools.ts';
import { explainHint, type ObstacleId, remedyOf } from '../../src/host/preflight/obstacles.ts';
import { check } from '../claims.ts';
import { strangers } from '../facts/containerd.ts';
import { architecture, namespace, tools } from '../facts/machine.ts';
import { lesson } from './lesson.ts';

/** All tools of these parts are there and run. */
async function present(
  observation: Observation,
  ...parts: readonly NeededTool['part'][]
): Promise<Outcome> {
  const ids = toolsOf(...parts);
  const found = (await observation.need(tools)).filter(({ id }) => ids.includes(id));
  const bad = found.filter(({ status }) => status !== 'ok');
  if (bad.length === 0) {
    return pass(found.map(({ id, detail }) => `${id} ${detail.split('  ')[0]}`).join(', '));
  }
  const more = new Set(bad.flatMap(({ obstacle = [] }) => obstacle));
  return fail({
    expected: ids.join(', '),
    actual: bad.map(({ id, detail }) => `${id}: ${detail}`).join('; '),
    hint: [
      `Press ${key('install')} to see the command that installs what is missing, and to run it; or use handroll-tour doctor.`,
      ...[...more].map(explainHint),
    ].join('\n'),
  });
}

/** Nothing of that is in the way; or what was seen, and what to do. */
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
      expected: 'a file system for a tree with links: ext4, xfs, btrfs, tmpfs …',
      actual: found,
      hint: remedyOf('workdir-filesystem'),
    });
  }
  return pass(supportsOverlayUpper ? found : `${found}: what cannot lie on it goes on a tmpfs`);
}

export const checks = defineChecks(lesson, {
  tools: [
    check('runtime', {
      claim: 'P1',
      says: 'containerd, ctr and runc are here',
      observe: (observation) => present(observation, 'runtime'),
    }),
    check('archives', {
      claim: 'P1',
      says: 'tar is GNU tar, and gzip is here',
      observe: (observation) => present(observation, 'archives'),
    }),
    check('helpers', {
      claim: 'P1',
      says: 'jq, tree, sha256sum, stat and the shell tools are here',
      observe: (observation) => present(observation, 'helpers', 'shell'),
    }),
  ],
  busybox: [
    check('static', {
      claim: 'P2',
      says: 'busybox is static, and built for this machine',
      observe: async (observation) => {
        const found = (await observation.need(tools)).find(({ id }) => id === 'busybox');
        if (found?.status === 'ok') return pass(found.detail.replace('  ', ', '));
        return fail({
          expected: `a static busybox for ${await observation.need(architecture)}`,
          actual: found?.detail ?? 'not found',
          hint: `Press ${key('install')} to see the command that installs the static one, and to run it; or use handroll-tour doctor.\n${explainHint('busybox-wrong')}`,
        });
      },
    }),
  ],
  workdir: [
    check('ours', {
      claim: 'P3',
      says: 'the working directory is there, ours, and can be written',
      observe: async ({ host: { workspace } }) => {
        const state = ownership(workspace);
        const expected = 'a directory with the mark of the tour, that can be written';
        const hint = 'Choose another with --workdir DIR; the tour makes and marks it.';
        if (state === 'absent') return fail({ expected, actual: 'it does not exist', hint });
        if (state !== 'ours') return fail({ expected, actual: 'it has no mark', hint });
        if (!isWritable(workspace.dir)) {
          return fail({ expected, actual: 'it cannot be written', hint });
        }
        return pass(workspace.dir);
      },
    }),
    check('programs', {
      claim: 'P3',
      says: 'programs in it can be started',
      observe: async ({ host }) => {
        const { dir } = host.workspace;
        const containerd = host.containerdAccess.viaWrapper ? 'private' : 'system';
        const { mounts } = readMachine(dir);
        return unhindered(
          checkMount({ workdir: dir, containerd }, mounts).filter(
            ({ id }) => id === 'workdir-noexec',
          ),
          {
            expected: 'a file system from which a program can be started',
            evidence: host.containerdAccess.viaWrapper
              ? 'not noexec: a ctr of the tour’s own will be there'
              : 'none of the tour’s own is put there',
          },
        );
      },
    }),
    check('room', {
      claim: 'P3',
      says: 'there is room in it for all that you will make',
      observe: async ({ host }) => {
        const free = freeSpaceAt(host.workspace.dir);
        const full = checkFreeSpace(free);
        return unhindered(full === undefined ? [] : [full], {
          expected: 'twice the 16 MB that the whole tour takes',
          evidence: Number.isFinite(free.bytes)
            ? `${Math.floor(free.bytes / 1024 ** 2)} MB free`
            : 'its file system does not count',
        });
      },
    }),
    check('ground', {
      claim: 'P3',
      says: 'its file system can hold the layers',
      observe: async (observation) => filesystemUnder(observation),
    }),
  ],
  containerd: [
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
            unresponsive === undefined ? '' : `; what listens at ${unresponsive} does not answer`;
          const how = `${containerd.mode}, as ${observation.host.privilege}`;
          return pass(`${containerd.version}, ${how}${instead}`);
        } catch (error) {
          if (!(error instanceof TourError)) throw error;
          return fail({
            expected: 'a containerd that answers',
            actual: error.message,
            hint: error.hint ?? 'See what handroll-tour doctor says.',
          });
        }
      },
    }),
    check('kernel', {
      claim: 'P1',
      says: 'where it lives, the kernel has what a container is made of',
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
            expected: 'overlay, and control groups that can be written',
            evidence:
              host.privilege === 'rootless'
                ? `Linux ${here.kernel} with overlay; without root no control groups are asked for`
                : `Linux ${here.kernel} with overlay, and control groups that can be written`,
          },
        );
      },
    }),
    check('alone', {
      claim: 'P4',
      says: 'nobody else works in this namespace',
      observe: async (observation) => {
        const name = await observation.need(namespace);
        const { found, owner } = await strangers(observation);
        if (found.length === 0) return pass(`nothing in ${name} but the tour's own things`);
        return fail({
          expected: `nothing in ${name} but the tour's own things`,
          actual: `${found.join(', ')}${owner === undefined ? '' : ` (${owner})`}`,
          hint: `Somebody else works in this namespace. ${otherName(name)}`,
        });
      },
    }),
  ],
});
