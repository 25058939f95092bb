import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { rebuildByHand } from '../by-hand.ts';
import { fail, imports, pass, sameImage } from '../checks.ts';
import { withLayoutTools } from '../script.ts';

export const keyInImage = labCase({
  id: '03-key-in-image',
  title: 'A scanner finds a key in the image, and no container has it',
  level: 2,
  after: '05-import',
  ticket: {
    from: 'the security team',
    text: text`Our scanner reports a deploy key in your image. The Dockerfile's last line deletes it, and
      \`cat /etc/deploy.key\` in a container says "No such file". Is the scanner wrong? If it isn't: take the
      key out for good, and change nothing else. The layout goes to the registry as it is.`,
  },
  symptom: sh`
    cd "$OCI_DIR/blobs/sha256"
    for blob in *; do
      lines=$({ gunzip -c <"$blob" 2>/dev/null || cat "$blob"; } | grep -ac 'DEPLOY KEY' || true)
      [ "$lines" = 0 ] || echo "DEPLOY KEY in blob $blob"
    done
  `,
  prints: /^DEPLOY KEY in blob [0-9a-f]{64}$/m,
  breaks: withLayoutTools(sh`
    echo "-----BEGIN DEPLOY KEY----- $TOKEN" >"$LAB/build/base/etc/deploy.key"
    mkdir -p "$LAB/build/delta/etc"
    : >"$LAB/build/delta/etc/.wh.deploy.key"
    pack_layer base
    pack_layer delta
    replace_layer 0 base
    replace_layer 1 delta
  `),
  checks: [
    {
      id: 'gone',
      says: 'no blob of the layout contains the key',
      observe: async (look) => {
        const found = await look.blobsWith('DEPLOY KEY');
        return found.length === 0
          ? pass('it is in none of them')
          : fail('the scanner still finds it');
      },
    },
    imports,
    ...sameImage,
  ],
  hints: [
    { text: text`What does a whiteout do to the layer below it?` },
    {
      text: text`List what each layer contains. The key is in one, and its whiteout is in another.`,
      command: 'handroll-tour layers "$OCI_DIR"',
    },
    {
      text: text`A layer can't be changed, only replaced. Pack the base again without the key; then the config,
        the manifest and index.json have to name the new layer, and the old blob has to go.`,
    },
    {
      text: text`The scripts of lessons 03 and 04 do all of it, if their \`$WORKDIR\` is this sandbox.`,
      command: `rm "$LAB/build/base/etc/deploy.key" && rm -r "$LAB/build/delta/etc"
${rebuildByHand}`,
    },
  ],
  debrief: {
    was: text`The key was in the base layer, and the delta only has a whiteout for it. A whiteout hides a file
      from containers. Everyone who pulls the image still downloads the layer below, with the key in it.`,
    find: text`\`handroll-tour layers "$OCI_DIR"\` lists what a whiteout hides.
      \`handroll-tour layers "$OCI_DIR" --cat etc/deploy.key --layer 0\` prints it.`,
    field: text`\`COPY key\`, use it, \`RUN rm key\` is the usual way. Even a scanner can miss it: Trivy at first left out
      secrets that an upper layer had removed. Squashing the layers or a multi-stage build keeps the file out; a key
      that was ever pushed has to be revoked all the same.`,
    issues: ['aquasecurity/trivy#2194', 'google/osv-scalibr#1297'],
    prevent: text`Build secrets (\`RUN --mount=type=secret\`), which are never in a layer, and a scanner that reads
      layers instead of containers.`,
  },
  solutions: [
    withLayoutTools(sh`
      rm "$LAB/build/base/etc/deploy.key"
      rm -r "$LAB/build/delta/etc"
      pack_layer base
      pack_layer delta
      replace_layer 0 base
      replace_layer 1 delta
    `),
    withLayoutTools(sh`
      # squashed: one layer with what a container sees
      mkdir "$LAB/build/all"
      cp -a "$LAB/build/base/." "$LAB/build/all/"
      rm "$LAB/build/all/etc/deploy.key" "$LAB/build/all/data/config.txt"
      cp "$LAB/build/delta/hello.txt" "$LAB/build/all/"
      rm -r "$OCI_DIR"
      pack_layer all
      ARCH=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
      write_image all
    `),
  ],
  wrongMends: [
    {
      name: 'the key is taken out of the layer, and the old blob stays in the layout',
      script: withLayoutTools(sh`
        old=$(layer_hash 0)
        cp "$OCI_DIR/blobs/sha256/$old" "$LAB/old"
        rm "$LAB/build/base/etc/deploy.key"
        pack_layer base
        replace_layer 0 base
        cp "$LAB/old" "$OCI_DIR/blobs/sha256/$old"
      `),
      fails: ['gone'],
    },
    {
      name: 'the layer with the key is left out',
      script: withLayoutTools(sh`
        rm "$OCI_DIR/blobs/sha256/$(layer_hash 0)"
        edit_config 'del(.rootfs.diff_ids[0])'
        edit_manifest 'del(.layers[0])'
      `),
      fails: ['content'],
    },
    {
      name: 'the file is emptied, and stays',
      script: withLayoutTools(sh`
        : >"$LAB/build/base/etc/deploy.key"
        rm -r "$LAB/build/delta/etc"
        pack_layer base
        pack_layer delta
        replace_layer 0 base
        replace_layer 1 delta
      `),
      fails: ['content'],
    },
  ],
});
