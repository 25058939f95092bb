import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { lessons } from '../../../lessons/index.ts';
import { type Original, rebuildScript } from '../../../lessons/rebuild.ts';
import { placesOf } from '../../../src/engine/lesson.ts';

const nothingKnown: Original = {
  busybox: undefined,
  architecture: 'amd64',
  namespace: 'spelunking',
  whiteout: 'device',
  digests: {},
  documents: {},
  unmet: [],
};

const building = placesOf(lessons).filter(({ step }) => step.builds);
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** What bash makes of a part of it: nothing is built. */
function bash(script: string) {
  const { stdout, stderr, status } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
    encoding: 'utf8',
    // A pipe of Node's is a socket, for which bash may read a start-up file.
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout;
}

/** The lines of it that set a variable. */
function assignment(script: string, name: string): string {
  return script.match(new RegExp(`^${name}=[^]*?(?=\\n[A-Z#\\n])`, 'm'))?.[0] ?? '';
}

describe('the script that builds an image again', () => {
  const script = rebuildScript(nothingKnown);

  test('has every building step, as the lesson has it, under its title', () => {
    expect(building.length).toBeGreaterThan(5);
    for (const { step } of building) {
      expect(script).toContain(`\n# ${step.title}\n${step.script.source}\n`);
    }
  });

  test.each(building.map(({ step }) => [step.title, step] as const))(
    '%s: every variable was given a value before',
    (_, { script: { source } }) => {
      const before = script.slice(0, script.indexOf(source));
      const wanted = source.match(/(?<=\$\{?)[A-Z][A-Z_]+/g) ?? [];
      for (const name of wanted) expect(before).toMatch(new RegExp(`^(export )?${name}=`, 'm'));
    },
  );

  test('expects nothing where nothing is known', () => {
    expect(script.match(/^EXPECTED_[A-Z_]+=$/gm)).toHaveLength(6);
  });

  test('holds what is known, to compare with', () => {
    const known = rebuildScript({ ...nothingKnown, digests: { MANIFEST_DIGEST: digest } });
    expect(known).toContain(`\nEXPECTED_MANIFEST_DIGEST='${digest}'\n`);
    expect(known.match(/^EXPECTED_[A-Z_]+=$/gm)).toHaveLength(5);
  });

  test.each([["a'; touch b; '"], ['$(touch b)'], ['`touch b`'], ['two\nlines'], ['\\'], ['']])(
    'an architecture of %j stays a value',
    (architecture) => {
      const text = rebuildScript({ ...nothingKnown, architecture });
      expect(bash(`${assignment(text, 'ARCH')}\nprintf %s "$ARCH"`)).toBe(architecture);
    },
  );

  test('makes a device or an empty file, as the image has it', () => {
    const plain = rebuildScript({ ...nothingKnown, whiteout: 'file' });
    expect(script).toMatch(/^mknod "\$WORKDIR\/.*\.wh\.config\.txt" c 0 0$/m);
    expect(plain).toMatch(/^touch "\$WORKDIR\/.*\.wh\.config\.txt"$/m);
    expect(plain).not.toContain('mknod "');
  });

  test('is all comment after the image is made', () => {
    const last = script.slice(script.lastIndexOf('\nfi\n') + 4).trim();
    expect(last).toContain('images import');
    for (const line of last.split('\n')) expect(line).toMatch(/^#/);
  });
});

describe('a document in its maker’s own words', () => {
  test.each([
    ['plain', '{"a": 1}\n'],
    ['without a last newline', '{"a": 1}'],
    ['with more of them', '{\n}\n\n\n'],
    ['what a shell acts upon', `{"a": "$HOME \${HOME} $(touch b) \`touch b\` \\\\ \\" '"}\n`],
    ['the word that ends it', '{\nEND\nEND_\n}\n'],
    ['the word that ends it, last', '{\nEND'],
    ['carriage returns', '{\r\n}\r\n'],
    ['other alphabets', '{"by": "Ω ж 漢 🦀"}\n'],
  ])('%s', (_, document) => {
    const text = rebuildScript({
      ...nothingKnown,
      documents: { '04-layout/config': document },
    });
    const from = text.indexOf("# the config of this image is in its maker's own words");
    const part = text.slice(from, text.indexOf('digest=$(sha256sum <"$OCI_DIR/document"'));
    const read = `OCI_DIR=$(mktemp -d)\n${part}\ncat "$OCI_DIR/document"\nrm -r "$OCI_DIR"`;
    expect(bash(read)).toBe(document);
  });

  test('a hash in it is what it comes to when the script is run', () => {
    const text = rebuildScript({
      ...nothingKnown,
      digests: { BASE_DIFFID: digest },
      documents: { '04-layout/config': `["${digest}"]\n` },
    });
    expect(text).toMatch(/^\["\$\{BASE_DIFFID\}"\]$/m);
  });
});
