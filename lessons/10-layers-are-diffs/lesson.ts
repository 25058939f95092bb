import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text } from '../../src/engine/text.ts';
import { duplicatedBytes } from '../facts/layers.ts';

export const lesson = defineLesson({
  id: '10-layers-are-diffs',
  title: 'Layers are diffs',
  intro: text`A layer holds what changed, and nothing else. Not because the format says so, but because
    anything more is carried for nothing.`,
  picture: {
    drawing: picture`
      delta            hello.txt   data/.wh.config.txt
      delta, padded    hello.txt   data/.wh.config.txt   bin/busybox  (again)
      base             hello.txt   data/config.txt       bin/busybox
    `,
    alt: 'A padded delta carries bin/busybox a second time, although base below has the same file.',
  },
  steps: [
    step('duplicate', {
      title: 'Ship the same file twice',
      why: text`Put base's busybox into a copy of the delta as well: same bytes, same mode, same date. Stacked,
        it covers a file with itself. See what that changes, and what it costs.`,
      script: sh`
        cd "$WORKDIR"
        rm -rf duplicate
        mkdir duplicate
        cp -a build/delta duplicate/delta
        mkdir duplicate/delta/bin
        cp -a build/base/bin/busybox duplicate/delta/bin/busybox
        tar -C duplicate/delta --format=gnu --sort=name \
          --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
          --owner=0 --group=0 --numeric-owner \
          -cf duplicate/delta-layer.tar .
        ls -l delta-layer.tar duplicate/delta-layer.tar
      `,
      predict: {
        question: 'Will a container from the padded delta see anything different?',
        choices: ['yes', 'no'],
      },
      expect: text`Two archives, one of a few kilobytes and one of more than a megabyte.`,
      notice: text`${duplicatedBytes} that nobody will ever see, in a layer with a new Digest that everybody has to
        download. \`COPY . .\` late in a Dockerfile does this daily; so does \`chmod -R\`, which changes
        every file's metadata and so copies every file.`,
      hint: text`\`handroll-tour layers base-layer.tar duplicate/delta-layer.tar\` lists what each layer hides.`,
    }),
  ],
});
