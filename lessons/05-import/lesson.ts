import { check, fail, pass } from '../../src/engine/check.ts';
import { mistakes } from '../../src/engine/diagnosis.ts';
import { defineLesson } from '../../src/engine/lesson.ts';
import type { Look } from '../../src/engine/look.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import {
  brief,
  chain,
  configDigest,
  containerdFiles,
  digests,
  importedName,
  manifestDigest,
  snapshotList,
  taggedName,
  topChainId,
} from '../facts.ts';
import { othersUntouched, seenHere } from '../witnesses.ts';
import {
  envelopeMistakes,
  imageTar,
  importMistakes,
  seeEnvelope,
  seeImport,
  tagMistakes,
  unpackedMistakes,
} from './mistakes.ts';

const imageNames = seenHere('the names containerd lists', '05-import/import', async (look) => {
  const names = [...(await (await look.containerd()).images()).keys()];
  return names.join(' and ') || undefined;
});

async function importHint(look: Look, found: string | undefined, count: number): Promise<string> {
  if (found !== undefined) {
    return 'That is an image from before you changed something. Pack and import again.';
  }
  if (count > 0) {
    return 'The name comes from the annotation in index.json. Is it handroll:latest there?';
  }
  // They may have been somewhere that forgets.
  return `Import it. What containerd holds lies ${await look.need(containerdFiles)}.`;
}

