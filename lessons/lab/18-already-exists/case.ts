import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { imageStays, isFree } from '../checks.ts';
import { withLayoutTools } from '../script.ts';
import breaks from './breaks.sh';

export const alreadyExists = labCase({
  id: '18-already-exists',
  title: 'A container cannot be started, because it already exists, and there are no containers',
  level: 2,
  after: '08-run',
  ticket: {
    from: 'the operators',
    text: text`Our \`demo\` doesn't start any more since the backup was killed at night. It already exists,
      says ctr. But \`containers ls\` and \`tasks ls\` are both empty! And \`containers rm demo\` says "not
      found". We want it to start under this name, as it's in our scripts, without importing the image again.`,
  },
  symptom: sh`
    sudo ctr -n "$CTR_NAMESPACE" containers ls
    sudo ctr -n "$CTR_NAMESPACE" tasks ls
    sudo ctr -n "$CTR_NAMESPACE" run --rm handroll:latest demo /bin/cat /etc/build-id </dev/null
  `,
  prints: /snapshot "demo": already exists/,
  breaks: withLayoutTools(breaks),
  checks: [isFree('demo'), imageStays],
  hints: [
    {
      text: text`Read the message again: what exists? \`ctr run\` makes three things with the name of a container,
        one after the other.`,
    },
    {
      text: text`A snapshot, a record and a task. List the snapshots, with their parents.`,
      command: 'sudo ctr -n "$CTR_NAMESPACE" snapshots ls',
    },
    {
      text: text`A snapshot that others are built on can't be removed before them. Follow the column PARENT.
        The two with a digest as their key are the image's layers: leave them.`,
    },
    {
      text: text`The child first, then its parent.`,
      command: `sudo ctr -n "$CTR_NAMESPACE" snapshots rm demo-again
sudo ctr -n "$CTR_NAMESPACE" snapshots rm demo`,
    },
  ],
  debrief: {
    was: text`\`ctr run\` first prepares a snapshot with the container's name, then writes the record, then
      starts the task. Here a snapshot had this name already, and no container belonged to it. Another one
      had been prepared on top, so it could only be removed second.`,
    find: text`Look at all three lists: \`tasks ls\`, \`containers ls\`, \`snapshots ls\` (or \`snapshots tree\`).
      The message tells which of them to begin with: snapshot "demo", not container "demo".`,
    field: text`A run that is killed between two of these steps leaves what it has made so far. containerd's garbage
      collection removes it only if nothing refers to it: these two have the label
      \`containerd.io/gc.root\`, which \`ctr snapshots prepare\` and \`commit\` set.`,
    issues: [
      'siderolabs/talos#3701',
      'bottlerocket-os/bottlerocket#340',
      'containerd/containerd#11908',
    ],
    prevent: text`A lease for everything that a program makes in containerd: if the program is killed, the lease expires, and
      the garbage collection removes what it held. Programs that start containers by name should
      look for a snapshot of that name, too.`,
  },
  solutions: [
    sh`
      sudo ctr -n "$CTR_NAMESPACE" snapshots rm demo-again
      sudo ctr -n "$CTR_NAMESPACE" snapshots rm demo
    `,
    sh`
      # what the run says is tried until it works
      until sudo ctr -n "$CTR_NAMESPACE" run --rm handroll:latest demo /bin/cat /etc/build-id </dev/null; do
        for key in $(sudo ctr -n "$CTR_NAMESPACE" snapshots ls | awk '/^demo/ { print $1 }'); do
          sudo ctr -n "$CTR_NAMESPACE" snapshots rm "$key" || true
        done
      done
    `,
  ],
  wrongMends: [
    {
      name: 'its container is removed, though there is none',
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo || true
        sudo ctr -n "$CTR_NAMESPACE" containers rm demo || true
      `,
      fails: ['free'],
    },
    {
      name: 'the snapshot is removed before its child',
      script: sh`sudo ctr -n "$CTR_NAMESPACE" snapshots rm demo || true`,
      fails: ['free'],
    },
    {
      name: 'only the child is removed',
      script: sh`sudo ctr -n "$CTR_NAMESPACE" snapshots rm demo-again`,
      fails: ['free'],
    },
    {
      name: 'the container gets another name',
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" run --rm handroll:latest demo2 /bin/cat /etc/build-id </dev/null
      `,
      fails: ['free'],
    },
    {
      name: 'the image is removed, and all snapshots with it',
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" images rm --sync handroll:latest
        for round in 1 2 3 4; do
          for key in $(sudo ctr -n "$CTR_NAMESPACE" snapshots ls | awk 'NR > 1 { print $1 }'); do
            sudo ctr -n "$CTR_NAMESPACE" snapshots rm "$key" || true
          done
        done
      `,
      fails: ['image'],
    },
  ],
});
