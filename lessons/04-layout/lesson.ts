import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { diffIds, digests, sizes } from '../facts/layers.ts';
import { configDigest, configSize, manifestDigest, manifestSize } from '../facts/layout.ts';
import { architecture } from '../facts/machine.ts';

export const lesson = defineLesson({
  id: '04-layout',
  title: 'The OCI layout',
  intro: text`Two tars are not an image yet. Somebody has to say what to run, in which order the layers
    lie, and where it all begins. That takes three short JSON documents and one directory.`,
  picture: {
    drawing: picture`
      index.json ─► manifest ${wide(manifestDigest, 9)} ─┬─► config ${wide(configDigest, 9)}
                                        │    DiffIDs ${wide(diffIds.base, 9)} ${wide(diffIds.delta, 9)}
                                        ├─► layer  ${wide(digests.base, 9)}  base
                                        └─► layer  ${wide(digests.delta, 9)}  delta
    `,
    alt: 'index.json points at the manifest, the manifest at the config and the two layers; the config lists the DiffIDs.',
  },
  steps: [
    step('marker', {
      title: 'A directory that says what it is',
      why: text`An image layout is a directory with a fixed shape. One file in it, \`oci-layout\`, exists
        only to say so, with a version. Readers look at it first and refuse what they do not know.`,
      script: sh`
        rm -rf "$OCI_DIR"
        mkdir -p "$OCI_DIR/blobs/sha256"
        echo '{"imageLayoutVersion": "1.0.0"}' >"$OCI_DIR/oci-layout"
      `,
      builds: true,
      expect: text`No output. This step starts the layout over: later steps add to it.`,
      notice: text`\`blobs/sha256\` is the other fixed name. The directory is called after the hash
        function, so that a better one can stand beside it some day.`,
      hint: text`\`jq . "$OCI_DIR/oci-layout"\` says whether it is JSON.`,
    }),
    step('layers', {
      title: 'Put the layers in, under their own hash',
      why: text`In the layout a file has no name but its digest. That makes it impossible to store
        something twice, or to overwrite one thing with another.`,
      script: sh`
        for layer in base delta; do
          digest=$(sha256sum <"$WORKDIR/$layer-layer.tar.gz" | cut -d' ' -f1)
          cp "$WORKDIR/$layer-layer.tar.gz" "$OCI_DIR/blobs/sha256/$digest"
        done
        ls -l "$OCI_DIR/blobs/sha256"
      `,
      builds: true,
      expect: text`Two files with very long names. Which is which? Their sizes tell you; nothing else
        would.`,
      notice: text`Base is ${digests.base} and delta is ${digests.delta}: their Digests, since these are the
        compressed files. Order and meaning are nowhere yet. The next three documents give them.`,
      hint: text`The name has no \`sha256:\` in front; the directory says that already.`,
    }),
    step('config', {
      title: 'The config: what to run, and on what',
      why: text`The config says which machine the image is for, which command starts, and which layers
        make its root: by DiffID, since once they are unpacked nobody cares how they were compressed.
        Its hash is what Docker calls the *image ID*.`,
      script: sh`
        jq -n --arg arch "$ARCH" \
          --arg base "$BASE_DIFFID" --arg delta "$DELTA_DIFFID" '{
            architecture: $arch,
            os: "linux",
            rootfs: {type: "layers", diff_ids: [$base, $delta]},
            config: {Cmd: ["/bin/sh"]}
          }' >"$OCI_DIR/config.json"
        digest=$(sha256sum <"$OCI_DIR/config.json" | cut -d' ' -f1)
        mv "$OCI_DIR/config.json" "$OCI_DIR/blobs/sha256/$digest"
        jq . "$OCI_DIR/blobs/sha256/$digest"
      `,
      builds: true,
      exports: sh`
        CONFIG_DIGEST=sha256:$digest
        CONFIG_SIZE=$(stat -c %s "$OCI_DIR/blobs/sha256/$digest")
      `,
      uses: [architecture, diffIds.base, diffIds.delta],
      expect: text`A document of a dozen lines. It has no name of its own: it goes in as a blob.`,
      notice: text`This config is ${configDigest}, ${configSize} bytes. Change the command, even by a space in the
        JSON, and it is another image: there is no such thing as editing one.`,
      fieldNote: {
        title: 'amd64 is not everybody',
        text: text`The article writes \`amd64\` into the config. On an ARM machine that is untrue, and
          containerd would not mind: it compares the field with nothing when it runs the image. Yours
          says ${architecture}, which is what busybox's own header says too.`,
      },
      hint: text`\`jq .rootfs.diff_ids\` on the newest blob, beside \`sha256sum *-layer.tar\`.`,
    }),
    step('manifest', {
      title: 'The manifest: which blobs, how large',
      why: text`The manifest is what a registry hands out first. It names the config and the layers by
        *descriptor*: media type, digest, size. Here the layers go by Digest, since these are the files
        that travel.`,
      script: sh`
        jq -n \
          --arg config "$CONFIG_DIGEST" --argjson config_size "$CONFIG_SIZE" \
          --arg base "$BASE_DIGEST" --argjson base_size "$BASE_SIZE" \
          --arg delta "$DELTA_DIGEST" --argjson delta_size "$DELTA_SIZE" '
          "application/vnd.oci.image" as $type |
          {
            schemaVersion: 2,
            mediaType: "\($type).manifest.v1+json",
            config: {
              mediaType: "\($type).config.v1+json",
              digest: $config,
              size: $config_size
            },
            layers: ([
              {digest: $base, size: $base_size},
              {digest: $delta, size: $delta_size}
            ] | map({mediaType: "\($type).layer.v1.tar+gzip"} + .))
          }' >"$OCI_DIR/manifest.json"
        digest=$(sha256sum <"$OCI_DIR/manifest.json" | cut -d' ' -f1)
        mv "$OCI_DIR/manifest.json" "$OCI_DIR/blobs/sha256/$digest"
        jq . "$OCI_DIR/blobs/sha256/$digest"
      `,
      builds: true,
      exports: sh`
        MANIFEST_DIGEST=sha256:$digest
        MANIFEST_SIZE=$(stat -c %s "$OCI_DIR/blobs/sha256/$digest")
      `,
      uses: [configDigest, configSize, digests.base, sizes.base, digests.delta, sizes.delta],
      expect: text`Three descriptors: the config, then the layers, bottom first.`,
      notice: text`This manifest is ${manifestDigest}, ${manifestSize} bytes. That hash *is* the image: it is
        what \`docker pull name@sha256:…\` asks for.`,
      hint: text`\`jq .layers\` on the newest blob, beside \`sha256sum *.tar.gz\` and \`ls -l\`.`,
    }),
    step('index', {
      title: 'The index: where a reader begins',
      why: text`Besides the marker, one file has a name that people chose: \`index.json\`. It points at
        manifests, usually one for each architecture. You have one. An annotation carries the name the
        image would like to go by.`,
      script: sh`
        jq -n --arg digest "$MANIFEST_DIGEST" --argjson size "$MANIFEST_SIZE" '{
          schemaVersion: 2,
          manifests: [{
            mediaType: "application/vnd.oci.image.manifest.v1+json",
            digest: $digest,
            size: $size,
            annotations: {"org.opencontainers.image.ref.name": "handroll:latest"}
          }]
        }' >"$OCI_DIR/index.json"
        jq . "$OCI_DIR/index.json"
      `,
      builds: true,
      uses: [manifestDigest, manifestSize],
      expect: text`A descriptor once more: whoever can read one can follow the whole image.`,
      notice: text`Everything below index.json is held in place by hashes. index.json itself is held by
        nothing: swap the digest in it and you have swapped the image. Tags are like that everywhere.`,
      hint: text`\`jq '.manifests[0]' "$OCI_DIR/index.json"\`.`,
    }),
    step('whole', {
      title: 'Walk it from the top',
      why: text`Now do what every tool does with an image it is given: start at index.json, follow each
        digest, hash what is there. And count: whatever nobody points at is not part of the image.`,
      script: sh`
        tree "$OCI_DIR"
        cd "$OCI_DIR/blobs/sha256"
        for blob in *; do
          echo "$blob  $blob"
        done | sha256sum -c -
      `,
      expect: text`Four blobs, each OK: its name is its hash.`,
      notice: text`That is an image, complete. \`skopeo\`, \`umoci\` and \`podman\` would take this directory as
        it is. No program that knows about images has touched it yet.`,
      hint: text`\`sha256sum oci/blobs/sha256/*\`: each line should say the same thing twice.`,
      readOnly: true,
    }),
  ],
});
