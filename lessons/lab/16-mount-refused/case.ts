import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { labCase } from '../../../src/engine/lab/case.ts';
import type { LabLook } from '../../../src/engine/lab/look.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { failedWith } from '../../../src/errors.ts';
import { lowerOf, type Mount, mountsUnder, parseMountinfo } from '../../../src/host/mounts.ts';
import { fail, pass } from '../checks.ts';

const mountPoint = 'overlay/merged';

function mounted(look: LabLook): Mount | undefined {
  const mounts = parseMountinfo(readFileSync(look.host.mountTable(), 'utf8'));
  return mountsUnder(look.path(mountPoint), mounts)[0];
}

/** Whether a file is in the upperdir, wherever in the sandbox mount was run. */
function isInUpper(look: LabLook, { options }: Mount, name: string): boolean {
  const upper = options.get('upperdir') ?? '';
  const paths = upper.startsWith('/')
    ? [look.host.pathFromOutside(join(upper, name))]
    : ['', 'build', 'overlay'].map((from) => look.pathFromOutside(from, upper, name));
  return paths.some((path) => existsSync(path));
}

function readThrough(look: LabLook, name: string): string | undefined {
  try {
    return readFileSync(look.pathFromOutside(mountPoint, name), 'utf8').trim();
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined;
    throw error;
  }
}

