import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { diffIds, digests, sizes } from '../facts/layers.ts';
import { configDigest, configSize, manifestDigest, manifestSize } from '../facts/layout.ts';
import { architecture } from '../facts/machine.ts';

export const lesson = defineLesson({
  id: '04-layout',
  title: 'The OCI layout',
  intro: text`Two tars aren't an image yet. Something has to record what to run, in which order the layers stack, and
    where to start reading. The OCI image spec has three short JSON documents for that.`,
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
    step('layers', {
      title: 'Start an OCI layout with the two layers',
      why: text`An *image layout* is a directory with a fixed structure. The file \`oci-layout\` marks it, and *blobs*,
        files that are named by their digest, are in \`blobs/sha256\`. Registries store blobs by digest, too:
        that's why \`docker push\` prints "Layer already exists". Our layout is \`$OCI_DIR\`.`,
      script: sh`
        rm -rf "$OCI_DIR"
        mkdir -p "$OCI_DIR/blobs/sha256"
        echo '{"imageLayoutVersion": "1.0.0"}' >"$OCI_DIR/oci-layout"
        for layer in base delta; do
          digest=$(sha256sum <"$WORKDIR/$layer-layer.tar.gz" | cut -d' ' -f1)
          cp "$WORKDIR/$layer-layer.tar.gz" "$OCI_DIR/blobs/sha256/$digest"
        done
        ls "$OCI_DIR/blobs/sha256"
      `,
      builds: true,
      expect: text`Two names of 64 digits. Which is base? Compare with the last lesson.`,
      notice: text`Base is ${digests.base} and delta is ${digests.delta}. Nothing here records their order or what they
        are. The next three files do.`,
      hint: text`A blob's name is the digest without \`sha256:\`, since the directory has that name.
        \`jq . "$OCI_DIR/oci-layout"\` reports whether that file is valid JSON.`,
    }),
    step('config', {
      title: 'Write the config: command, platform, layers',
      why: text`The *config* has the platform (operating system and processor), the layers' DiffIDs, and what a Dockerfile's \`CMD\`, \`ENTRYPOINT\` and \`ENV\`
        set. The specification calls its digest the *image ID*.`,
      script: sh`
        tee "$OCI_DIR/config.json" <<JSON
        { "architecture": "$ARCH", "os": "linux",
          "config": { "Cmd": ["/bin/sh"] },
          "rootfs": { "type": "layers", "diff_ids": [
            "$BASE_DIFFID",
            "$DELTA_DIFFID" ] } }
        JSON
        digest=$(sha256sum <"$OCI_DIR/config.json" | cut -d' ' -f1)
        mv "$OCI_DIR/config.json" "$OCI_DIR/blobs/sha256/$digest"
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
      expect: text`The document with your values. In \`diff_ids\` the lowest layer comes first.`,
      notice: text`Images can't be edited, only replaced: another command or another layer gives another image ID. \`docker images\` prints it as
        IMAGE ID; Docker's newer containerd image store prints the digest of the manifest or the index.`,
      hint: text`Compare \`jq .rootfs.diff_ids\` of the blob with \`sha256sum "$WORKDIR"/*-layer.tar\`.`,
    }),
    step('manifest', {
      title: 'Write the manifest: which blobs make the image',
      why: text`The *manifest* lists the config and the layers as *descriptors*: media type (what kind of blob it is), digest,
        and size, by which a client stops a download that is too long. \`docker pull\` fetches this document
        first, or second if there is a list of platforms.`,
      script: sh`
        tee "$OCI_DIR/manifest.json" <<JSON
        { "schemaVersion": 2,
          "mediaType": "application/vnd.oci.image.manifest.v1+json",
          "config": { "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": "$CONFIG_DIGEST", "size": $CONFIG_SIZE },
          "layers": [
            { "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
              "digest": "$BASE_DIGEST", "size": $BASE_SIZE },
            { "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
              "digest": "$DELTA_DIGEST", "size": $DELTA_SIZE } ] }
        JSON
        digest=$(sha256sum <"$OCI_DIR/manifest.json" | cut -d' ' -f1)
        mv "$OCI_DIR/manifest.json" "$OCI_DIR/blobs/sha256/$digest"
      `,
      builds: true,
      exports: sh`
        MANIFEST_DIGEST=sha256:$digest
        MANIFEST_SIZE=$(stat -c %s "$OCI_DIR/blobs/sha256/$digest")
      `,
      uses: [configDigest, configSize, digests.base, sizes.base, digests.delta, sizes.delta],
      predict: {
        question: 'You recompress the delta. Config or manifest: which has to change?',
        choices: ['only the manifest', 'only the config', 'both'],
      },
      expect: text`Three descriptors: the config, then the layers, the lowest first.`,
      notice: text`Its digest identifies the whole image, as in \`docker pull name@sha256:…\`. It has digests, since it names the files
        to download; the config has DiffIDs, so it stays the same when a layer is compressed again.`,
      hint: text`Compare \`jq .layers\` of the blob with \`sha256sum "$WORKDIR"/*.tar.gz\` and \`ls -l\`.`,
    }),
    step('index', {
      title: 'Write index.json, where readers start',
      why: text`\`index.json\` is the other file with a fixed name. It lists manifests by descriptor. A registry serves such a list
        for an image with several platforms, and \`docker pull\` picks the one that fits. An *annotation*
        holds the image's name.`,
      goal: text`Write \`$OCI_DIR/index.json\`: \`schemaVersion\` 2, and \`manifests\`, a list of one descriptor, your
        manifest's. It has the media type \`application/vnd.oci.image.manifest.v1+json\`, \`$MANIFEST_DIGEST\`,
        \`$MANIFEST_SIZE\`, and an object \`annotations\` in which \`org.opencontainers.image.ref.name\` is
        \`handroll:latest\`.`,
      script: sh`
        tee "$OCI_DIR/index.json" <<JSON
        { "schemaVersion": 2,
          "manifests": [
            { "mediaType": "application/vnd.oci.image.manifest.v1+json",
              "digest": "$MANIFEST_DIGEST", "size": $MANIFEST_SIZE,
              "annotations": {
                "org.opencontainers.image.ref.name": "handroll:latest" } } ] }
        JSON
      `,
      builds: true,
      uses: [manifestDigest, manifestSize],
      predict: {
        question: 'Which of these can change without changing any digest?',
        choices: ['the command', 'the order of the layers', 'the name of the image'],
      },
      expect: text`If you can read one descriptor, you can follow the whole image.`,
      notice: text`Everything below index.json is fixed by hashes. index.json isn't: put another digest in it, and the same
        name means another image. That's true of every tag, so people who want to be sure write the digest
        into their Dockerfile or pod spec.`,
      hint: text`It has the shape of the manifest that you just wrote: a here-document that starts with
        \`tee "$OCI_DIR/index.json" <<JSON\` replaces the variables. \`jq . "$OCI_DIR/index.json"\` reports
        whether it's valid JSON.`,
    }),
    step('whole', {
      title: 'Verify the image from the top',
      why: text`Start at index.json, follow each digest, and hash what you find. If you trust the digest at the top,
        this verifies all the rest. A blob that can't be reached this way isn't part of the image.`,
      script: sh`
        cd "$OCI_DIR/blobs/sha256"
        manifest=$(jq -r '.manifests[0].digest[7:]' "$OCI_DIR/index.json")
        for blob in "$manifest" \
          $(jq -r '(.config, .layers[]).digest[7:]' "$manifest"); do
          echo "$blob  $blob"
        done | sha256sum -c -
      `,
      expect: text`Four lines that end in OK: manifest, config, base and delta.`,
      notice: text`That's a complete image: a manifest, and the config and layers that it names. index.json and
        oci-layout belong to the layout around it. \`skopeo\`, \`umoci\` and \`podman\` can use this directory as
        it is, and no image tool has touched it yet.`,
      hint: text`Run \`sha256sum\` on a file in \`oci/blobs/sha256\`: it should print the file's own name.`,
      readOnly: true,
    }),
  ],
});
