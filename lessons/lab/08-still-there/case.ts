import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { rebuildByHand } from '../by-hand.ts';
import { fail, layoutOf, pass, sameImage, ticketPrints } from '../checks.ts';
import { withLayoutTools } from '../script.ts';

const toDelete = ['data/config.txt', 'data/notes.txt'];

export const stillThere = labCase({
  id: '08-still-there',
  title: 'The second layer deletes two files, and a container has both',
  level: 1,
  after: '08-run',
  ticket: {
    from: 'the build team',
    text: text`Our second layer deletes \`data/config.txt\` and \`data/notes.txt\`, and \`data/keep.txt\` should
      stay. There are two whiteouts in the layer, you can see them with \`tar tf\`. A container shows all
      three files. Does containerd ignore whiteouts?`,
  },
  symptom: sh`
    tar -C "$OCI_DIR" -cf "$IMAGE_TAR" .
    sudo ctr -n "$CTR_NAMESPACE" images import "$IMAGE_TAR"
    sudo ctr -n "$CTR_NAMESPACE" run --rm handroll:latest lab /bin/sh -c 'echo /data/*' </dev/null
  `,
  prints: /^\/data\/config\.txt \/data\/keep\.txt \/data\/notes\.txt\s*$/m,
  adds: withLayoutTools(sh`
    echo 'to be kept' >"$LAB/build/base/data/keep.txt"
    echo 'old notes' >"$LAB/build/base/data/notes.txt"
    : >"$LAB/build/delta/data/.wh.notes.txt"
    pack_layer base
    pack_layer delta
    replace_layer 0 base
    replace_layer 1 delta
  `),
  breaks: withLayoutTools(sh`
    mv "$LAB/build/delta/data/.wh.config.txt" "$LAB/build/delta/.wh.config.txt"
    mv "$LAB/build/delta/data/.wh.notes.txt" "$LAB/build/delta/data/.wh.notes"
    pack_layer delta
    replace_layer 1 delta
  `),
  checks: [
    ticketPrints(
      'a container shows only what was to be kept',
      /^\/data\/keep\.txt\s*$/m,
      // The shell leaves a pattern as it is if no file matches.
      (line) => (line === '/data/*' ? '/data is empty' : `it prints: ${line}`),
    ),
    ...sameImage,
    {
      id: 'deleted',
      says: 'the base layer still has both files, and the second layer deletes them',
      observe: async (look) => {
        const layout = await layoutOf(look);
        if (typeof layout === 'string') return fail(layout);
        const { layers, stack } = layout.layers;
        const base = layers[0]?.layer?.entries ?? [];
        const isInBase = (path: string) =>
          base.some((entry) => entry.path === path && entry.kind === 'file' && entry.size > 0);
        if (!toDelete.every(isInBase)) return fail("the base layer isn't as it was");
        return toDelete.some((path) => stack.tree.has(path))
          ? fail("it doesn't delete both")
          : pass('both are in the base layer, and not in the image');
      },
    },
  ],
  hints: [
    { text: text`How does a whiteout tell which file it hides? It takes two things.` },
    {
      text: text`A whiteout has to be in the directory of the file that it hides, and its name is \`.wh.\` and the
        whole name of the file. Compare the two with the files that they should hide, letter by letter.`,
      command: `tar tf "$LAB/base-layer.tar"; tar tf "$LAB/delta-layer.tar"`,
    },
    {
      text: text`Rename both in \`build/delta\`, and build the image again.`,
      command: `mv "$LAB/build/delta/.wh.config.txt" "$LAB/build/delta/data/.wh.config.txt"
mv "$LAB/build/delta/data/.wh.notes" "$LAB/build/delta/data/.wh.notes.txt"
${rebuildByHand}`,
    },
  ],
  debrief: {
    was: text`One whiteout was a directory too high, and the other had only a part of the file's name. Each of them
      was a valid whiteout, of a file that doesn't exist. That's allowed, and containerd accepts it. If it
      unpacks as root, the second snapshot has two character devices 0,0, \`config.txt\` and \`data/notes\`, and
      they hide nothing.`,
    find: text`Look at the layers and not at the container. \`handroll-tour layers "$OCI_DIR"\` prints next to each
      whiteout which path it hides. If no lower layer has that path, you've found it.`,
    field: text`Builders and readers get whiteouts wrong in several ways, of which these reports have three: a builder
      lost them when a layer came from its cache (kaniko#704), a reader took \`.wh..wh..opq\` for the whiteout of a
      file named \`.wh..opq\` (go-containerregistry#2372), and builders wrote whiteouts that nothing needs (umoci#254,
      kaniko#2050). Most tools accept a whiteout of nothing, containerd among them. But \`docker load\` failed
      when there was one below a directory that was deleted as a whole.`,
    issues: [
      'GoogleContainerTools/kaniko#704',
      'google/go-containerregistry#2372',
      'opencontainers/umoci#254',
      'GoogleContainerTools/kaniko#2050',
    ],
    prevent: text`A test that looks for what should be gone. A builder should refuse to write a whiteout for a path that
      no lower layer has.`,
  },
  solutions: [
    withLayoutTools(sh`
      mv "$LAB/build/delta/.wh.config.txt" "$LAB/build/delta/data/.wh.config.txt"
      mv "$LAB/build/delta/data/.wh.notes" "$LAB/build/delta/data/.wh.notes.txt"
      pack_layer delta
      replace_layer 1 delta
    `),
    withLayoutTools(sh`
      # the directory is made opaque, and what is to be kept comes again
      rm "$LAB/build/delta/.wh.config.txt" "$LAB/build/delta/data/.wh.notes"
      : >"$LAB/build/delta/data/.wh..wh..opq"
      cp "$LAB/build/base/data/keep.txt" "$LAB/build/delta/data"
      pack_layer delta
      replace_layer 1 delta
    `),
  ],
  wrongMends: [
    {
      name: 'the files are deleted from the base layer',
      script: withLayoutTools(sh`
        rm "$LAB/build/base/data/config.txt" "$LAB/build/base/data/notes.txt"
        pack_layer base
        replace_layer 0 base
      `),
      fails: ['deleted'],
    },
    {
      name: 'everything is in one layer, and the second is empty',
      script: withLayoutTools(sh`
        rm "$LAB/build/base/data/config.txt" "$LAB/build/base/data/notes.txt"
        mv "$LAB/build/delta/hello.txt" "$LAB/build/base/hello.txt"
        find "$LAB/build/delta" -mindepth 1 -delete
        pack_layer base
        pack_layer delta
        replace_layer 0 base
        replace_layer 1 delta
      `),
      fails: ['deleted'],
    },
    {
      name: 'only one of the two whiteouts is mended',
      script: withLayoutTools(sh`
        mv "$LAB/build/delta/data/.wh.notes" "$LAB/build/delta/data/.wh.notes.txt"
        pack_layer delta
        replace_layer 1 delta
      `),
      fails: ['command', 'content', 'deleted'],
    },
    {
      name: 'the whole directory is made opaque',
      script: withLayoutTools(sh`
        : >"$LAB/build/delta/data/.wh..wh..opq"
        pack_layer delta
        replace_layer 1 delta
      `),
      fails: ['command', 'content'],
    },
    {
      name: 'the files are emptied instead',
      script: withLayoutTools(sh`
        : >"$LAB/build/delta/data/config.txt"
        : >"$LAB/build/delta/data/notes.txt"
        pack_layer delta
        replace_layer 1 delta
      `),
      fails: ['command', 'content', 'deleted'],
    },
  ],
});
