import { check, fail, pass } from '../../src/engine/check.ts';
import { defineLesson } from '../../src/engine/lesson.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { sha256, short } from '../../src/oci/digest.ts';
import { configDigest, diffIds, digests, manifestDigest } from '../facts.ts';
import { agree, lyingSum, seenHere, sumByTool } from '../witnesses.ts';

const original = seenHere('address/original', '01-what-is-an-image/address', (look) =>
  look.file('address', 'original'),
);
const changed = seenHere('address/changed', '01-what-is-an-image/address', (look) =>
  look.file('address', 'changed'),
);

const differing = seenHere('how many bytes differ', '01-what-is-an-image/address', async (look) => {
  const one = await look.need(original);
  const other = await look.need(changed);
  const longest = Math.max(one.length, other.length);
  return Array.from({ length: longest }, (_, at) => at).filter((at) => one[at] !== other[at])
    .length;
});

const hashOfOriginal = seenHere(
  'the hash of original',
  '01-what-is-an-image/address',
  async (look) => short(sha256(await look.need(original))),
);
const hashOfChanged = seenHere('the hash of changed', '01-what-is-an-image/address', async (look) =>
  short(sha256(await look.need(changed))),
);

/** How many of 64 hexadecimal digits two digests share, place by place. */
function sharedDigits(one: string, other: string): number {
  const [a, b] = [one.slice('sha256:'.length), other.slice('sha256:'.length)];
  return [...a].filter((digit, at) => digit === b[at]).length;
}

const name = /^[0-9a-f]{64}$/;

