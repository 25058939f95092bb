import { defineFaults } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { checks } from './checks.ts';

export const faults = defineFaults(checks, {
  start: {
    running: [
      {
        name: 'the process was killed',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks kill -s SIGKILL demo
          while sudo ctr -n "$CTR_NAMESPACE" tasks ls | grep RUNNING; do sleep 0.02; done
        `,
        says: /demo is STOPPED/,
        diagnosis: 'container-stopped',
      },
      {
        name: 'only the record was made',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo
        `,
        says: /there is a container demo, and no task/,
        diagnosis: 'container-without-task',
      },
    ],
    image: [
      {
        name: 'the tag was moved away while it ran',
        breaks: sh`sudo ctr -n "$CTR_NAMESPACE" images rm docker.io/library/handroll:latest`,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" images tag --force \
            handroll:latest docker.io/library/handroll:latest
        `,
        says: /there is no docker\.io\/library\/handroll:latest any more/,
        diagnosis: 'tag-gone',
      },
    ],
  },
  root: {
    merged: [
      {
        name: 'somebody made a directory in the root',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id fault-$$ demo /bin/busybox mkdir /etc
        `,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id mend-$$ demo /bin/busybox rmdir /etc
        `,
        says: /dev etc hello\.txt/,
      },
    ],
  },
  shadow: {
    hello: [
      {
        name: 'the container changed its own copy',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id fault-$$ demo \
            /bin/sh -c 'echo changed >/hello.txt'
        `,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id mend-$$ demo \
            /bin/sh -c 'echo hello from delta >/hello.txt'
        `,
        says: /^changed$/m,
      },
    ],
    bin: [
      {
        name: 'a file was added to bin inside',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id fault-$$ demo \
            /bin/busybox ln -s busybox /bin/vi
        `,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id mend-$$ demo /bin/busybox rm /bin/vi
        `,
        says: /busybox cat ls sh vi inside/,
      },
    ],
  },
  whiteout: {
    hidden: [
      {
        name: 'the container wrote a config of its own',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id fault-$$ demo \
            /bin/sh -c 'echo mine >/data/config.txt'
        `,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id mend-$$ demo \
            /bin/busybox rm /data/config.txt
        `,
        says: /config\.txt inside/,
      },
    ],
    'still-there': [
      {
        name: 'the file was really deleted, below the mount',
        breaks: sh`sudo rm "$BASE_SNAPSHOT/data/config.txt"`,
        mends: sh`echo 'base config' | sudo tee "$BASE_SNAPSHOT/data/config.txt"`,
        says: /hello from base, missing/,
      },
    ],
  },
  mountinfo: {
    overlay: [
      {
        name: 'the container was started over a plain directory',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo
          sudo ctr -n "$CTR_NAMESPACE" containers rm demo
          cp -a "$WORKDIR/build/base" "$WORKDIR/rootfs"
          sudo ctr -n "$CTR_NAMESPACE" run -d --rootfs \
            "$WORKDIR/rootfs" demo /bin/busybox sleep 86400
        `,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo
          sudo ctr -n "$CTR_NAMESPACE" containers rm demo
          sudo rm -rf "$WORKDIR/rootfs"
          sudo ctr -n "$CTR_NAMESPACE" run -d \
            docker.io/library/handroll:latest demo /bin/busybox sleep 86400
        `,
        also: ['start/image', 'shadow/hello', 'whiteout/hidden'],
        says: /not the directories of your snapshots/,
      },
    ],
  },
  write: {
    upper: [
      {
        name: 'the new file was deleted inside',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id fault-$$ demo \
            /bin/busybox rm /data/new.txt
        `,
        says: /data\/new\.txt "missing"/,
      },
      {
        name: 'it was written somewhere else',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id fault-$$ demo \
            /bin/busybox mv /data/new.txt /new.txt
        `,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id mend-$$ demo /bin/busybox rm /new.txt
        `,
        also: ['root/merged'],
        says: /the upperdir has new\.txt/,
        diagnosis: 'written-elsewhere',
      },
    ],
    layers: [
      {
        name: 'somebody wrote into the delta snapshot',
        breaks: sh`echo 'hello from a vandal' | sudo tee "$DELTA_SNAPSHOT/hello.txt"`,
        mends: sh`echo 'hello from delta' | sudo tee "$DELTA_SNAPSHOT/hello.txt"`,
        says: /hello\.txt in the snapshot of delta was written to/,
        diagnosis: 'written-into-snapshot',
      },
    ],
  },
  gone: {
    ended: [
      {
        name: 'another one was started',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" run -d \
            docker.io/library/handroll:latest demo /bin/busybox sleep 86400
        `,
        says: /task demo, container demo, snapshot demo/,
      },
      {
        name: 'the record was left',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" containers create \
            docker.io/library/handroll:latest demo /bin/sh
        `,
        says: /there is a container demo, and no task/,
        diagnosis: 'container-without-task',
      },
    ],
    written: [
      {
        name: 'the directory survived',
        breaks: sh`
          sudo mkdir -p "$LAST_UPPERDIR/data"
          sudo chattr +i "$LAST_UPPERDIR"
        `,
        mends: sh`
          sudo chattr -i "$LAST_UPPERDIR"
          sudo rm -rf "$(dirname "$LAST_UPPERDIR")"
        `,
        says: /it is still there, with data/,
      },
    ],
    kept: [
      {
        name: 'somebody wrote into the base snapshot',
        breaks: sh`echo 'hello from a vandal' | sudo tee "$BASE_SNAPSHOT/hello.txt"`,
        mends: sh`echo 'hello from base' | sudo tee "$BASE_SNAPSHOT/hello.txt"`,
        also: ['write/layers', 'whiteout/still-there'],
        says: /base: another content/,
      },
    ],
    others: [
      {
        name: 'something appeared in another namespace',
        breaks: sh`sudo ctr -n handroll-tour-stranger snapshots prepare theirs`,
        mends: sh`
          sudo ctr -n handroll-tour-stranger snapshots rm theirs
          sudo ctr namespaces rm handroll-tour-stranger
        `,
        says: /changed: handroll-tour-stranger/,
      },
    ],
  },
});
