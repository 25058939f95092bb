import { defineFaults } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { checks } from './checks.ts';

/** Starts demo again as the lesson does, whatever it was started from. */
const startedAgain = sh`
  sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo
  sudo ctr -n "$CTR_NAMESPACE" containers rm demo
  sudo rm -rf "$WORKDIR/rootfs"
  sudo ctr -n "$CTR_NAMESPACE" run -d \
    docker.io/library/handroll:latest demo /bin/busybox sleep 86400
`;

const writtenIntoDelta = {
  breaks: sh`echo 'hello from a vandal' | sudo tee "$DELTA_SNAPSHOT/hello.txt"`,
  mends: sh`echo 'hello from delta' | sudo tee "$DELTA_SNAPSHOT/hello.txt"`,
};

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
        breaks: sh`sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo`,
        says: /there is a container demo, and no task/,
        diagnosis: 'container-without-task',
      },
      {
        name: 'the command is not in the image',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo
          sudo ctr -n "$CTR_NAMESPACE" containers rm demo
          sudo ctr -n "$CTR_NAMESPACE" run -d \
            docker.io/library/handroll:latest demo sleep 86400 || true
        `,
        says: /there is a container demo with the command `sleep`, and no task/,
        diagnosis: 'container-command-not-found',
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
        says: /there is no image docker\.io\/library\/handroll:latest any more/,
        diagnosis: 'tag-gone',
      },
    ],
  },
  look: {
    merged: [
      {
        name: 'a directory was made in the delta snapshot, from outside',
        breaks: sh`sudo mkdir "$DELTA_SNAPSHOT/etc"`,
        mends: sh`sudo rmdir "$DELTA_SNAPSHOT/etc"`,
        says: /dev etc hello\.txt/,
      },
    ],
    hello: [
      {
        name: 'hello.txt was changed in the delta snapshot, from outside',
        ...writtenIntoDelta,
        says: /"hello from a vandal" inside/,
      },
    ],
    bin: [
      {
        name: 'a link was added to bin in the base snapshot, from outside',
        breaks: sh`sudo ln -s busybox "$BASE_SNAPSHOT/bin/vi"`,
        mends: sh`sudo rm "$BASE_SNAPSHOT/bin/vi"`,
        says: /busybox cat ls sh vi inside/,
      },
    ],
    hidden: [
      {
        name: 'a file was put into data of the delta snapshot, from outside',
        breaks: sh`sudo touch "$DELTA_SNAPSHOT/data/config.bak"`,
        mends: sh`sudo rm "$DELTA_SNAPSHOT/data/config.bak"`,
        says: /config\.bak inside/,
      },
    ],
    'still-there': [
      {
        name: 'the file was really deleted, below the mount',
        breaks: sh`sudo rm "$BASE_SNAPSHOT/data/config.txt"`,
        mends: sh`echo 'base config' | sudo tee "$BASE_SNAPSHOT/data/config.txt"`,
        says: /"hello from base", missing/,
      },
    ],
  },
  isolated: {
    namespaces: [
      {
        name: 'the container was started in the network of the host',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo
          sudo ctr -n "$CTR_NAMESPACE" containers rm demo
          sudo ctr -n "$CTR_NAMESPACE" run -d --net-host \
            docker.io/library/handroll:latest demo /bin/busybox sleep 86400
        `,
        mends: startedAgain,
        says: /in the network namespace that containerd is in/,
        diagnosis: 'container-on-host-network',
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
        mends: startedAgain,
        also: ['start/image', 'look/merged', 'look/hello', 'look/bin', 'look/hidden'],
        says: /not the directories of your snapshots/,
      },
    ],
  },
  second: {
    running: [
      {
        name: 'the process of demo2 was killed',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks kill -s SIGKILL demo2
          until sudo ctr -n "$CTR_NAMESPACE" tasks ls | grep '^demo2 .*STOPPED'; do sleep 0.02; done
        `,
        also: ['shared'],
        says: /demo2 is STOPPED/,
        diagnosis: 'second-stopped',
      },
      {
        name: 'demo2 was given another name',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo2
          sudo ctr -n "$CTR_NAMESPACE" containers rm demo2
          sudo ctr -n "$CTR_NAMESPACE" run -d \
            docker.io/library/handroll:latest demo-2 /bin/busybox sleep 86400
        `,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo-2
          sudo ctr -n "$CTR_NAMESPACE" containers rm demo-2
        `,
        also: ['shared'],
        says: /a task demo-2 is RUNNING, and none named demo2/,
        diagnosis: 'second-other-name',
      },
    ],
    shared: [
      {
        name: 'demo2 was started over a plain directory',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo2
          sudo ctr -n "$CTR_NAMESPACE" containers rm demo2
          cp -a "$WORKDIR/build/base" "$WORKDIR/rootfs"
          sudo ctr -n "$CTR_NAMESPACE" run -d --rootfs \
            "$WORKDIR/rootfs" demo2 /bin/busybox sleep 86400
        `,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo2
          sudo ctr -n "$CTR_NAMESPACE" containers rm demo2
          sudo rm -rf "$WORKDIR/rootfs"
        `,
        says: /demo2 runs, and has no snapshot/,
        diagnosis: 'second-without-snapshot',
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
        says: /data\/new\.txt missing/,
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
        says: /the upperdir has new\.txt, and no data\/new\.txt/,
        diagnosis: 'written-elsewhere',
      },
    ],
    unseen: [
      {
        name: 'demo2 overwrote its hello.txt as well',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id fault-$$ demo2 \
            /bin/sh -c 'echo changed >/hello.txt'
        `,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo2
          sudo ctr -n "$CTR_NAMESPACE" containers rm demo2
          sudo ctr -n "$CTR_NAMESPACE" run -d \
            docker.io/library/handroll:latest demo2 /bin/busybox sleep 86400
        `,
        says: /demo2 "changed", and in data nothing/,
      },
    ],
    layers: [
      {
        name: 'the delta snapshot was written to, from outside',
        ...writtenIntoDelta,
        also: ['unseen'],
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
        says: /still there, with data/,
      },
    ],
    kept: [
      {
        name: 'the base snapshot was written to, from outside',
        breaks: sh`echo 'hello from a vandal' | sudo tee "$BASE_SNAPSHOT/hello.txt"`,
        mends: sh`echo 'hello from base' | sudo tee "$BASE_SNAPSHOT/hello.txt"`,
        also: ['write/layers', 'look/still-there'],
        says: /base: hello\.txt has other content/,
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