export const whatIsAnImage = defineLesson({
  id: '01-what-is-an-image',
  title: 'What is an image?',
  intro: text`An image is not one file. It is a short list of trees, stacked in order, and a few
    documents that name them by the hash of their bytes.`,
  picture: {
    drawing: picture`
      index.json
        └─► manifest         ${wide(manifestDigest, 9)}
              ├─► config     ${wide(configDigest, 9)}  what to run; the DiffIDs
              ├─► layer 0    ${wide(digests.base, 9)}  base:  DiffID ${wide(diffIds.base, 9)}
              └─► layer 1    ${wide(digests.delta, 9)}  delta: DiffID ${wide(diffIds.delta, 9)}
    `,
    alt: 'The index points at the manifest; the manifest points at the config and at two layers, base below and delta on top.',
  },
  steps: [
    {
      id: 'address',
      title: 'A name that is made of the content',
      why: text`A tag such as \`latest\` can point anywhere tomorrow. A *digest* cannot: it is the
        SHA-256 of the bytes themselves. Whoever has the digest can tell, without trusting anyone,
        whether these are the bytes that were meant.`,
      script: sh`
        mkdir -p "$WORKDIR/address"
        printf 'hello from base\n' >"$WORKDIR/address/original"
        printf 'hello from bass\n' >"$WORKDIR/address/changed"
        sha256sum <"$WORKDIR/address/original"
        sha256sum <"$WORKDIR/address/changed"
      `,
      predict: {
        question: 'One letter of sixteen bytes changes. How much of the hash stays?',
        choices: ['most of it', 'about half', 'next to nothing'],
        ask: async (look) => {
          const one = sha256(await look.need(original));
          const other = sha256(await look.need(changed));
          const shared = sharedDigits(one, other);
          const right = shared > 48 ? 0 : shared > 20 ? 1 : 2;
          return { right, said: `${shared} of 64 digits are the same, about what chance gives` };
        },
      },
      expect: text`Two lines of 64 hexadecimal digits. Compare them by eye.`,
      checks: [
        check('one-byte', {
          claim: 'I2',
          says: 'one byte differs between the files, and their digests tell',
          look: async (look) => {
            const bytes = await look.need(differing);
            const one = await look.need(hashOfOriginal);
            const other = await look.need(hashOfChanged);
            if (bytes === 1 && one !== other) return pass(`${one}… became ${other}…`);
            return fail({
              expected: 'two files that differ in one byte',
              actual: `${bytes} bytes differ, ${one}… and ${other}…`,
              hint: 'Change exactly one letter of address/changed.',
            });
          },
          faults: [
            {
              name: 'the copy was not changed',
              breaks: sh`cp "$WORKDIR/address/original" "$WORKDIR/address/changed"`,
              says: /0 bytes differ/,
            },
          ],
        }),
        check('two-witnesses', {
          claim: 'I2',
          says: 'our own hash and sha256sum agree',
          look: async (look) => {
            const ours = sha256(await look.need(original));
            const theirs = await sumByTool(look, look.path('address', 'original'));
            return agree(ours, theirs, 'sha256sum', `${short(ours)}…`);
          },
          faults: [lyingSum],
        }),
      ],
      notice: text`${hashOfOriginal}… and ${hashOfChanged}…: nothing in one tells you how near the
        other is. That is why a digest is a name and not a description. It is also why every check of
        this tour reads bytes: a hash that somebody printed proves nothing.`,
      hint: text`\`cmp -l original changed\` lists the bytes that differ.`,
    },
    {
      id: 'graph',
      title: 'Documents that point at documents',
      why: text`If a file is named by its hash, a document can hold that name and so vouch for the
        file. A second document can vouch for the first. Whoever trusts the one at the top can check
        all the rest. That is the entire structure of an image, and it fits in a dozen lines of shell.`,
      script: sh`
        blobs="$WORKDIR/address/blobs"
        rm -rf "$blobs"
        mkdir "$blobs"
        put() { # stores its input under its own hash, and says the hash
          cat >"$blobs/new"
          name=$(sha256sum <"$blobs/new" | cut -d' ' -f1)
          mv "$blobs/new" "$blobs/$name"
          echo "$name"
        }
        layer=$(put <"$WORKDIR/address/original")
        manifest=$(echo "layer $layer" | put)
        echo "manifest $manifest" >"$WORKDIR/address/index"
        cat "$WORKDIR/address/index" "$blobs/$manifest" "$blobs/$layer"
      `,
      expect: text`Three small files of a line each. The index is the only one with a name somebody chose.`,
      checks: [
        check('followed', {
          claim: 'I1',
          says: 'from the index, each name leads to bytes with that hash',
          look: async (look) => {
            let document = await look.file('address', 'index');
            const seen: string[] = [];
            for (const kind of ['manifest', 'layer']) {
              const [word, target = ''] = (document ?? '').toString().trim().split(' ');
              if (word !== kind || !name.test(target)) {
                return fail({
                  expected: `a line "${kind} HASH"`,
                  actual: document === undefined ? 'no such file' : document.toString().trim(),
                  hint: 'Run the step again: it makes the three files anew.',
                });
              }
              document = await look.file('address', 'blobs', target);
              const found = document === undefined ? 'nothing' : sha256(document).slice(7);
              if (found !== target) {
                return fail({
                  expected: `bytes that hash to ${target.slice(0, 8)}…`,
                  actual:
                    found === 'nothing'
                      ? 'no such blob'
                      : `its bytes hash to ${found.slice(0, 8)}…`,
                  hint: 'A blob was changed after it was named. Its name is what noticed.',
                });
              }
              seen.push(`${kind} ${target.slice(0, 8)}…`);
            }
            return pass(`index to ${seen.join(' to ')}`);
          },
          faults: [
            {
              name: 'a blob changes behind its name',
              breaks: sh`
                layer=$(sha256sum <"$WORKDIR/address/original" | cut -d' ' -f1)
                echo 'one more line' >>"$WORKDIR/address/blobs/$layer"
              `,
              says: /its bytes hash to/,
            },
          ],
        }),
      ],
      notice: text`Change the layer, and its name changes; so the manifest changes, so *its* name
        changes, and so does the index. Nothing below can move without the top noticing. The picture of this
        lesson is the same thing in an image's own words. Keep an eye on it: its digests appear as you make
        them.`,
      hint: text`\`sha256sum\` a file in \`address/blobs\` and compare with its name.`,
    },
  ],
});
