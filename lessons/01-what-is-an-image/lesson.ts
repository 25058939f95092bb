import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { hashOfChanged, hashOfOriginal } from '../facts/address.ts';
import { diffIds, digests } from '../facts/layers.ts';
import { configDigest, manifestDigest } from '../facts/layout.ts';

export const lesson = defineLesson({
  id: '01-what-is-an-image',
  title: 'What is an image?',
  intro: text`An image is not one file. It is a short list of trees, stacked in order, and a few
    documents that name them by the hash of their bytes.`,
  picture: {
    drawing: picture`
      index.json
        └─► manifest         ${wide(manifestDigest, 9)}
              ├─► config     ${wide(configDigest, 9)}  what to run; the DiffIDs
              ├─► layer 0    ${wide(digests.base, 9)}  base:  DiffID ${wide(diffIds.base, 9)}
              └─► layer 1    ${wide(digests.delta, 9)}  delta: DiffID ${wide(diffIds.delta, 9)}
    `,
    alt: 'The index points at the manifest; the manifest points at the config and at two layers, base below and delta on top.',
  },
  steps: [
    step('address', {
      title: 'A name that is made of the content',
      why: text`A tag such as \`latest\` can point anywhere tomorrow. A *digest* cannot: it is the
        SHA-256 of the bytes themselves. Whoever has the digest can tell, without trusting anyone,
        whether these are the bytes that were meant.`,
      script: sh`
        mkdir -p "$WORKDIR/address"
        printf 'hello from base\n' >"$WORKDIR/address/original"
        printf 'hello from bass\n' >"$WORKDIR/address/changed"
        sha256sum <"$WORKDIR/address/original"
        sha256sum <"$WORKDIR/address/changed"
      `,
      predict: {
        question: 'One letter of sixteen bytes changes. How much of the hash stays?',
        choices: ['most of it', 'about half', 'next to nothing'],
      },
      expect: text`Two lines of 64 hexadecimal digits. Compare them by eye.`,
      notice: text`${hashOfOriginal}… and ${hashOfChanged}…: nothing in one tells you how near the
        other is. That is why a digest is a name and not a description. It is also why every check of
        this tour reads bytes: a hash that somebody printed proves nothing.`,
      hint: text`\`cmp -l original changed\` lists the bytes that differ.`,
    }),
    step('graph', {
      title: 'Documents that point at documents',
      why: text`If a file is named by its hash, a document can hold that name and so vouch for the
        file. A second document can vouch for the first. Whoever trusts the one at the top can check
        all the rest. That is the entire structure of an image, and it fits in a dozen lines of shell.`,
      script: sh`
        blobs="$WORKDIR/address/blobs"
        rm -rf "$blobs"
        mkdir "$blobs"
        put() { # stores its input under its own hash, and says the hash
          cat >"$blobs/new"
          name=$(sha256sum <"$blobs/new" | cut -d' ' -f1)
          mv "$blobs/new" "$blobs/$name"
          echo "$name"
        }
        layer=$(put <"$WORKDIR/address/original")
        manifest=$(echo "layer $layer" | put)
        echo "manifest $manifest" >"$WORKDIR/address/index"
        cat "$WORKDIR/address/index" "$blobs/$manifest" "$blobs/$layer"
      `,
      expect: text`Three small files of a line each. The index is the only one with a name somebody chose.`,
      notice: text`Change the layer, and its name changes; so the manifest changes, so *its* name
        changes, and so does the index. Nothing below can move without the top noticing. The picture of this
        lesson is the same thing in an image's own words. Keep an eye on it: its digests appear as you make
        them.`,
      hint: text`\`sha256sum\` a file in \`address/blobs\` and compare with its name.`,
    }),
  ],
});
