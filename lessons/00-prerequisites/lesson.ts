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
import {
  busybox,
  filesystemOfWorkdir,
  namespace,
  ownVariables,
  rootInUse,
  workdir,
} from '../facts/machine.ts';

const tools = new CommandNames(toolsOf('runtime', 'helpers', 'archives'));

export const lesson = defineLesson({
  id: '00-prerequisites',
  title: 'Prerequisites',
  intro: text`An image is a handful of files, and you are about to make every one of them with
    tools you have had for years. No Docker, no builder: tar, gzip, sha256sum, jq. The tour follows an
    article that does the same on paper, and says so wherever your machine disagrees with it.`,
  steps: [
    step('tools', {
      title: 'The tools, and what each is for',
      why: text`Three programs do what people mean by *Docker*: containerd keeps images and
        unpacks them, runc starts the process, and \`ctr\` is the plain way to talk to containerd.
        The rest are ordinary tools, but one has to be the GNU version: only GNU tar can sort the
        entries of an archive and set their owner, and a layer that packs differently every time is
        no layer you can name by its hash.`,
      script: sh`
        for tool in ${tools}; do
          command -v "$tool"
        done
        containerd --version
        runc --version | sed -n 1p
        tar --version | sed -n 1p
      `,
      expect: text`A path for each tool, then three versions. This only looks.`,
      notice: text`Nothing in that list knows what an image is, except containerd. You will write
        the image; containerd will only be asked to read it. ${ownVariables}.`,
      hint: text`\`handroll-tour doctor\` prints the install command for this distribution, and
        \`handroll-tour doctor --install\` runs it.`,
      readOnly: true,
    }),
    step('busybox', {
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
      notice: text`The tour reads this from the program's own header: an ELF file that needs a loader
        names it in an entry called PT_INTERP. ${busybox} has none.`,
      hint: text`On Debian and Ubuntu the package is \`busybox-static\`, on Alpine
        \`busybox-static\` as well; the plain \`busybox\` of some releases is dynamic.`,
      readOnly: true,
    }),
    step('workdir', {
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
      notice: text`It lies on ${filesystemOfWorkdir}, which will matter when you lay directories over one
        another. In this terminal the directory is called \`$WORKDIR\`. In another
        one, source \`.handroll-tour/env\` of that directory: it sets this and every other name used in
        the scripts, and makes \`handroll-tour\` a command there.`,
      hint: text`The tour refuses your home directory, the system's directories and any directory
        with files in it that it did not make.`,
    }),
    step('containerd', {
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
      expect: text`A version for the client and one for the server. ${namespaceInList}.`,
      notice: text`In use: containerd ${containerdInUse}. Its files lie ${containerdFiles}. ${rootInUse}. The tour has looked at what every other
        namespace holds (${otherNamespaces} of them) and will look again later, to prove that they
        are as they were.`,
      hint: text`\`--containerd private\` never touches a system daemon; \`--containerd system\`
        insists on it; \`--address SOCK\` names its socket.`,
      remembers: otherNamespaces,
    }),
  ],
});