export const mountRefused = labCase({
  id: '16-mount-refused',
  title: 'An overlay of directories that all exist cannot be mounted',
  level: 2,
  after: '08-run',
  ticket: {
    from: 'a colleague',
    text: text`I mount the two trees of a build as an overlay, to try things before I pack them. This
      command has worked since yesterday morning, and today mount says that something doesn't exist. I've
      listed them: both trees, upper, work and the mount point are all there. I need both trees at
      \`overlay/merged\`, delta on top, and I need to write in there.`,
  },
  symptom: sh`
    cd "$LAB"
    # unmount what an earlier try has left
    for it in overlay/merged overlay; do
      if mountpoint -q $it; then sudo umount $it; fi
    done
    sudo rm -rf overlay
    mkdir overlay
    # an upperdir can't be on an overlay, so take a filesystem in memory
    sudo mount -t tmpfs -o mode=1777 handroll-tour overlay
    mkdir overlay/upper overlay/work overlay/merged
    delta=$(ls -d build/delta* | tail -n 1)
    ls -d build/base "$delta" overlay/*
    layers=$delta:build/base
    sudo mount -t overlay overlay overlay/merged \
      -o "lowerdir=$layers,upperdir=overlay/upper,workdir=overlay/work"
  `,
  // Which of them depends on whether there's a file named overlay in the current directory.
  prints: /^mount: .*(No such file or directory|special device overlay does not exist)/m,
  breaks: sh`mv "$LAB/build/delta" "$LAB/build/delta-14:05"`,
  checks: [
    {
      id: 'mounted',
      says: `an overlay is mounted at ${mountPoint}, and takes writes`,
      observe: async (look) => {
        const mount = mounted(look);
        if (mount?.type !== 'overlay') return fail('there is none');
        if (!mount.options.has('upperdir')) return fail('it is read-only');
        return pass(`its upperdir is ${mount.options.get('upperdir')}`);
      },
    },
    {
      id: 'merged',
      says: 'it shows both trees, delta on top',
      observe: async (look) => {
        const mount = mounted(look);
        if (mount?.type !== 'overlay') return fail('nothing is mounted');
        if (readThrough(look, 'etc/build-id') !== look.record.token)
          return fail("it doesn't show base");
        if (readThrough(look, 'hello.txt') !== 'hello from delta')
          return fail("hello.txt isn't delta's");
        if (!existsSync(look.pathFromOutside(mountPoint, 'bin/busybox')))
          return fail('a file of base is missing');
        const copied = ['hello.txt', 'etc/build-id'].some((name) => isInUpper(look, mount, name));
        return lowerOf(mount).length < 2 || copied
          ? fail('the files are copies, not the two trees')
          : pass('hello.txt is from delta, etc/build-id from base');
      },
    },
  ],
  hints: [
    {
      text: text`The kernel doesn't get a list of directories but one string, and splits it. How does it
        know where a name ends?`,
    },
    {
      text: text`The kernel's log tells more than mount does: which name couldn't it resolve?`,
      command: 'sudo dmesg | grep overlayfs | tail -n 2; ls "$LAB/build"',
    },
    {
      text: text`A colon separates the lowerdirs, and the newest delta has one in its name. Escape it with a
        backslash, or give the directory a name without one.`,
    },
    {
      text: text`Rename it, and mount as before.`,
      command: `cd "$LAB"
mv build/delta-14:05 build/delta-1405
sudo mount -t overlay overlay overlay/merged \\
  -o lowerdir=build/delta-1405:build/base \\
  -o upperdir=overlay/upper,workdir=overlay/work`,
    },
  ],
  debrief: {
    was: text`The directory is named after the time of the build, with a colon in it. In \`lowerdir=\` a
      colon separates directories, so the kernel looked for three: build/delta-14, 05 and build/base.
      \`mount\` gets a bare ENOENT for the whole string, and can't tell which name it was about.`,
    find: text`\`dmesg\`: overlayfs logs the name that it couldn't resolve, where mount only has an error
      number. Without it: \`strace -e trace=mount,fsconfig mount …\`, or leave out one directory after the other.`,
    field: text`Names with times, Windows drives, IPv6 addresses or image tags have colons, and a tool that puts
      them into a mount option has to escape them. Commas are as bad, since mount splits there.`,
    issues: ['moby/moby#40959', 'rkt/rkt#3448', 'containers/fuse-overlayfs#440'],
    prevent: text`No colons, commas and backslashes in names of directories that get mounted. \`date +%H%M\` instead
      of \`date +%R\` is enough.`,
  },
  solutions: [
    sh`
      cd "$LAB"
      mv build/delta-14:05 build/delta-1405
      sudo mount -t overlay overlay \
        -o lowerdir=build/delta-1405:build/base,upperdir=overlay/upper,workdir=overlay/work overlay/merged
    `,
    sh`
      # a backslash before the colon
      cd "$LAB"
      sudo mount -t overlay overlay \
        -o 'lowerdir=build/delta-14\:05:build/base,upperdir=overlay/upper,workdir=overlay/work' overlay/merged
    `,
    sh`
      # another name for it
      cd "$LAB"
      ln -s delta-14:05 build/newest
      sudo mount -t overlay overlay \
        -o lowerdir=build/newest:build/base,upperdir=overlay/upper,workdir=overlay/work overlay/merged
    `,
  ],
  wrongMends: [
    {
      name: 'the name that makes trouble is left out',
      script: sh`
        cd "$LAB"
        sudo mount -t overlay overlay \
          -o lowerdir=build/base,upperdir=overlay/upper,workdir=overlay/work overlay/merged
      `,
      fails: ['merged'],
    },
    {
      name: 'the missing names are created',
      script: sh`
        cd "$LAB"
        mkdir build/delta-14 05
        sudo mount -t overlay overlay \
          -o lowerdir=build/delta-14:05:build/base,upperdir=overlay/upper,workdir=overlay/work overlay/merged
      `,
      fails: ['merged'],
    },
    {
      name: 'the trees are copied instead of mounted',
      script: sh`cp -a "$LAB/build/base/." "$LAB/build/delta-14:05/." "$LAB/overlay/merged/"`,
      fails: ['mounted', 'merged'],
    },
    {
      name: 'base is mounted, and delta copied over it',
      script: sh`
        cd "$LAB"
        sudo mount -t overlay overlay \
          -o lowerdir=build/base,upperdir=overlay/upper,workdir=overlay/work overlay/merged
        cp -a build/delta-14:05/hello.txt overlay/merged/
      `,
      fails: ['merged'],
    },
    {
      name: 'both are copied into one directory, and that is mounted',
      script: sh`
        cd "$LAB"
        cp -a build/base build/both
        cp -a build/delta-14:05/hello.txt build/both/
        sudo mount -t overlay overlay \
          -o lowerdir=build/both,upperdir=overlay/upper,workdir=overlay/work overlay/merged
      `,
      fails: ['merged'],
    },
    {
      name: 'it is mounted without upperdir and workdir',
      script: sh`
        cd "$LAB"
        mv build/delta-14:05 build/delta-1405
        sudo mount -t overlay overlay -o lowerdir=build/delta-1405:build/base overlay/merged
      `,
      fails: ['mounted'],
    },
  ],
});
