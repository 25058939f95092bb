import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { hashOfChanged, hashOfOriginal, sharedLayer } from '../facts/address.ts';
import { digests } from '../facts/layers.ts';
import { configDigest, manifestDigest } from '../facts/layout.ts';

export const lesson = defineLesson({
  id: '01-what-is-an-image',
  title: 'What is an image?',
  intro: text`An image isn't one big file. It's a list of *layers*, filesystems that are stacked in a
    fixed order like overhead transparencies, and some metadata. Layers exist to be shared: a hundred
    images can be built on the same Debian, and a disk or a registry keeps that Debian once. What makes
    that work is how things in an image are named.`,
  picture: {
    drawing: picture`
      index.json                            where to start reading
        └─► manifest       ${wide(manifestDigest, 9)}        lists the config and the layers
              ├─► config   ${wide(configDigest, 9)}        what to run, and in which environment
              ├─► layer 0  ${wide(digests.base, 9)}        the base: a filesystem, as a tar
              └─► layer 1  ${wide(digests.delta, 9)}        stacked on it: what changes, as a tar
    `,
    alt: 'The index points at the manifest; the manifest lists the config and two layers, the base first.',
  },
  steps: [
    step('address', {
      title: 'Naming bytes by their hash',
      why: text`A tag such as \`debian:latest\` can mean something else tomorrow. A *digest* can't: it's
        the SHA-256 hash of the bytes themselves. If you know the digest, you can check that you got
        the right bytes, no matter which registry, mirror or USB stick they came from.`,
      script: sh`
        mkdir -p "$WORKDIR/address"
        printf 'hello from base\n' >"$WORKDIR/address/original"
        printf 'hello from bass\n' >"$WORKDIR/address/changed"
        sha256sum <"$WORKDIR/address/original"
        sha256sum <"$WORKDIR/address/changed"
      `,
      predict: {
        question: "One letter changes. How many of the hash's 64 hex digits stay the same?",
        choices: ['about 60: only what depends on that letter changes', 'about 32', 'about 4'],
      },
      expect: text`Two hashes of 64 hexadecimal digits. Compare them.`,
      notice: text`${hashOfOriginal}… and ${hashOfChanged}…: the two don't look related. A digest
        identifies bytes; it doesn't describe them. That's also why every check of this tour reads
        the files themselves and never trusts a hash that was printed.`,
      hint: text`\`cmp -l original changed\` lists the bytes that differ.`,
    }),
    step('graph', {
      title: 'Two images that share a layer',
      why: text`An image is a *manifest*: a document that lists the hashes of its layers. (A real one
        also lists a *config*, which has the command to run and its environment.) Bytes with a hash for
        a name are called a *blob*. An *index* is the only file here whose name we choose: it contains
        the manifest's hash. Here are two images, reduced to one-line files.`,
      script: sh`
        cd "$WORKDIR/address"
        rm -rf blobs && mkdir blobs
        put() { # stores its input under its hash, and prints the hash
          hash=$(tee blobs/new | sha256sum | cut -d' ' -f1)
          mv blobs/new "blobs/$hash" && echo "$hash"
        }
        for image in web mail; do
          base=$(put <original)
          top=$(echo "files of $image" | put)
          manifest=$(printf 'layer %s\n' "$base" "$top" | put)
          echo "manifest $manifest" >"$image"
        done
        cat web mail
        ls blobs
      `,
      predict: {
        question: 'Both images have the same bottom layer. How many files will be in blobs/?',
        choices: ['3', '5', '6'],
      },
      expect: text`Two indexes of one line each, then the names in \`blobs\`.`,
      notice: text`Both manifests list ${sharedLayer}…, and its bytes are there once: the same bytes get
        the same name. That's why \`docker pull\` prints "Already exists" for layers of other images. Real
        images do the same with JSON and tars, in a format named OCI, after the Open Container Initiative.`,
      hint: text`\`sha256sum\` of a file in \`address/blobs\` must print the file's own name.`,
    }),
    step('tamper', {
      title: 'One changed byte, and who notices',
      why: text`If you trust the hash at the top, you can check everything below it: the index has the
        manifest's hash, and the manifest has the hashes of its layers. Copy all the blobs, add a byte to
        the shared layer, and hash every blob again.`,
      script: sh`
        cd "$WORKDIR/address"
        rm -rf tampered
        cp -r blobs tampered
        echo >>"tampered/$(sha256sum <original | cut -d' ' -f1)"
        cd tampered
        for blob in *; do echo "$blob  $blob"; done | sha256sum --check || true
      `,
      predict: {
        question: 'After that change, whose bytes no longer match their name?',
        choices: ["only the layer's", "the layer's and both manifests'", "every blob's"],
      },
      expect: text`The five blobs, each with OK or FAILED.`,
      notice: text`The manifests still match their own names, and that's what gives the change away: they
        name bytes that aren't there any more. To hide it you'd have to rename the layer, which changes
        the manifest's text and its hash, and then the index. So the one hash in
        \`docker pull name@sha256:…\` vouches for every file of an image.`,
      hint: text`Run the step again: it makes a new copy, and changes it.`,
    }),
  ],
});
