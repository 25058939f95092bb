import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { imageStays, isFree } from '../checks.ts';
import { importImage } from '../script.ts';

export const containerStays = labCase({
  id: '17-container-stays',
  title: "A container can't be removed, and SIGTERM does nothing",
  level: 1,
  after: '08-run',
  ticket: {
    from: 'a colleague',
    text: text`Since last night the container \`demo\` has been in my way: it answers nothing, and
      \`containers rm\` refuses it. I've sent it SIGTERM, several times. The command prints nothing, its exit code is
      0, and the container is still there. Please remove it; the image has to stay, others need it.`,
  },
  symptom: sh`
    sudo ctr -n "$CTR_NAMESPACE" tasks kill demo
    sudo ctr -n "$CTR_NAMESPACE" containers rm demo
  `,
  prints: /cannot delete a non stopped container/,
  runs: true,
  breaks: {
    source: `${importImage.source}\n${
      sh`
        sudo ctr -n "$CTR_NAMESPACE" run -d handroll:latest demo /bin/busybox sleep 86400 </dev/null
      `.source
    }`,
  },
  checks: [isFree('demo'), imageStays],
  hints: [
    {
      text: text`\`demo\` is two things: a container, which is only a record, and a task, which is its process.
        Look at the task. If the containerd is the tour's own, the PID isn't one of this machine: don't \`kill\` it.`,
      command: 'sudo ctr -n "$CTR_NAMESPACE" tasks ls',
    },
    {
      text: text`It's RUNNING, and it got your SIGTERM. The kernel treats the first process of a pid namespace
        in a special way: which signals reach it?`,
    },
    {
      text: text`Only those that it has a handler for, and from outside SIGKILL and SIGSTOP. \`sleep\` has no handler
        for SIGTERM. Once the task is stopped, remove it, and after that the record.`,
    },
    {
      text: text`\`tasks kill\` sends SIGTERM if you don't say otherwise.`,
      command: `sudo ctr -n "$CTR_NAMESPACE" tasks kill -s SIGKILL demo
until sudo ctr -n "$CTR_NAMESPACE" tasks ls | grep -q STOPPED; do sleep 0.1; done
sudo ctr -n "$CTR_NAMESPACE" tasks rm demo
sudo ctr -n "$CTR_NAMESPACE" containers rm demo`,
    },
  ],
  debrief: {
    was: text`\`sleep\` is process 1 of its pid namespace. Signals that it has no handler for don't
      reach it, apart from SIGKILL and SIGSTOP, so SIGTERM did nothing, and \`tasks kill\` only reports that it was sent. A
      container with a running task can't be removed.`,
    find: text`\`ctr tasks ls\` has a column STATUS. RUNNING needs a SIGKILL, STOPPED only \`tasks rm\`. PAUSED is
      frozen, and takes a signal only after \`tasks resume\`, or SIGKILL, for which runc thaws it.
      Which signals it has handlers for is in its /proc:
      \`ctr -n "$CTR_NAMESPACE" tasks exec --exec-id x demo /bin/busybox grep SigCgt /proc/1/status\`.
      (/bin/grep isn't in this image, and the PID of \`tasks ls\` may be another process's outside of containerd's
      pid namespace.)`,
    field: text`\`docker stop\` sends SIGTERM, waits for ten seconds and then sends SIGKILL. So a container that always
      takes ten seconds to stop has a process 1 like this one, often a shell around the real program.`,
    issues: ['moby/moby#32310', 'podman-container-tools/podman#17888', 'mrmn2/PdfDing#165'],
    prevent: text`An init such as \`tini\` as process 1 (\`docker run --init\`), \`exec\` before the last command of a
      start script, or a \`trap\` in it.`,
  },
  solutions: [
    sh`
      sudo ctr -n "$CTR_NAMESPACE" tasks kill -s SIGKILL demo
      until sudo ctr -n "$CTR_NAMESPACE" tasks ls | grep -q STOPPED; do sleep 0.1; done
      sudo ctr -n "$CTR_NAMESPACE" tasks rm demo
      sudo ctr -n "$CTR_NAMESPACE" containers rm demo
    `,
    sh`
      # task rm -f kills, too
      sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo
      sudo ctr -n "$CTR_NAMESPACE" containers rm demo
    `,
  ],
  wrongMends: [
    {
      name: 'it gets other signals, none of which it has a handler for',
      script: sh`
        for signal in SIGINT SIGQUIT SIGHUP; do
          sudo ctr -n "$CTR_NAMESPACE" tasks kill -s "$signal" demo
        done
        sleep 0.3
      `,
      fails: ['free'],
    },
    {
      name: 'the task is removed, and the record stays',
      script: sh`sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo`,
      fails: ['free'],
    },
    {
      name: 'the image is removed with it',
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo
        sudo ctr -n "$CTR_NAMESPACE" containers rm demo
        sudo ctr -n "$CTR_NAMESPACE" images rm --sync handroll:latest
      `,
      fails: ['image'],
    },
  ],
});
