import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { sameImage, ticketImports } from '../checks.ts';
import { importImage, withLayoutTools } from '../script.ts';
import breaks from './breaks.sh';

export const notFound = labCase({
  id: '01-not-found',
  title: 'Import says that a blob is not found, and the blob is there',
  level: 1,
  after: '05-import',
  ticket: {
    from: 'a colleague',
    text: text`I copied the layout from the build machine and tried to import it. containerd says that it
      can't find a digest. But there are four files in \`blobs/sha256\`, and one of them has exactly this
      name! The trees and the layer tars of the build came along, if you need them.`,
  },
  symptom: importImage,
  prints: /content digest sha256:[0-9a-f]{64}: not found/,
  breaks: withLayoutTools(breaks),
  checks: [ticketImports, ...sameImage],
  hints: [
    { text: text`containerd doesn't look at the names of the files: it hashes what is in them.` },
    {
      text: text`Hash each blob yourself, and compare with its name.`,
      command: 'cd "$OCI_DIR/blobs/sha256" && sha256sum *',
    },
    {
      text: text`The bytes that belong to this name are still there: one of the \`.tar.gz\` files beside the
        layout has this hash. Copy it over the damaged blob.`,
      command:
        'cp "$LAB/base-layer.tar.gz" "$OCI_DIR/blobs/sha256/$(sha256sum <"$LAB/base-layer.tar.gz" | cut -d\' \' -f1)"',
    },
  ],
  debrief: {
    was: text`One bit in the base layer's blob was flipped. containerd stores every blob of a tar under the
      hash of what it read, so the damaged bytes got a name that nothing refers to. The name that the
      manifest asks for was never stored: "not found", and no word about damage.`,
    find: text`\`sha256sum *\` in \`blobs/sha256\`: a name that isn't its own hash is damaged.
      \`handroll-tour verify "$OCI_DIR"\` does this for every blob, and follows every digest.`,
    field: text`The message only tells that no stored blob has this hash. In public reports the blob was gone from a
      build's cache or from the store, or a download had other bits on the second try. So look at the bytes first,
      and ask who removed the blob second.`,
    issues: ['moby/buildkit#992', 'containerd/containerd#10843', 'moby/moby#53213'],
    prevent: text`Verify a layout after it was copied. \`skopeo copy\` and a registry's push hash every blob on the
      way; \`cp\` and \`rsync\` don't know the digests.`,
  },
  solutions: [
    sh`cp "$LAB/base-layer.tar.gz" "$OCI_DIR/blobs/sha256/$(sha256sum <"$LAB/base-layer.tar.gz" | cut -d' ' -f1)"`,
    withLayoutTools(sh`
      # packed anew, and compressed in another way: another digest, and the same image
      pack_layer base
      gzip -n -9 -k -f "$LAB/base-layer.tar"
      replace_layer 0 base
    `),
  ],
  wrongMends: [
    {
      name: 'the damaged blob is renamed to its hash',
      script: withLayoutTools(sh`
        cd "$OCI_DIR/blobs/sha256"
        old=$(layer_hash 0)
        mv "$old" "$(sha256sum <"$old" | cut -d' ' -f1)"
      `),
      fails: ['command', 'valid', 'content'],
    },
    {
      name: 'the manifest names the damaged bytes',
      script: withLayoutTools(sh`
        old=$(layer_hash 0)
        new=$(store "$OCI_DIR/blobs/sha256/$old")
        rm "$OCI_DIR/blobs/sha256/$old"
        edit_manifest --argjson new "$(descriptor layer.v1.tar+gzip "$new")" '.layers[0] += $new'
      `),
      fails: ['command', 'valid', 'content'],
    },
  ],
});