export const importing = defineLesson({
  id: '05-import',
  title: 'Into containerd',
  intro: text`Until now containerd has done nothing. Hand it the directory, as a tar, and it will do two
    things at once: keep the blobs as they are, and unpack the layers.`,
  picture: {
    drawing: picture`
      oci/ ─► handroll-image.tar ─► ctr images import
                                       ├─► content store  four blobs, verbatim
                                       ├─► image          a name for ${wide(manifestDigest, 9)}
                                       └─► snapshots      the layers, unpacked
    `,
    alt: 'The layout is packed into a tar; importing it fills the content store, makes an image name, and unpacks two snapshots.',
  },
  steps: [
    {
      id: 'pack',
      title: 'Pack the layout',
      why: text`\`ctr images import\` reads a tar of the layout. Nothing about this tar needs pinning: it is
        an envelope. Everything in it is named by its own hash already.`,
      script: sh`
        tar -C "$OCI_DIR" -cf "$WORKDIR/handroll-image.tar" .
        tar -tf "$WORKDIR/handroll-image.tar"
      `,
      builds: true,
      expect: text`The nine names you saw in the tree: six files and the directories.`,
      checks: [
        check('envelope', {
          claim: 'M1',
          says: 'the tar holds the whole layout, every blob intact',
          look: async (look) => {
            const { entries } = await look.need(imageTar);
            const files = new Map(entries.map(({ path, digest }) => [path, digest]));
            const wanted = [
              await look.need(digests.base),
              await look.need(digests.delta),
              await look.need(configDigest),
              await look.need(manifestDigest),
            ];
            const missing = [
              ...['oci-layout', 'index.json'].filter((path) => !files.has(path)),
              ...wanted
                .map((digest) => `blobs/sha256/${digest.slice(7)}`)
                .filter((path) => {
                  return files.get(path) !== `sha256:${path.slice('blobs/sha256/'.length)}`;
                }),
            ];
            if (missing.length === 0) return pass('oci-layout, index.json and four blobs');
            return fail({
              expected: missing.map((path) => path.slice(0, 21)).join(', '),
              actual: 'missing, or not of that hash',
              hint: 'Pack the directory itself: tar -C "$OCI_DIR" -cf … . with the dot at the end.',
            });
          },
          mistakes: mistakes(seeEnvelope, ...envelopeMistakes),
          faults: [
            {
              name: 'packed one directory too high',
              breaks: sh`tar -C "$WORKDIR" -cf "$WORKDIR/handroll-image.tar" oci`,
              says: /it holds oci\/oci-layout, where \.\/oci-layout should be/,
              diagnosis: 'envelope-too-high',
            },
            {
              name: 'it was compressed as well',
              breaks: sh`tar -C "$OCI_DIR" -czf "$WORKDIR/handroll-image.tar" .`,
              says: /handroll-image\.tar is gzip/,
              diagnosis: 'envelope-compressed',
            },
            {
              name: 'a blob got lost on the way',
              breaks: sh`
                tar --delete -f "$WORKDIR/handroll-image.tar" "./blobs/sha256/\${BASE_DIGEST#sha256:}"
              `,
              says: /^blobs\/sha256\/[0-9a-f]{8}…, base, is not in it/m,
              diagnosis: 'envelope-without-blob',
            },
          ],
        }),
      ],
      notice: text`This is what \`docker save\` gives you too, in a newer Docker. Now you know what is in
        one.`,
      hint: text`\`tar -tf\` should list \`./oci-layout\`, not \`./oci/oci-layout\`.`,
    },
    {
      id: 'import',
      title: 'Import it',
      why: text`containerd reads index.json, takes in each blob and hashes it while it does. Then it unpacks
        the layers, and hashes again what came out: that has to be the DiffID in your config. One wrong
        digit anywhere and it stops here.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" images import \
          --base-name handroll "$WORKDIR/handroll-image.tar"
        sudo ctr -n "$CTR_NAMESPACE" images ls
      `,
      owns: [{ kind: 'image', name: importedName }],
      predict: {
        question: 'The article says docker.io/library/handroll:latest. What will it be called?',
        choices: ['docker.io/library/handroll:latest', 'handroll:latest', 'by its digest'],
        ask: async (look) => {
          const names = await (await look.containerd()).images();
          const right = names.has(importedName) ? 1 : names.has(taggedName) ? 0 : 2;
          return { right, said: `containerd lists ${[...names.keys()].join(' and ')}` };
        },
      },
      expect: text`A few lines from the import, then the list of images. An exit code of 0 is not
        enough: with a name it does not like, containerd imports nothing and says nothing. So look.`,
      checks: [
        check('imported', {
          claim: 'M1',
          says: 'the image is there under its name, and points at your manifest',
          look: async (look) => {
            const images = await (await look.containerd()).images();
            const wanted = await look.need(manifestDigest);
            const found = images.get(importedName);
            if (found === wanted) return pass(`${importedName} is ${brief(wanted)}`);
            const others = [...images.keys()].join(', ');
            return fail({
              expected: `${importedName}, ${brief(wanted)}`,
              actual:
                found === undefined
                  ? `no image of that name${others === '' ? '' : `, only ${others}`}`
                  : `it points at ${brief(found)}`,
              hint: await importHint(look, found, images.size),
            });
          },
          mistakes: mistakes(seeImport, ...importMistakes),
          faults: [
            {
              name: 'the image goes by another name',
              breaks: sh`
                sudo ctr -n "$CTR_NAMESPACE" images tag --force handroll:latest other:latest
                sudo ctr -n "$CTR_NAMESPACE" images rm handroll:latest
              `,
              mends: sh`
                sudo ctr -n "$CTR_NAMESPACE" images tag --force other:latest handroll:latest
                sudo ctr -n "$CTR_NAMESPACE" images rm other:latest
              `,
              says: /no image of that name, only other:latest/,
              diagnosis: 'import-other-name',
            },
            {
              name: 'it was imported without a namespace',
              breaks: sh`
                sudo ctr -n "$CTR_NAMESPACE" images rm handroll:latest
                sudo ctr -n default images import --base-name handroll "$WORKDIR/handroll-image.tar"
              `,
              mends: sh`sudo ctr -n default images rm --sync handroll:latest`,
              also: ['target'],
              says: /handroll:latest is in the namespace default/,
              diagnosis: 'import-elsewhere',
            },
          ],
        }),
        check('target', {
          claim: 'M1',
          says: 'ctr shows the bytes of that manifest, and they are yours',
          look: async (look) => {
            const wanted = await look.need(manifestDigest);
            const stored = await (await look.containerd()).blob(wanted);
            const mine = await look.file('oci', 'blobs', 'sha256', wanted.slice(7));
            if (stored !== undefined && mine !== undefined && stored.equals(mine)) {
              return pass(`${stored.length} bytes, the same in oci/blobs and in containerd`);
            }
            return fail({
              expected: `the ${mine?.length ?? 0} bytes of your manifest`,
              actual: stored === undefined ? 'containerd does not have them' : 'other bytes',
              hint: 'Import again: the content store has lost the manifest.',
            });
          },
          mistakes: mistakes(seeImport, ...importMistakes),
          faults: [
            {
              name: 'the manifest was taken out of the content store',
              breaks: sh`sudo ctr -n "$CTR_NAMESPACE" content rm "$MANIFEST_DIGEST"`,
              says: /does not have them/,
            },
          ],
        }),
      ],
      notice: text`Listed: ${imageNames}. The name points at ${manifestDigest}: an image, to containerd, is a
        name and that digest. All else follows from it.`,
      fieldNote: {
        title: 'The name the article promises',
        text: text`The annotation in your index says \`handroll:latest\`, and that is what containerd
          takes. \`--base-name handroll\` only filters. So the article's next command, which runs
          \`docker.io/library/handroll:latest\`, would say "not found". The next step mends that.`,
      },
      hint: text`\`handroll-tour verify "$OCI_DIR"\` goes through the layout rule by rule.`,
    },
    {
      id: 'tag',
      title: 'A second name for the same thing',
      why: text`Docker writes \`handroll\` and means \`docker.io/library/handroll:latest\`. containerd means
        what it says. Give it the long name as well.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" images tag --force \
          handroll:latest docker.io/library/handroll:latest
        sudo ctr -n "$CTR_NAMESPACE" images ls -q
      `,
      owns: [{ kind: 'image', name: taggedName }],
      expect: text`Two names. Nothing was copied.`,
      checks: [
        check('both', {
          claim: 'M2',
          says: 'both names point at the one manifest',
          look: async (look) => {
            const images = await (await look.containerd()).images();
            const wanted = await look.need(manifestDigest);
            const wrong = [importedName, taggedName].filter((name) => images.get(name) !== wanted);
            if (wrong.length === 0)
              return pass(`${importedName} and ${taggedName}: ${brief(wanted)}`);
            return fail({
              expected: `${wrong.join(' and ')}: ${brief(wanted)}`,
              actual: wrong.map((name) => brief(images.get(name) ?? 'sha256:missing')).join(', '),
              hint: 'Tag it again; --force moves a name that exists.',
            });
          },
          mistakes: mistakes(seeImport, ...tagMistakes),
          faults: [
            {
              name: 'the long name was removed',
              breaks: sh`sudo ctr -n "$CTR_NAMESPACE" images rm docker.io/library/handroll:latest`,
              says: /docker\.io\/library\/handroll:latest: /,
            },
            {
              name: 'the library was left out',
              breaks: sh`
                sudo ctr -n "$CTR_NAMESPACE" images tag --force handroll:latest docker.io/handroll:latest
                sudo ctr -n "$CTR_NAMESPACE" images rm docker.io/library/handroll:latest
              `,
              mends: sh`sudo ctr -n "$CTR_NAMESPACE" images rm docker.io/handroll:latest`,
              says: /the other name is docker\.io\/handroll:latest/,
              diagnosis: 'tag-misspelt',
            },
          ],
        }),
      ],
      notice: text`Both say ${manifestDigest}. A tag is a line in a database; moving one moves no bytes.`,
      hint: text`\`ctr images tag\` takes the old name, then the new.`,
    },
    {
      id: 'unpacked',
      title: 'It has unpacked them already',
      why: text`Importing did more than store. Each layer was unpacked into a directory of its own, a
        *snapshot*, on top of the one before. This is where the whiteout was read and acted on: at import,
        long before any container.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" snapshots ls
        sudo ctr namespaces ls
      `,
      expect: text`Two snapshots, both Committed, which means read-only from now on. The first has no
        parent; it is the base.`,
      checks: [
        check('committed', {
          claim: 'M3',
          says: 'there are two committed snapshots for your two layers',
          look: async (look) => {
            const wanted = await look.need(chain);
            const found = await look.need(snapshotList);
            const there = wanted.filter((key) =>
              found.some((each) => each.key === key && each.kind === 'Committed'),
            );
            if (there.length === 2) return pass(there.map(brief).join(' and '));
            return fail({
              expected: `${wanted.map(brief).join(' and ')}, Committed`,
              actual: found.map(({ key, kind }) => `${brief(key)} ${kind}`).join(', ') || 'none',
              hint: 'Import again: containerd unpacks what is not unpacked.',
            });
          },
          mistakes: mistakes(seeImport, ...unpackedMistakes),
          faults: [
            {
              name: 'the upper snapshot was removed',
              breaks: sh`sudo ctr -n "$CTR_NAMESPACE" snapshots rm "$CHAIN_ID"`,
              mends: sh`
                sudo ctr -n "$CTR_NAMESPACE" images import --base-name handroll "$WORKDIR/handroll-image.tar"
              `,
              // Without it nothing refers to the lower one, and that goes with the next collection.
              says: /the image is there, and no snapshot of (delta|either layer)/,
              diagnosis: 'not-unpacked',
            },
          ],
        }),
        check('others', {
          claim: 'P4',
          says: 'the other namespaces are as they were',
          look: othersUntouched,
          faults: [
            {
              name: 'something appeared in another namespace',
              breaks: sh`sudo ctr -n handroll-tour-stranger snapshots prepare theirs`,
              mends: sh`
                sudo ctr -n handroll-tour-stranger snapshots rm theirs
                sudo ctr namespaces rm handroll-tour-stranger
              `,
              says: /changed: handroll-tour-stranger/,
            },
          ],
        }),
      ],
      notice: text`The upper one is called ${topChainId}. That is none of your four hashes: you will compute
        it yourself in lesson 7.`,
      hint: text`\`ctr images check\` says whether an image is complete and unpacked.`,
      looksOnly: true,
    },
  ],
});
