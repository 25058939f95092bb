import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { hashOfChanged, hashOfOriginal, sharedLayer } from '../facts/address.ts';
import { digests } from '../facts/layers.ts';
import { configDigest, manifestDigest } from '../facts/layout.ts';

export const lesson = defineLesson({
  id: '01-what-is-an-image',
  title: 'What is an image?',
  intro: text`An image is a list of *layers*, filesystems stacked in a fixed order like overhead transparencies, and
    a *config*, its metadata. Layers can be shared because of how an image's parts are named. The names in
    the picture appear as you make the parts.`,
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
      why: text`A tag such as \`debian:latest\` can mean something else tomorrow. A *digest* can't: it's the SHA-256
        hash of the bytes themselves. If you know it, you can check that you got the right bytes, wherever they came from: a *registry* (a server with images) or a USB stick.`,
      script: sh`
        mkdir -p "$WORKDIR/address"
        cd "$WORKDIR/address"
        printf 'hello from base\n' >original
        printf 'hello from bass\n' >changed
        sha256sum original changed
      `,
      predict: {
        question: "One letter changes. How many of the hash's 64 hex digits stay the same?",
        choices: ['about 60: only what depends on that letter changes', 'about 32', 'about 4'],
      },
      expect: text`Two hashes of 64 hexadecimal digits.`,
      notice: text`${hashOfOriginal}… and ${hashOfChanged}… don't look related: a digest identifies bytes, and doesn't
        describe them. That's also why this tour's checks read the files themselves, and never trust a
        hash that was printed.`,
      hint: text`\`cmp -l original changed\` lists the bytes that differ.`,
    }),
    step('graph', {
      title: 'Two images that share a layer',
      why: text`A file that has its hash for a name is a *blob*. A *manifest* is a blob that lists an image's layers by
        hash. An *index* has the manifest's hash, and is the only file here whose name we choose. Here
        are two toy images.`,
      script: sh`
        cd "$WORKDIR/address" && rm -rf blobs && mkdir blobs
        put() { # stores its input under its hash, and prints the hash
          hash=$(tee blobs/new | sha256sum | cut -c-64)
          mv blobs/new "blobs/$hash" && echo "$hash"
        }
        for image in web mail; do
          layers=$(put <original; echo "files of $image" | put)
          manifest=$(printf 'layer %s\n' $layers | put)
          echo "manifest $manifest" >"$image"
        done
        cat web mail
        ls blobs
      `,
      predict: {
        question: 'Both images have the same bottom layer. How many files will be in blobs/?',
        choices: ['3', '5', '6'],
      },
      expect: text`The two indexes, then the names in \`blobs\`.`,
      notice: text`The shared layer ${sharedLayer}… is there once: the same bytes get the same name. That's why
        \`docker pull\` prints "Already exists" for layers of other images. Real images use JSON and tars, in
        a format specified by the Open Container Initiative (OCI).`,
      hint: text`\`sha256sum\` of a file in \`address/blobs\` must print the file's own name.`,
    }),
    step('tamper', {
      title: 'One changed byte, and who notices',
      why: text`The index has the manifest's hash, and the manifest has the hashes of its layers. So if you trust the
        hash at the top, you can check everything below it. Copy all the blobs, add a byte to the shared
        layer, and hash every blob again.`,
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
      notice: text`Only the layer no longer matches its name. Rename it to its new hash, and the manifests have to change, then their hashes, and then the indexes. So the one hash in
        \`docker pull name@sha256:…\` vouches for every file of an image.`,
      hint: text`Run the step again: it makes a new copy, and changes it.`,
    }),
  ],
});
