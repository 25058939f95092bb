import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { editByHand } from '../by-hand.ts';
import { fail, imports, pass, sameImage } from '../checks.ts';
import { withLayoutTools } from '../script.ts';

export const mirrorRefuses = labCase({
  id: '05-mirror-refuses',
  title: 'The mirror reports a digest mismatch, and the digest is right',
  level: 1,
  after: '05-import',
  ticket: {
    from: 'a colleague who runs the mirror',
    text: text`Our mirror refuses one blob of your image: "digest mismatch". I've hashed the file with
      \`sha256sum\`, and its name is right. No other image has this problem. Below is an import, and then what
      the mirror does, boiled down.`,
  },
  symptom: sh`
    tar -C "$OCI_DIR" -cf "$IMAGE_TAR" .
    sudo ctr -n "$CTR_NAMESPACE" images import "$IMAGE_TAR"
    # and the mirror:
    cd "$OCI_DIR/blobs/sha256"
    manifest=$(jq -r '.manifests[0].digest[7:]' ../../index.json)
    jq -r '.config, .layers[] | "\(.digest[7:]) \(.size)"' "$manifest" |
      while read -r hash size; do
        got=$(head -c "$size" "$hash" | sha256sum | cut -d' ' -f1)
        if [ "$got" = "$hash" ]
        then echo "mirrored sha256:$hash"
        else echo "digest mismatch: sha256:$hash"
        fi
      done
  `,
  prints: /^digest mismatch: sha256:[0-9a-f]{64}$/m,
  prediction: {
    question: 'The mirror reports a digest mismatch. What will the import of this layout do?',
    choices: ['refuse it, since containerd hashes every blob, too', 'accept it'],
    // The mirror comes second, and only if the import was successful.
    answer: ({ output }) => (output.includes('digest mismatch') ? 1 : 0),
  },
  breaks: withLayoutTools(sh`edit_manifest '.layers[1].size -= 1'`),
  checks: [
    {
      id: 'command',
      says: 'containerd imports the image, and the mirror takes every blob',
      observe: async (look) => {
        const { code, output } = await look.retry();
        if (code !== 0) return fail("the import fails, or the mirror doesn't get to its end");
        const taken = output.match(/^mirrored /gm)?.length ?? 0;
        return taken === 0 || output.includes('mismatch')
          ? fail('there are blobs that it refuses')
          : pass(`it takes ${taken} blobs`);
      },
    },
    imports,
    ...sameImage,
  ],
  hints: [
    {
      text: text`The bytes and the name of the blob belong together. What else does the mirror's script use?`,
    },
    {
      text: text`The mirror reads as many bytes as the descriptor lists. Compare that with the files.`,
      command: `cd "$OCI_DIR/blobs/sha256"
jq -c '.config, .layers[] | [.digest[7:], .size]' "$(jq -r .manifests[0].digest[7:] ../../index.json)"
stat -c '%n %s' *`,
    },
    {
      text: text`Here is the same from a tool that compares every size, too.`,
      command: 'handroll-tour verify "$OCI_DIR"',
    },
    {
      text: text`The size of the second layer is too small by one. Write the manifest again; then index.json has
        to name the new one.`,
      command: editByHand({ manifest: '.layers[1].size += 1' }),
    },
  ],
  debrief: {
    was: text`The delta's descriptor listed one byte less than the blob has. The mirror reads as many bytes as
      the descriptor tells it, so it hashed a blob without its last byte: a size that is wrong, reported as a
      digest that is wrong. \`ctr images import\` reads the blobs from the tar, whatever size the manifest has.`,
    find: text`If \`sha256sum\` of the file is right, the reader didn't read the whole file. Compare sizes:
      \`stat -c '%n %s' *\` and the manifest, or \`handroll-tour verify "$OCI_DIR"\`.`,
    field: text`containerd checks the size when it pulls: "failed size validation: 13618649 != 13618650" is such a
      report, of an image that Docker and Podman had pulled without a complaint. So the image works with one
      runtime and not with the next.`,
    issues: [
      'podman-container-tools/skopeo#1054',
      'rancher/rancher#22415',
      'opencontainers/umoci#358',
    ],
    prevent: text`Take the size from the blob itself (\`stat -c %s\`) when you take the digest, after the last change
      to it. Verify a layout before it's published.`,
  },
  solutions: [
    withLayoutTools(sh`edit_manifest '.layers[1].size += 1'`),
    withLayoutTools(sh`
      # another blob with another size: compressed anew
      gzip -n -9 -k -f "$LAB/delta-layer.tar"
      rm "$OCI_DIR/blobs/sha256/$(layer_hash 1)"
      edit_manifest --argjson new "$(descriptor layer.v1.tar+gzip "$(store "$LAB/delta-layer.tar.gz")")" \
        '.layers[1] = $new'
    `),
  ],
  wrongMends: [
    {
      name: 'the manifest is edited under its old name',
      script: withLayoutTools(sh`
        manifest=$OCI_DIR/blobs/sha256/$(manifest_hash)
        jq '.layers[1].size += 1' "$manifest" >"$LAB/new"
        mv "$LAB/new" "$manifest"
      `),
      fails: ['command', 'import', 'valid'],
    },
    {
      name: 'the blob is cut to the size in the manifest',
      script: withLayoutTools(sh`truncate -s -1 "$OCI_DIR/blobs/sha256/$(layer_hash 1)"`),
      fails: ['command', 'import', 'valid', 'content'],
    },
    {
      name: 'what the mirror hashes becomes the digest',
      script: withLayoutTools(sh`
        old=$OCI_DIR/blobs/sha256/$(layer_hash 1)
        head -c -1 "$old" >"$LAB/cut"
        rm "$old"
        edit_manifest --argjson new "$(descriptor layer.v1.tar+gzip "$(store "$LAB/cut")")" '.layers[1] = $new'
      `),
      fails: ['command', 'import', 'valid', 'content'],
    },
  ],
});
