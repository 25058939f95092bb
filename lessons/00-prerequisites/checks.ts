import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineChecks } from '../../src/engine/define.ts';
import type { Look } from '../../src/engine/look.ts';
import { key } from '../../src/engine/text.ts';
import { TourError } from '../../src/errors.ts';
import { otherName } from '../../src/host/namespace.ts';
import { isWritable, ownership } from '../../src/host/ownership.ts';
import { readFilesystems, readMachine, roomAt } from '../../src/host/preflight/machine.ts';
import { type NeededTool, toolsOf } from '../../src/host/preflight/needed-tools.ts';
import { type Obstacle, obstaclesOf, ofMount, ofRoom } from '../../src/host/preflight/obstacles.ts';
import { moreOn, remedyOf, type TroubleId } from '../../src/host/preflight/troubles.ts';
import { check } from '../claims.ts';
import { strangers } from '../facts/containerd.ts';
import { architecture, namespace, tools } from '../facts/machine.ts';
import { lesson } from './lesson.ts';

/** All tools of these parts are there and run. */
async function present(look: Look, ...parts: readonly NeededTool['part'][]): Promise<Outcome> {
  const ids = toolsOf(...parts);
  const found = (await look.need(tools)).filter(({ id }) => ids.includes(id));
  const bad = found.filter(({ status }) => status !== 'ok');
  if (bad.length === 0) {
    return pass(found.map(({ id, detail }) => `${id} ${detail.split('  ')[0]}`).join(', '));
  }
  const more = new Set(bad.flatMap(({ trouble = [] }) => trouble));
  return fail({
    expected: ids.join(', '),
    actual: bad.map(({ id, detail }) => `${id}: ${detail}`).join('; '),
    hint: [
      `Press ${key('install')} to see the command that installs what is missing, and to run it; or use handroll-tour doctor.`,
      ...[...more].map(moreOn),
    ].join('\n'),
  });
}

/** Nothing of that is in the way; or what was seen, and what to do. */
function unhindered(
  found: readonly Obstacle[],
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
const ofContainers: ReadonlySet<TroubleId> = new Set<TroubleId>([
  'old-kernel',
  'no-overlay',
  'no-cgroups',
  'cgroups-read-only',
  'cgroups-occupied',
]);

function groundUnder(look: Look): Outcome {
  const { type, target, holdsLayers, carriesOverlay } = look.host.ground();
  const found = `${type}, mounted at ${target}`;
  if (!holdsLayers) {
    return fail({
      expected: 'a file system for a tree with links: ext4, xfs, btrfs, tmpfs …',
      actual: found,
      hint: remedyOf('workdir-filesystem'),
    });
  }
  return pass(carriesOverlay ? found : `${found}: what cannot lie on it goes on a tmpfs`);
}

export const checks = defineChecks(lesson, {
  tools: [
    check('runtime', {
      claim: 'P1',
      says: 'containerd, ctr and runc are here',
      look: (look) => present(look, 'runtime'),
    }),
    check('archives', {
      claim: 'P1',
      says: 'tar is GNU tar, and gzip is here',
      look: (look) => present(look, 'archives'),
    }),
    check('helpers', {
      claim: 'P1',
      says: 'jq, tree, sha256sum, stat and the shell tools are here',
      look: (look) => present(look, 'helpers', 'shell'),
    }),
  ],
  busybox: [
    check('static', {
      claim: 'P2',
      says: 'busybox is static, and built for this machine',
      look: async (look) => {
        const found = (await look.need(tools)).find(({ id }) => id === 'busybox');
        if (found?.status === 'ok') return pass(found.detail.replace('  ', ', '));
        return fail({
          expected: `a static busybox for ${await look.need(architecture)}`,
          actual: found?.detail ?? 'not found',
          hint: `Press ${key('install')} to see the command that installs the static one, and to run it; or use handroll-tour doctor.\n${moreOn('busybox-wrong')}`,
        });
      },
    }),
  ],
  workdir: [
    check('ours', {
      claim: 'P3',
      says: 'the working directory is there, ours, and can be written',
      look: async ({ host: { workspace } }) => {
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
      look: async ({ host }) => {
        const { dir } = host.workspace;
        const containerd = host.reach.wrapped ? 'private' : 'system';
        const { mounts } = readMachine(dir);
        return unhindered(
          ofMount({ workdir: dir, containerd }, mounts).filter(({ id }) => id === 'workdir-noexec'),
          {
            expected: 'a file system from which a program can be started',
            evidence: host.reach.wrapped
              ? 'not noexec: a ctr of the tour’s own will be there'
              : 'none of the tour’s own is put there',
          },
        );
      },
    }),
    check('room', {
      claim: 'P3',
      says: 'there is room in it for all that you will make',
      look: async ({ host }) => {
        const free = roomAt(host.workspace.dir);
        const full = ofRoom(free);
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
      look: async (look) => groundUnder(look),
    }),
  ],
  containerd: [
    check('answers', {
      claim: 'P1',
      says: 'containerd answers',
      look: async (look) => {
        try {
          const containerd = await look.containerd();
          await containerd.namespaces();
          const { deaf } = look.host.reach;
          const instead = deaf === undefined ? '' : `; what listens at ${deaf} does not answer`;
          const how = `${containerd.mode}, as ${look.host.privilege}`;
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
      look: async ({ host, containerd: open }) => {
        const containerd = await open();
        const here = readMachine(host.workspace.dir);
        const there = {
          ...here,
          mounts: await containerd.mounts(),
          filesystems: readFilesystems((await containerd.read('/proc/filesystems')) ?? ''),
        };
        const found = obstaclesOf(there, {
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
      look: async (look) => {
        const name = await look.need(namespace);
        const { found, owner } = await strangers(look);
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
