import { check, fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineLesson } from '../../src/engine/lesson.ts';
import type { Look } from '../../src/engine/look.ts';
import { sh } from '../../src/engine/script.ts';
import { key, text } from '../../src/engine/text.ts';
import { TourError } from '../../src/errors.ts';
import { readFilesystems, readMachine, roomAt } from '../../src/host/machine.ts';
import { type Obstacle, obstaclesOf, ofMount, ofRoom } from '../../src/host/obstacles.ts';
import { moreOn, remedyOf, type TroubleId } from '../../src/host/troubles.ts';
import { isWritable, ownership } from '../../src/host/workspace.ts';
import {
  architecture,
  busybox,
  containerdFiles,
  containerdInUse,
  groundOfWorkdir,
  namespace,
  otherNamespaces,
  rootInUse,
  tools,
  workdir,
} from '../facts.ts';
import { strangers } from '../witnesses.ts';

/** All of these tools are there and run. */
async function present(look: Look, ...ids: string[]): Promise<Outcome> {
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

export const prerequisites = defineLesson({
  id: '00-prerequisites',
  title: 'Prerequisites',
  intro: text`An image is a handful of files, and you are about to make every one of them with
    tools you have had for years. No Docker, no builder: tar, gzip, sha256sum, jq. The tour follows an
    article that does the same on paper, and says so wherever your machine disagrees with it.`,
  steps: [
    {
      id: 'tools',
      title: 'The tools, and what each is for',
      why: text`Three programs do what people mean by *Docker*: containerd keeps images and
        unpacks them, runc starts the process, and \`ctr\` is the plain way to talk to containerd.
        The rest are ordinary tools, but one has to be the GNU version: only GNU tar can sort the
        entries of an archive and set their owner, and a layer that packs differently every time is
        no layer you can name by its hash.`,
      script: sh`
        for tool in containerd runc ctr jq tree tar gzip sha256sum stat; do
          command -v "$tool"
        done
        containerd --version
        runc --version | sed -n 1p
        tar --version | sed -n 1p
      `,
      expect: text`A path for each tool, then three versions. This only looks.`,
      checks: [
        check('runtime', {
          claim: 'P1',
          says: 'containerd, ctr and runc are here',
          look: (look) => present(look, 'containerd', 'ctr', 'runc'),
          faults: [
            {
              name: 'runc is there but does not run',
              breaks: sh`
                mkdir -p "$WORKDIR/.handroll-tour/bin"
                printf '#!/bin/sh\nexit 126\n' >"$WORKDIR/.handroll-tour/bin/runc"
                chmod +x "$WORKDIR/.handroll-tour/bin/runc"
              `,
              mends: sh`rm "$WORKDIR/.handroll-tour/bin/runc"`,
              says: /runc: .* does not run/,
            },
          ],
        }),
        check('archives', {
          claim: 'P1',
          says: 'tar is GNU tar, and gzip is here',
          look: (look) => present(look, 'tar', 'gzip'),
          faults: [
            {
              name: 'the first tar on the PATH is busybox',
              breaks: sh`
                mkdir -p "$WORKDIR/.handroll-tour/bin"
                printf '#!/bin/sh\necho "tar (busybox) 1.36.1"\n' >"$WORKDIR/.handroll-tour/bin/tar"
                chmod +x "$WORKDIR/.handroll-tour/bin/tar"
              `,
              mends: sh`rm "$WORKDIR/.handroll-tour/bin/tar"`,
              says: /not GNU tar/,
            },
          ],
        }),
        check('helpers', {
          claim: 'P1',
          says: 'jq, tree, sha256sum, stat and the shell tools are here',
          look: (look) =>
            present(
              look,
              'jq',
              'tree',
              'sha256sum',
              'stat',
              'bash',
              'timeout',
              'mount',
              'unshare',
              'nsenter',
              'flock',
            ),
          faults: [
            {
              name: 'jq is there but broken',
              breaks: sh`
                mkdir -p "$WORKDIR/.handroll-tour/bin"
                printf '#!/bin/sh\necho "cannot open shared object file" >&2\nexit 127\n' \
                  >"$WORKDIR/.handroll-tour/bin/jq"
                chmod +x "$WORKDIR/.handroll-tour/bin/jq"
              `,
              mends: sh`rm "$WORKDIR/.handroll-tour/bin/jq"`,
              says: /jq: .* does not run/,
            },
          ],
        }),
      ],
      notice: text`Nothing in that list knows what an image is, except containerd. You will write
        the image; containerd will only be asked to read it.`,
      hint: text`\`handroll-tour doctor\` prints the install command for this distribution, and
        \`handroll-tour doctor --install\` runs it.`,
      looksOnly: true,
    },
    {
      id: 'busybox',
      title: 'One program that needs nothing else',
      why: text`The image will hold a single program. It has to be *static*: a dynamic one asks the
        kernel for its loader, a path such as \`/lib64/ld-linux-x86-64.so.2\`, and in an image of
        one file there is nothing at that path. The container would die with "no such file or
        directory" while looking straight at the file.`,
      script: sh`
        ls -lL "$BUSYBOX"
        "$BUSYBOX" | sed -n 1p
      `,
      uses: [busybox],
      expect: text`About a megabyte or two, and a version line.`,
      checks: [
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
          faults: [
            {
              name: 'the busybox found is a dynamic program',
              breaks: sh`
                mkdir -p "$WORKDIR/.handroll-tour/bin"
                cp "$(command -v ls)" "$WORKDIR/.handroll-tour/bin/busybox.static"
              `,
              mends: sh`rm "$WORKDIR/.handroll-tour/bin/busybox.static"`,
              says: /is dynamic: it asks for/,
            },
          ],
        }),
      ],
      notice: text`The tour reads this from the program's own header: an ELF file that needs a loader
        names it in an entry called PT_INTERP. ${busybox} has none.`,
      hint: text`On Debian and Ubuntu the package is \`busybox-static\`, on Alpine
        \`busybox-static\` as well; the plain \`busybox\` of some releases is dynamic.`,
      looksOnly: true,
    },
    {
      id: 'workdir',
      title: 'A place to work in',
      why: text`Everything you make goes into one directory, so that cleaning up is deleting it. The
        tour marks it as its own, and it deletes nothing that does not bear that mark.`,
      script: sh`
        mkdir -p "$WORKDIR"
        df --output=fstype,avail,target -h "$WORKDIR"
      `,
      uses: [workdir],
      expect: text`The file system under ${workdir}, and the room on it. You will use a few
        megabytes.`,
      checks: [
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
          faults: [
            {
              name: 'the mark is gone',
              breaks: sh`mv "$WORKDIR/.handroll-tour/owner.json" "$WORKDIR/.handroll-tour/away"`,
              mends: sh`mv "$WORKDIR/.handroll-tour/away" "$WORKDIR/.handroll-tour/owner.json"`,
              says: /it has no mark/,
            },
            {
              name: 'the disk turned read-only',
              breaks: sh`
                sudo mount --bind "$WORKDIR" "$WORKDIR"
                sudo mount -o remount,bind,ro "$WORKDIR"
              `,
              mends: sh`sudo umount "$WORKDIR"`,
              says: /it cannot be written/,
            },
          ],
        }),
        check('programs', {
          claim: 'P3',
          says: 'programs in it can be started',
          look: async ({ host }) => {
            const { dir } = host.workspace;
            const containerd = host.reach.wrapped ? 'private' : 'system';
            const { mounts } = readMachine(dir);
            return unhindered(
              ofMount({ workdir: dir, containerd }, mounts).filter(
                ({ id }) => id === 'workdir-noexec',
              ),
              {
                expected: 'a file system from which a program can be started',
                evidence: host.reach.wrapped
                  ? 'not noexec: a ctr of the tour’s own will be there'
                  : 'none of the tour’s own is put there',
              },
            );
          },
          faults: [
            {
              name: 'the file system was mounted noexec',
              breaks: sh`
                sudo mount --bind "$WORKDIR" "$WORKDIR"
                sudo mount -o remount,bind,noexec "$WORKDIR"
              `,
              mends: sh`sudo umount "$WORKDIR"`,
              says: /is mounted noexec/,
            },
          ],
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
          faults: [
            {
              name: 'the disk is almost full',
              breaks: sh`
                mark=$(cat "$WORKDIR/.handroll-tour/owner.json")
                sudo mount -t tmpfs -o size=1m,mode=0777 tmpfs "$WORKDIR"
                mkdir "$WORKDIR/.handroll-tour"
                echo "$mark" >"$WORKDIR/.handroll-tour/owner.json"
              `,
              mends: sh`sudo umount "$WORKDIR"`,
              says: /MB are free, and 32.0 MB should be/,
            },
          ],
        }),
        check('ground', {
          claim: 'P3',
          says: 'its file system can hold the layers',
          look: async (look) => groundUnder(look),
          faults: [
            {
              name: 'another file system was mounted over it, one that holds no files',
              breaks: sh`sudo mount -t proc proc "$WORKDIR"`,
              mends: sh`sudo umount "$WORKDIR"`,
              also: ['ours'],
              says: /^proc, mounted at/m,
            },
          ],
        }),
      ],
      notice: text`It lies on ${groundOfWorkdir}, which will matter when you lay directories over one
        another. In this terminal the directory is called \`$WORKDIR\`. For another one, paste
        \`eval "$(handroll-tour env)"\` there: it sets this and every other name used in the scripts.`,
      hint: text`The tour refuses your home directory, the system's directories and any directory
        with files in it that it did not make.`,
    },
    {
      id: 'containerd',
      title: 'Which containerd, and a namespace of your own',
      why: text`containerd is a daemon. If one answers at the usual socket, the tour uses it, the way
        the article does. If none does, the tour starts a private one from the same program: in
        namespaces of its own, with its files under the working directory, and only while a command of
        the tour uses it. Either way everything happens in the namespace ${namespace}. It is
        containerd's word, and has nothing to do with the kernel's namespaces: a label that keeps one
        user's images and containers apart from another's.`,
      script: sh`
        sudo ctr version
        sudo ctr namespaces ls
      `,
      expect: text`A version for the client and one for the server. Your namespace will not be in
        the list: one exists only once something is in it.`,
      checks: [
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
          faults: [
            {
              name: 'the private containerd cannot start: its files are in the way',
              breaks: sh`
                own="$WORKDIR/.handroll-tour/containerd"
                kill "$(cat "$own/pid")"
                while [ -e "/proc/$(cat "$own/pid")" ]; do sleep 0.02; done
                mv "$own/root" "$own/root.away"
                touch "$own/root"
              `,
              mends: sh`
                own="$WORKDIR/.handroll-tour/containerd"
                rm "$own/root"
                mv "$own/root.away" "$own/root"
              `,
              also: ['alone', 'kernel'],
              says: /does not come up/,
            },
          ],
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
          faults: [
            {
              name: 'control groups are read-only, as in most containers',
              breaks: sh`
                own="$WORKDIR/.handroll-tour/containerd"
                sudo nsenter --target "$(cat "$own/pid")" --mount --pid bash -c '
                  while read -r _ at type _; do
                    case $type in cgroup*) exec mount -o remount,bind,ro "$at" ;; esac
                  done </proc/mounts
                '
              `,
              mends: sh`
                own="$WORKDIR/.handroll-tour/containerd"
                sudo nsenter --target "$(cat "$own/pid")" --mount --pid bash -c '
                  while read -r _ at type _; do
                    case $type in cgroup*) exec mount -o remount,bind,rw "$at" ;; esac
                  done </proc/mounts
                '
              `,
              says: /is mounted read-only/,
            },
          ],
        }),
        check('alone', {
          claim: 'P4',
          says: 'nobody else works in this namespace',
          look: async (look) => {
            const name = await look.need(namespace);
            const found = await strangers(look);
            if (found.length === 0) return pass(`nothing in ${name} but the tour's own things`);
            return fail({
              expected: `nothing in ${name} but the tour's own things`,
              actual: found.join(', '),
              hint: 'Someone else works in this namespace, and cleanup would take theirs away. Choose another: --namespace NAME.',
            });
          },
          faults: [
            {
              name: 'somebody prepared a snapshot here',
              breaks: sh`sudo ctr -n "$CTR_NAMESPACE" snapshots prepare somebody-elses`,
              mends: sh`sudo ctr -n "$CTR_NAMESPACE" snapshots rm somebody-elses`,
              says: /somebody-elses/,
            },
          ],
        }),
      ],
      notice: text`In use: containerd ${containerdInUse}. Its files lie ${containerdFiles}. ${rootInUse}. The tour has looked at what every other
        namespace holds (${otherNamespaces} of them) and will look again later, to prove that they
        are as they were.`,
      hint: text`\`--containerd private\` never touches a system daemon; \`--containerd system\`
        insists on it; \`--address SOCK\` names its socket.`,
      remembers: otherNamespaces,
    },
  ],
});
