import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { imageStays, isFree } from '../checks.ts';
import { importImage } from '../script.ts';

export const containerStays = labCase({
  id: '17-container-stays',
  title: "A container can't be removed, and signals do nothing",
  level: 2,
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
  unavailable: ({ privilege }) =>
    privilege === 'rootless'
      ? 'It needs root, because the container is in a state that only a control group can bring it into, and only root can make one.'
      : undefined,
  breaks: {
    source: `${importImage.source}\n${
      sh`
        sudo ctr -n "$CTR_NAMESPACE" run -d handroll:latest demo /bin/busybox sleep 86400 </dev/null
        sudo ctr -n "$CTR_NAMESPACE" tasks pause demo
      `.source
    }`,
  },
  checks: [isFree('demo'), imageStays],
  hints: [
    {
      text: text`\`demo\` is two things: a container, which is only a record, and a task, which is its process.
        Look at the task.`,
      command: 'sudo ctr -n "$CTR_NAMESPACE" tasks ls',
    },
    {
      text: text`A process that is frozen gets no signal until it's thawed. And the first process of a pid
        namespace ignores every signal that it has no handler for, unless that signal is SIGKILL.`,
    },
    {
      text: text`The kernel delivers SIGKILL in any case: runc thaws the container for it. Then remove the
        task, and after that the record.`,
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
    was: text`The task was paused: the kernel's freezer keeps its processes from running, so they can't
      receive your SIGTERM. It waits until they're thawed. Even then it would have done nothing, since
      \`sleep\` is process 1 in there and has no handler for it.`,
    find: text`\`ctr tasks ls\` has a column STATUS. RUNNING, PAUSED, STOPPED and CREATED each need
      something else before a container can be removed: kill or resume, kill, \`tasks rm\`, start or \`tasks rm -f\`.`,
    field: text`Backups and checkpoints pause containers, and one that fails halfway leaves them so. Docker
      refused to stop paused containers for years; today it sends the signal and then unpauses.`,
    issues: ['moby/moby#15853', 'moby/moby#28366', 'moby/moby#34027'],
    prevent: text`A \`trap\` that resumes what a script has paused, and an init such as \`tini\` as process 1, so that
      SIGTERM ends the container.`,
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
    sh`
      # thawed first
      sudo ctr -n "$CTR_NAMESPACE" tasks resume demo
      sudo ctr -n "$CTR_NAMESPACE" tasks kill -s SIGKILL demo
      until sudo ctr -n "$CTR_NAMESPACE" tasks ls | grep -q STOPPED; do sleep 0.1; done
      sudo ctr -n "$CTR_NAMESPACE" tasks rm demo
      sudo ctr -n "$CTR_NAMESPACE" containers rm demo
    `,
  ],
  wrongMends: [
    {
      name: 'it is resumed, and gets SIGTERM again',
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks resume demo
        sudo ctr -n "$CTR_NAMESPACE" tasks kill demo
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
      name: 'the container is removed, and its snapshot stays',
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo
        sudo ctr -n "$CTR_NAMESPACE" containers rm --keep-snapshot demo
      `,
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
