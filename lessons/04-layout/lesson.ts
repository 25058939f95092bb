import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { diffIds, digests, sizes } from '../facts/layers.ts';
import { configDigest, configSize, manifestDigest, manifestSize } from '../facts/layout.ts';
import { architecture } from '../facts/machine.ts';

export const lesson = defineLesson({
  id: '04-layout',
  title: 'The OCI layout',
  intro: text`Two tars aren't an image yet. Something has to record what to run, in which order the layers
    stack, and where to start reading. The Open Container Initiative (OCI) specifies three short JSON
    documents for that.`,
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
      title: 'Start an OCI image layout',
      why: text`An *image layout* is a directory with a fixed structure. The file \`oci-layout\` marks it and
        gives the version; containerd refuses one it doesn't know. Next to it is the directory for
        *blobs*, files that are stored under their hash. The scripts call the layout \`$OCI_DIR\`: it's
        \`$WORKDIR/oci\`.`,
      script: sh`
        rm -rf "$OCI_DIR"
        mkdir -p "$OCI_DIR/blobs/sha256"
        echo '{"imageLayoutVersion": "1.0.0"}' >"$OCI_DIR/oci-layout"
      `,
      builds: true,
      expect: text`No output. This step deletes an earlier layout and starts a new one.`,
      notice: text`\`blobs/sha256\` is named after the hash algorithm, so a sha512 can sit next to it. Recent
        versions of \`docker save\` write the same structure.`,
      hint: text`\`jq . "$OCI_DIR/oci-layout"\` reports whether the file is valid JSON.`,
    }),
    step('layers', {
      title: 'Store the layers under their digests',
      why: text`A blob has no name but its digest. So the same bytes are stored only once, and different
        bytes can't overwrite each other. Registries work this way too: that's why \`docker push\` often
        prints "Layer already exists".`,
      script: sh`
        for layer in base delta; do
          digest=$(sha256sum <"$WORKDIR/$layer-layer.tar.gz" | cut -d' ' -f1)
          cp "$WORKDIR/$layer-layer.tar.gz" "$OCI_DIR/blobs/sha256/$digest"
        done
        ls "$OCI_DIR/blobs/sha256"
      `,
      builds: true,
      expect: text`Two names of 64 digits. Which is which? Compare with the digests of the last lesson.`,
      notice: text`Base is ${digests.base} and delta is ${digests.delta}. Nothing here records their order
        or what they are. The next three files do.`,
      hint: text`The file name is the digest without \`sha256:\`, since the directory has that name.`,
    }),
    step('config', {
      title: 'Write the config: what to run, and on what',
      why: text`The *config* records the platform, the default command and the layers. \`CMD\`,
        \`ENTRYPOINT\` and \`ENV\` of a Dockerfile all end up in it. It's a blob like the layers, and the
        specification calls its digest the *image ID*.`,
      script: sh`
        cat >"$OCI_DIR/config.json" <<JSON
        {
          "architecture": "$ARCH",
          "os": "linux",
          "rootfs": {
            "type": "layers",
            "diff_ids": [
              "$BASE_DIFFID",
              "$DELTA_DIFFID"
            ]
          },
          "config": { "Cmd": ["/bin/sh"] }
        }
        JSON
        digest=$(sha256sum <"$OCI_DIR/config.json" | cut -d' ' -f1)
        mv "$OCI_DIR/config.json" "$OCI_DIR/blobs/sha256/$digest"
        cat "$OCI_DIR/blobs/sha256/$digest"
      `,
      builds: true,
      exports: sh`
        CONFIG_DIGEST=sha256:$digest
        CONFIG_SIZE=$(stat -c %s "$OCI_DIR/blobs/sha256/$digest")
      `,
      uses: [architecture, diffIds.base, diffIds.delta],
      predict: {
        question: 'Put one more space into this JSON. Is it another image ID then?',
        choices: ['no, the JSON means the same', 'yes'],
      },
      expect: text`The document with your values: the lowest layer comes first in \`diff_ids\`.`,
      notice: text`This config is ${configDigest}, ${configSize} bytes. Images can't be edited, only replaced:
        any change gives another image ID. \`docker images\` prints it as IMAGE ID; with Docker's newer
        containerd image store that's the digest of the manifest or the index instead.`,
      fieldNote: {
        title: 'Not every machine is amd64',
        text: text`Yours is ${architecture}, and so is its busybox. containerd doesn't check this field when it
          runs the image, so a wrong value shows up only as "exec format error".`,
      },
      hint: text`Compare \`jq .rootfs.diff_ids\` of the blob with \`sha256sum "$WORKDIR"/*-layer.tar\`.`,
    }),
    step('manifest', {
      title: 'Write the manifest: which blobs make the image',
      why: text`The *manifest* lists the config and the layers as *descriptors*: media type, digest and size.
        The media type tells what a blob is; the size lets a client stop a download that is too long
        before it hashes anything. \`docker pull\` fetches this document first, or second if there is a
        list of platforms.`,
      script: sh`
        cat >"$OCI_DIR/manifest.json" <<JSON
        {
          "schemaVersion": 2,
          "mediaType": "application/vnd.oci.image.manifest.v1+json",
          "config": { "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": "$CONFIG_DIGEST", "size": $CONFIG_SIZE },
          "layers": [
            { "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
              "digest": "$BASE_DIGEST", "size": $BASE_SIZE },
            { "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
              "digest": "$DELTA_DIGEST", "size": $DELTA_SIZE }
          ]
        }
        JSON
        digest=$(sha256sum <"$OCI_DIR/manifest.json" | cut -d' ' -f1)
        mv "$OCI_DIR/manifest.json" "$OCI_DIR/blobs/sha256/$digest"
        cat "$OCI_DIR/blobs/sha256/$digest"
      `,
      builds: true,
      exports: sh`
        MANIFEST_DIGEST=sha256:$digest
        MANIFEST_SIZE=$(stat -c %s "$OCI_DIR/blobs/sha256/$digest")
      `,
      uses: [configDigest, configSize, digests.base, sizes.base, digests.delta, sizes.delta],
      predict: {
        question: 'You recompress the delta, as in the last lesson. Which document has to change?',
        choices: ['only the manifest', 'only the config', 'both', 'neither'],
      },
      expect: text`Three descriptors: the config, then the layers, the lowest first.`,
      notice: text`This manifest is ${manifestDigest}, ${manifestSize} bytes. Its digest identifies the whole
        image: it's what you write in \`docker pull name@sha256:…\`.`,
      hint: text`Compare \`jq .layers\` of the blob with \`sha256sum "$WORKDIR"/*.tar.gz\` and \`ls -l\`.`,
    }),
    step('index', {
      title: 'Write index.json, where readers start',
      why: text`\`index.json\` is the other file with a fixed name. It lists manifests, each by
        descriptor. A registry serves the same kind of list for an image with several platforms, and
        \`docker pull\` picks the manifest that fits the machine. You have one manifest. An *annotation*
        in its descriptor holds the image's name.`,
      goal: text`Write \`$OCI_DIR/index.json\`: an object with \`schemaVersion\` 2 and a list \`manifests\`.

        Its one item is a descriptor of your manifest, with the media type
        \`application/vnd.oci.image.manifest.v1+json\`, the digest ${manifestDigest} in full and the size
        ${manifestSize}; \`$MANIFEST_DIGEST\` and \`$MANIFEST_SIZE\` in your shell.

        The descriptor also has \`annotations\`, an object in which
        \`org.opencontainers.image.ref.name\` is \`handroll:latest\`.`,
      script: sh`
        cat >"$OCI_DIR/index.json" <<JSON
        {
          "schemaVersion": 2,
          "manifests": [
            { "mediaType": "application/vnd.oci.image.manifest.v1+json",
              "digest": "$MANIFEST_DIGEST", "size": $MANIFEST_SIZE,
              "annotations": {
                "org.opencontainers.image.ref.name": "handroll:latest" } }
          ]
        }
        JSON
        cat "$OCI_DIR/index.json"
      `,
      builds: true,
      uses: [manifestDigest, manifestSize],
      predict: {
        question: 'Which of these can change without changing any digest?',
        choices: ['the command', 'the order of the layers', 'the name of the image'],
      },
      expect: text`If you can read one descriptor, you can follow the whole image.`,
      notice: text`Everything below index.json is fixed by hashes. index.json isn't: put another digest in it,
        and the same name means another image. That's true of every tag, so people who want to be sure
        write the digest into their Dockerfile or Kubernetes manifest.`,
      hint: text`It has the shape of the manifest that you just wrote: a here-document that starts with
        \`cat >"$OCI_DIR/index.json" <<JSON\` replaces the variables. \`jq . "$OCI_DIR/index.json"\` reports
        whether it's valid JSON.`,
    }),
    step('whole', {
      title: 'Verify the image from the top',
      why: text`Start at index.json, follow each digest, and hash what you find. If you trust the one digest
        at the top, this verifies all the rest. Any blob that can't be reached this way isn't part of the
        image.`,
      script: sh`
        tree "$OCI_DIR"
        cd "$OCI_DIR/blobs/sha256"
        manifest=$(jq -r '.manifests[0].digest' "$OCI_DIR/index.json")
        for digest in "$manifest" \
          $(jq -r '.config.digest, .layers[].digest' "\${manifest#sha256:}"); do
          echo "\${digest#sha256:}  \${digest#sha256:}"
        done | sha256sum -c -
      `,
      expect: text`The directory, then four lines that end in OK.`,
      notice: text`That's a complete image: a manifest, and the config and layers that it names. index.json
        and oci-layout belong to the layout around it. \`skopeo\`, \`umoci\` and \`podman\` can use this
        directory as it is, and no image tool has touched it yet.`,
      hint: text`Run \`sha256sum\` on a file in \`oci/blobs/sha256\`: it should print the file's own name.`,
      readOnly: true,
    }),
  ],
});
