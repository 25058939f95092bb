import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { secondImage } from '../facts/containerd.ts';
import { digests, duplicatedBytes } from '../facts/layers.ts';
import { configDigest, manifestDigest } from '../facts/layout.ts';
import { addedInWords, baseOnDisk, secondLayers } from '../facts/second.ts';

export const lesson = defineLesson({
  id: '10-layers-are-diffs',
  title: 'What belongs in a layer, and who shares it',
  intro: text`A layer should hold what changed, and nothing else. See what more would cost, and
    what a second image on the same base saves.`,
  picture: {
    drawing: picture`
      image       layer 0             layer 1
      handroll    base  ${wide(digests.base, 10)}    delta   ${wide(digests.delta, 10)}
      handroll2   base  ${wide(secondLayers.base, 10)}    second  ${wide(secondLayers.own, 10)}
    `,
    alt: 'The two images, handroll and handroll2, with the digests of their two layers.',
  },
  steps: [
    step('duplicate', {
      title: 'Put the same file in both layers',
      why: text`Copy the base's busybox into a second version of the delta: same bytes, mode and timestamp. Stacked, the
        file shadows itself.`,
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
        question: 'The same file is in both layers. What does that do?',
        choices: [
          'it takes space, and a container sees no difference',
          'nothing: equal files are stored once',
          'a container has to merge the two',
        ],
      },
      expect: text`The sizes of both tars, without the copy and with it.`,
      notice: text`No container will ever see the ${duplicatedBytes} that the copy adds. A builder compares the tree before and
        after each step, so it leaves out a file that hasn't changed. But after \`RUN chown -R\` every file has
        other metadata, and goes into the new layer again, whole.`,
      hint: text`\`handroll-tour layers base-layer.tar duplicate/delta-layer.tar\` lists the files that each
        layer shadows.`,
    }),
    step('sibling', {
      title: 'Build a second image on the same base',
      why: text`The new layer has a single file. \`jq\` changes the fields of your first image's documents that depend on it,
        and nothing else.`,
      script: sh`
        rm -rf "$WORKDIR/practice/second"
        mkdir -p "$WORKDIR/practice/second"
        cd "$WORKDIR/practice/second"
        mkdir -p layer oci/blobs/sha256
        echo 'hello from second' >layer/hello.txt
        tar -C layer --mtime=@1735689600 --owner=0 --group=0 -cf layer.tar .
        gzip -nk layer.tar
        put() { # stores a file, and prints its digest and size as JSON
          hash=$(sha256sum <"$1" | cut -c-64)
          cp "$1" "oci/blobs/sha256/$hash"
          echo "{\"digest\": \"sha256:$hash\", \"size\": $(stat -c %s "$1")}"
        }
        first=$OCI_DIR/blobs/sha256
        jq ".rootfs.diff_ids[1] = \"sha256:$(sha256sum <layer.tar | cut -c-64)\"" \
          "$first/\${CONFIG_DIGEST#sha256:}" >config.json
        jq ".config += $(put config.json) | .layers[1] += $(put layer.tar.gz)" \
          "$first/\${MANIFEST_DIGEST#sha256:}" >manifest.json
        jq ".manifests[0] += $(put manifest.json)
          | .manifests[0].annotations[] = \"docker.io/library/handroll2:latest\"" \
          "$OCI_DIR/index.json" >oci/index.json
        cp "$OCI_DIR/oci-layout" oci
        cp "$first/\${BASE_DIGEST#sha256:}" oci/blobs/sha256
        tar -C oci -cf handroll2.tar .
        jq -c '[(.config, .layers[]) | .digest[:15]]' \
          "$first/\${MANIFEST_DIGEST#sha256:}" manifest.json
      `,
      uses: [digests.base, configDigest, manifestDigest],
      predict: {
        question: 'Which descriptors will both manifests have in common?',
        choices: ["the config's and layer 0's", 'none', "layer 0's"],
      },
      expect: text`The digests of config, layer 0 and layer 1, in both manifests.`,
      notice: text`Only layer 0 has the same digest in both: the configs differ, since each lists its image's DiffIDs. Builders
        do the same: the manifest of an image \`FROM debian\` begins with the layers of debian.`,
      hint: text`\`handroll-tour verify "$WORKDIR/practice/second/oci"\` tells what is wrong with the layout.`,
    }),
    step('shared', {
      title: 'Import it, and see what is new',
      why: text`\`practice/second/handroll2.tar\` is about as big as your first image.`,
      goal: text`Import \`$WORKDIR/practice/second/handroll2.tar\`. Its index.json has the full name,
        \`docker.io/library/handroll2:latest\`, so leave \`--base-name\` out. Then list the snapshots with
        \`ctr snapshots tree\`.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" images import \
          "$WORKDIR/practice/second/handroll2.tar"
        sudo ctr -n "$CTR_NAMESPACE" snapshots tree | cut -c -40
      `,
      owns: [{ kind: 'image', name: secondImage }],
      predict: {
        question: "How many of handroll2's four blobs will be new in the content store?",
        choices: ['one: the new layer', 'three', 'four'],
      },
      expect: text`In the tree, two snapshots are on top of one.`,
      notice: text`The import added ${addedInWords}. The base is on disk once, in ${baseOnDisk}, however many images have it.
        When \`docker pull\` prints "Already exists", it has found such a layer. Only the cleanup is left.`,
      hint: text`It takes the \`ctr images import\` of lesson 5, with this tar and without \`--base-name\`.`,
    }),
  ],
});
