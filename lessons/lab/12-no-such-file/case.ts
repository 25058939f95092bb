import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { repackByHand } from '../by-hand.ts';
import { hasContentBut, isValid, ticketRuns } from '../checks.ts';
import { runImage, withLayoutTools } from '../script.ts';

export const noSuchFile = labCase({
  id: '12-no-such-file',
  title: 'A container does not find its shell, and the shell is there',
  level: 1,
  after: '08-run',
  ticket: {
    from: 'a colleague',
    text: text`I wanted arrays in our scripts, so I replaced the image's \`bin/sh\` by the bash of this
      machine. Now the container says "no such file or directory". But \`/bin/ls -l /bin\` in the same image
      lists it, it's executable, and on this machine that very file runs. I don't care any more which shell it
      is, as long as there is one; everything else has to stay as it is.`,
  },
  symptom: runImage,
  prints: /exec \/bin\/sh: no such file or directory/,
  breaks: withLayoutTools(sh`
    rm "$LAB/build/base/bin/sh"
    cp -L "$(command -v bash)" "$LAB/build/base/bin/sh"
    pack_layer base
    replace_layer 0 base
  `),
  checks: [ticketRuns, isValid, hasContentBut(['bin/sh'], { more: true })],
  hints: [
    {
      text: text`The kernel answers ENOENT, and doesn't tell for which file. It may look for more than one
        when it starts a program.`,
    },
    {
      text: text`What kind of program is it, compared with busybox?`,
      command: 'ldd "$LAB/build/base/bin/busybox"; ldd "$LAB/build/base/bin/sh"',
    },
    {
      text: text`This bash is dynamic: its ELF header names a loader, and the kernel starts that one. The image
        has neither the loader nor the libraries. Add them, or take a static shell.`,
    },
    {
      text: text`busybox is a static shell, and is in the image already. Link it, pack the base again, and
        write the documents above it.`,
      command: `ln -sf busybox "$LAB/build/base/bin/sh"\n${repackByHand(0, 'base')}`,
    },
  ],
  debrief: {
    was: text`The new \`bin/sh\` is a dynamic program. The kernel reads from its header (PT_INTERP) which
      loader it needs, /lib64/ld-linux-x86-64.so.2 for example, and opens that. The file that doesn't exist
      is the loader, but the message is about the program that was to be started.`,
    find: text`If a file is there and "not found": \`file\`, or \`readelf -l FILE | grep interpreter\`. For
      a script it's the same with the program in its first line, also if that ends with a carriage return.`,
    field: text`A program that was built on a glibc machine and is copied into an image from scratch, or into
      Alpine, which has musl's loader. Go programs are dynamic as soon as a package of theirs uses cgo.`,
    issues: ['rkt/rkt#286', 'typeclaw/typeclaw#506'],
    prevent: text`Start the image's command once in the build. For programs that go into an image from scratch:
      check in the build that \`file\` says "statically linked".`,
  },
  solutions: [
    withLayoutTools(sh`
      ln -sf busybox "$LAB/build/base/bin/sh"
      pack_layer base
      replace_layer 0 base
    `),
    withLayoutTools(sh`
      # the loader and the libraries are added
      ldd "$LAB/build/base/bin/sh" | grep -o '/[^ ]*' | while read -r file; do
        mkdir -p "$LAB/build/base$(dirname "$file")"
        cp -L "$file" "$LAB/build/base$file"
      done
      pack_layer base
      replace_layer 0 base
    `),
    withLayoutTools(sh`
      # a script that busybox runs
      printf '#!/bin/busybox sh\nexec /bin/busybox sh "$@"\n' >"$LAB/build/base/bin/sh"
      chmod +x "$LAB/build/base/bin/sh"
      pack_layer base
      replace_layer 0 base
    `),
  ],
  wrongMends: [
    {
      name: 'the file gets all permissions',
      script: withLayoutTools(sh`
        chmod 777 "$LAB/build/base/bin/sh"
        pack_layer base
        replace_layer 0 base
      `),
      fails: ['command'],
    },
    {
      name: 'only the loader is added',
      script: withLayoutTools(sh`
        file=$(ldd "$LAB/build/base/bin/sh" | grep -o '/[^ ]*/ld[^ ]*' | tail -n 1)
        mkdir -p "$LAB/build/base$(dirname "$file")"
        cp -L "$file" "$LAB/build/base$file"
        pack_layer base
        replace_layer 0 base
      `),
      fails: ['command'],
    },
    {
      name: "the image's command is another one",
      script: withLayoutTools(sh`edit_config '.config.Cmd = ["/bin/busybox", "sh"]'`),
      fails: ['command', 'content'],
    },
    {
      name: 'the link is made, and the whiteout of the delta is lost',
      script: withLayoutTools(sh`
        ln -sf busybox "$LAB/build/base/bin/sh"
        pack_layer base
        rm -r "$OCI_DIR"
        ARCH=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
        write_image base
      `),
      fails: ['content'],
    },
  ],
});
