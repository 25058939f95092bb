import { defineLesson, step } from '../../src/engine/define.ts';
import { CommandNames, sh } from '../../src/engine/script.ts';
import { text } from '../../src/engine/text.ts';
import { toolsOf } from '../../src/host/preflight/needed-tools.ts';
import {
  containerdFiles,
  containerdInUse,
  namespaceInList,
  otherNamespaces,
} from '../facts/containerd.ts';
import { namespace, ownVariables, rootInUse } from '../facts/machine.ts';

const tools = new CommandNames(toolsOf('runtime', 'helpers', 'archives'));

export const lesson = defineLesson({
  id: '00-prerequisites',
  title: 'Prerequisites',
  intro: text`First: does this machine have what it takes to build and run an image?`,
  steps: [
    step('machine', {
      title: 'The tools, a directory, and containerd',
      why: text`Docker and most Kubernetes clusters run their containers through *containerd*, which can also store
        images and unpack them; *runc* starts the processes. You'll use containerd through \`ctr\`, its bare-bones command
        line, in a *namespace* of your own, \`${namespace}\`: a label that keeps your images apart from
        everyone else's.`,
      script: sh`
        for tool in ${tools}; do
          command -v "$tool" >/dev/null || echo "$tool: not found"
        done
        mkdir -p "$WORKDIR"
        containerd --version
        sudo ctr namespaces ls
      `,
      expect: text`A version, then the namespaces. ${namespaceInList}.`,
      notice: text`You're using containerd ${containerdInUse}, with its files ${containerdFiles}.
        ${rootInUse}.${ownVariables}`,
      hint: text`\`handroll-tour doctor\` lists what is missing or in the way, and how to fix it.
        \`--workdir DIR\` names another directory. \`--containerd private\` starts a containerd of
        the tour's own, \`--containerd system\` insists on the one that already runs here.`,
      remembers: otherNamespaces,
    }),
  ],
});
