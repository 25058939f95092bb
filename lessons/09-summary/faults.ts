import { defineFaults } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { checks } from './checks.ts';

export const faults = defineFaults(checks, {
  chain: {
    'tars-config': [
      {
        name: 'the config lists the layers in reverse order',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          cp "\${CONFIG_DIGEST#sha256:}" "$WORKDIR/config.kept"
          jq '.rootfs.diff_ids |= reverse' "\${CONFIG_DIGEST#sha256:}" >"$OCI_DIR/wrong"
          rm "\${CONFIG_DIGEST#sha256:}"
          mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
        `,
        mends: sh`
          cd "$OCI_DIR/blobs/sha256"
          rm "\${CONFIG_DIGEST#sha256:}"
          mv "$WORKDIR/config.kept" "$(sha256sum <"$WORKDIR/config.kept" | cut -d' ' -f1)"
        `,
        also: ['blobs-manifest', 'layout-store'],
        says: /sha256:[0-9a-f]{64} sha256:/,
      },
    ],
    'blobs-manifest': [
      {
        name: 'a layer was compressed again, with the time in its header',
        breaks: sh`gzip -k -f "$WORKDIR/delta-layer.tar"`,
        mends: sh`gzip -n -k -f "$WORKDIR/delta-layer.tar"`,
        also: ['layout-store'],
        says: /sha256:[0-9a-f]{64} sha256:/,
      },
    ],
    'manifest-index': [
      {
        name: 'the index points at the config',
        breaks: sh`
          cp "$OCI_DIR/index.json" "$WORKDIR/index.kept"
          jq --arg wrong "$CONFIG_DIGEST" '.manifests[0].digest = $wrong' \
            "$WORKDIR/index.kept" >"$OCI_DIR/index.json"
        `,
        mends: sh`mv "$WORKDIR/index.kept" "$OCI_DIR/index.json"`,
        says: /^sha256:[0-9a-f]{64}$/m,
      },
    ],
    'layout-store': [
      {
        name: 'a layer was removed from the content store',
        breaks: sh`sudo ctr -n "$CTR_NAMESPACE" content rm "$DELTA_DIGEST"`,
        mends: sh`
          sudo ctr -n "$CTR_NAMESPACE" images import --base-name handroll "$WORKDIR/handroll-image.tar"
        `,
        says: /missing [0-9a-f]{8}…/,
      },
    ],
    process: [
      {
        name: 'the image is not the one that ran',
        breaks: sh`
          cd "$OCI_DIR/blobs/sha256"
          cp "\${MANIFEST_DIGEST#sha256:}" "$WORKDIR/manifest.kept"
          jq -c . "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/wrong"
          rm "\${MANIFEST_DIGEST#sha256:}"
          mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
        `,
        mends: sh`
          cd "$OCI_DIR/blobs/sha256"
          rm "\${MANIFEST_DIGEST#sha256:}"
          mv "$WORKDIR/manifest.kept" "$(sha256sum <"$WORKDIR/manifest.kept" | cut -d' ' -f1)"
        `,
        also: ['manifest-index', 'layout-store'],
        says: /a container from another image was seen/,
      },
    ],
  },
  sheets: {
    'trees-tars': [
      {
        name: 'a tree changed after everything was built',
        breaks: sh`echo 'an afterthought' >"$WORKDIR/build/delta/note.txt"`,
        mends: sh`rm "$WORKDIR/build/delta/note.txt"`,
        says: /note\.txt/,
      },
    ],
    'store-snapshots': [
      {
        name: 'a file in a snapshot was changed',
        breaks: sh`echo 'hello from a vandal' | sudo tee "$DELTA_SNAPSHOT/hello.txt"`,
        mends: sh`echo 'hello from delta' | sudo tee "$DELTA_SNAPSHOT/hello.txt"`,
        says: /hello\.txt file/,
      },
    ],
  },
});
