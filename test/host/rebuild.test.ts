import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lessons } from '../../lessons/index.ts';
import { keyOf, placesOf } from '../../src/engine/lesson.ts';
import { sh } from '../../src/engine/script.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { ownPlace, realSession } from '../helpers/host.ts';
import { type Learner, ownLearner } from '../helpers/learner.ts';
import { program } from '../helpers/program.ts';

/*
 * `handroll-tour script` writes a script that builds the learner's image again. Here it does, in empty
 * directories, in a shell that knows nothing of the tour, and every byte is compared.
 */

const place = ownPlace(`it's "here" & more`);
const command = program(place);
let tour: Awaited<ReturnType<typeof realSession>>;

beforeAll(async () => {
  tour = await realSession(place);
});
afterAll(async () => {
  await tour.session.close();
  place.remove();
});

/** Every step that makes a part of the image, by its script. */
async function build() {
  for (const at of placesOf(lessons).filter(({ step }) => step.builds)) {
    const { phase } = await tour.perform(at);
    expect(phase, keyOf(at)).toBe('passed');
  }
}

/** Everything that the image is, by its bytes. */
function imageIn(directory: string) {
  const read = (...parts: string[]) => readFileSync(join(directory, ...parts));
  return {
    diffIds: ['base', 'delta'].map((name) => sha256(read(`${name}-layer.tar`))),
    digests: ['base', 'delta'].map((name) => sha256(read(`${name}-layer.tar.gz`))),
    index: read('oci', 'index.json').toString(),
    marker: read('oci', 'oci-layout').toString(),
    blobs: readdirSync(join(directory, 'oci/blobs/sha256')).map((name) => [
      name,
      sha256(read('oci/blobs/sha256', name)),
    ]),
  };
}

let count = 0;
/** A new, empty directory beside the working directory. */
function empty(): string {
  count += 1;
  const directory = join(place.parent, `again ${count}`);
  mkdirSync(directory);
  return directory;
}

async function written(): Promise<string> {
  const { code, stdout } = await command.run('script');
  expect(code).toBe(0);
  const file = join(place.parent, 'rebuild.sh');
  writeFileSync(file, stdout);
  return file;
}

/** Runs it in a shell that has been told nothing: another time zone, another umask, no home. */
async function rebuilt(
  file: string,
  {
    args = [],
    env = {},
    cwd = empty(),
    through = [],
  }: { args?: string[]; env?: NodeJS.ProcessEnv; cwd?: string; through?: string[] } = {},
) {
  const [first = '', ...more] = [...through, 'bash', '-c', 'umask 077; exec bash "$@"', 'bash'];
  const { PATH = '' } = process.env;
  const { exitCode, stdout, stderr } = await execa(first, [...more, file, ...args], {
    env: { PATH, TZ: 'EST5', ...env },
    extendEnv: false,
    cwd,
    stdin: 'ignore',
    reject: false,
  });
  return { code: exitCode, stdout, stderr, directory: cwd };
}

describe('before anything is built', () => {
  test('the script builds what the lessons build, and says that it cannot compare', async () => {
    const file = await written();
    const { code, stdout, stderr, directory } = await rebuilt(file);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('There was none to compare it with');
    const { code: valid, stdout: findings } = await command.run('verify', join(directory, 'oci'));
    expect(findings).toContain('valid');
    expect(valid).toBe(0);
  });

  test('it is not tied to a terminal, a directory or a user', async () => {
    const file = await written();
    const directory = empty();
    await execa('chown', ['12345:12345', directory]);
    await execa('chmod', ['755', place.parent]);
    const through = ['setpriv', '--reuid=12345', '--regid=12345', '--clear-groups'];
    const { code, stderr } = await rebuilt(file, { cwd: directory, through });
    expect(code, stderr).toBe(0);
    const other = await rebuilt(file, { cwd: '/', args: [join(empty(), 'made for it')] });
    expect(imageIn(directory)).toEqual(imageIn(other.stdout.match(/in (.*)\/oci\./)?.[1] ?? ''));
  });
});

describe('the image of the lessons', () => {
  beforeAll(build);

  test('comes out the same, digest by digest', async () => {
    const { code, stdout, stderr, directory } = await rebuilt(await written());
    expect(code, stderr).toBe(0);
    expect(imageIn(directory)).toEqual(imageIn(place.workdir));
    expect(stdout.match(/: the same$/gm)).toHaveLength(6);
    expect(stdout).toContain('The same image.');
  });

  test('the script holds its digests for comparing only, and nothing of this machine', async () => {
    const text = readFileSync(await written(), 'utf8');
    const manifest = /^EXPECTED_MANIFEST_DIGEST='(.*)'$/m.exec(text)?.[1] ?? '';
    expect(imageIn(place.workdir).blobs.map(([name]) => `sha256:${name}`)).toContain(manifest);
    expect(text.split(manifest)).toHaveLength(2);
    expect(text).not.toContain(place.parent);
  });

  test('shellcheck has nothing to say', async () => {
    const { stdout, exitCode } = await execa('shellcheck', [await written()], { reject: false });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
  });

  test('another program in it: the script stops, and names what to do', async () => {
    const other = join(place.parent, 'other busybox');
    await execa('sh', ['-c', '{ cat "$1"; echo; } >"$2"', 'sh', '/bin/busybox', other]);
    const file = await written();
    const stopped = await rebuilt(file, { env: { BUSYBOX: other } });
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toContain('would make another image');
    expect(readdirSync(stopped.directory)).toEqual([]);
    const insisted = await rebuilt(file, { env: { BUSYBOX: other, BUSYBOX_SHA256: '' } });
    expect(insisted.code).toBe(1);
    expect(insisted.stdout).toMatch(/^the DiffID of base: another$/m);
    expect(insisted.stdout).toMatch(/^the DiffID of delta: the same$/m);
    expect(insisted.stdout).toMatch(/^the digest of the manifest: another$/m);
    expect(insisted.stderr).toContain('This is another image.');
  });

  test('a directory with something in it is left alone', async () => {
    const directory = empty();
    writeFileSync(join(directory, 'thesis.tex'), 'mine');
    const { code, stderr } = await rebuilt(await written(), { cwd: directory });
    expect(code).toBe(1);
    expect(stderr).toContain('is not empty');
    expect(readdirSync(directory)).toEqual(['thesis.tex']);
  });

  test.each([[['one', 'two']], [['--help']], [['']]])('%j is told the usage', async (args) => {
    const { code, stderr, directory } = await rebuilt(await written(), { args });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^Usage: bash /) });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('where no device can be made, the script says so', async () => {
    const directory = empty();
    const overlay =
      'cd "$1" && mkdir lower upper work merged && mount -t tmpfs tmpfs upper && ' +
      'mkdir upper/up upper/work && ' +
      'mount -t overlay overlay -o lowerdir=lower,upperdir=upper/up,workdir=upper/work merged && ' +
      'shift && exec "$@"';
    const through = ['unshare', '--mount', 'sh', '-c', overlay, 'sh', directory];
    const { code, stderr } = await rebuilt(await written(), { args: ['merged/here'], through });
    expect(code).toBe(1);
    expect(stderr).toContain('cannot hold a device');
  });

  test('what is missing is named', async () => {
    const tools = empty();
    const kept = 'bash sh tar sha256sum stat mknod cut ls mkdir'.split(' ');
    await execa(
      'sh',
      ['-c', 'for it in "$@"; do ln -s "$(command -v "$it")" .; done', 'sh', ...kept],
      { cwd: tools },
    );
    // Root's directories are looked in as well, so they have to be empty ones.
    const file = await written();
    const alone = readFileSync(file, 'utf8').replace(/^PATH=.*$/m, '');
    writeFileSync(file, alone);
    const { code, stderr } = await rebuilt(file, { env: { PATH: tools } });
    expect(code).toBe(1);
    expect(stderr).toBe('There is no gzip here: install it first.');
  });
});

describe("an image in its maker's own words", () => {
  beforeAll(build);

  test('the plain whiteout, a config with a date and awkward words, documents on one line', async () => {
    const { code, output } = await tour.script(sh`
      rm "$WORKDIR/build/delta/data/.wh.config.txt"
      : >"$WORKDIR/build/delta/data/.wh.config.txt"
      cd "$WORKDIR"
      for layer in base delta; do
        tar -C "$WORKDIR/build/$layer" --format=gnu --sort=name \
          --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
          --owner=0 --group=0 --numeric-owner -cf "$layer-layer.tar" .
        gzip -n -k -f "$layer-layer.tar"
      done
      rm -r "$OCI_DIR/blobs"
      mkdir -p "$OCI_DIR/blobs/sha256"
      store() {
        cat >stored
        digest=$(sha256sum <stored | cut -d' ' -f1)
        mv stored "$OCI_DIR/blobs/sha256/$digest"
      }
      for layer in base delta; do
        store <"$layer-layer.tar.gz"
      done
      jq -n --arg arch "$ARCH" --arg base "sha256:$(sha256sum <base-layer.tar | cut -d' ' -f1)" \
        --arg delta "sha256:$(sha256sum <delta-layer.tar | cut -d' ' -f1)" '{
          created: "2026-02-03T04:05:06Z",
          author: "a \"b\" $(touch c) \`touch d\` \${HOME} \\\\ '"'"'e'"'"'",
          architecture: $arch, os: "linux",
          config: {Cmd: ["/bin/sh"]},
          rootfs: {type: "layers", diff_ids: [$base, $delta]}
        }' >config
      echo >>config
      store <config
      config=$digest
      layers=$(for layer in base delta; do
        digest=$(sha256sum <"$layer-layer.tar.gz" | cut -d' ' -f1)
        jq -nc --arg digest "sha256:$digest" --argjson size "$(stat -c %s "$layer-layer.tar.gz")" \
          '{mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: $digest, size: $size}'
      done | jq -sc .)
      jq -ncj --arg digest "sha256:$config" --argjson size "$(stat -c %s config)" \
        --argjson layers "$layers" '{
          layers: $layers,
          config: {
            mediaType: "application/vnd.oci.image.config.v1+json", digest: $digest, size: $size
          },
          mediaType: "application/vnd.oci.image.manifest.v1+json", schemaVersion: 2
        }' | store
      rm config
    `);
    expect(code, output).toBe(0);
    const index = placesOf(lessons).find((at) => keyOf(at) === '04-layout/index');
    if (index === undefined) throw new Error('no such step');
    expect((await tour.perform(index)).phase).toBe('passed');

    const file = await written();
    const text = readFileSync(file, 'utf8');
    // The hashes in its documents are what they come to, and not what they once were.
    expect(text.match(/\$\{BASE_DIFFID\}/g)).toHaveLength(1);
    const { code: ended, stdout, stderr, directory } = await rebuilt(file);
    expect(ended, stderr).toBe(0);
    expect(stdout).toContain('The same image.');
    expect(imageIn(directory)).toEqual(imageIn(place.workdir));
    expect(readdirSync(directory).sort()).toEqual([
      'base-layer.tar',
      'base-layer.tar.gz',
      'build',
      'delta-layer.tar',
      'delta-layer.tar.gz',
      'handroll-image.tar',
      'oci',
    ]);
  });
});

describe('without root, and with no containerd running', () => {
  const theirs = ownPlace();
  let the: Learner;
  beforeAll(async () => {
    the = await ownLearner(theirs);
  });
  afterAll(() => the.close());

  test("the learner's script is made of the lessons', and comes out the same", async () => {
    const rootless = the.program(['--privilege', 'rootless']);
    const run = await rootless.run('run', '--to', '05-import/pack');
    expect(run.code, run.stdout + run.stderr).toBe(0);
    const { stdout: text, stderr } = await rootless.run('script');
    expect(stderr).toBe('');
    expect(text).toContain('\ntouch "$WORKDIR/build/delta/data/.wh.config.txt"\n');
    expect(text).not.toContain("in its maker's own words");
    const file = join(place.parent, 'theirs.sh');
    writeFileSync(file, text);
    const again = await rebuilt(file);
    expect(again.code, again.stderr).toBe(0);
    expect(imageIn(again.directory)).toEqual(imageIn(theirs.workdir));
  });
});

describe('-o FILE', () => {
  test('writes it there, to be run; a file that exists is left alone', async () => {
    const file = join(empty(), 'rebuild.sh');
    const first = await command.run('script', '-o', file);
    expect(first).toMatchObject({ code: 0, stdout: '' });
    expect(first.stderr).toContain(`bash ${file} DIR`);
    const target = join(empty(), 'image');
    expect((await execa(file, [target], { reject: false })).exitCode).toBe(0);
    writeFileSync(file, 'notes');
    expect(await command.run('script', '-o', file)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('--force'),
    });
    expect(readFileSync(file, 'utf8')).toBe('notes');
    expect(await command.run('script', '-o', file, '--force')).toMatchObject({ code: 0 });
    expect(readFileSync(file, 'utf8')).toContain('set -euo pipefail');
  });

  test('says so where cleaning up would take it away, or where it cannot be', async () => {
    const inside = await command.run('script', '-o', join(place.workdir, 'rebuild.sh'));
    expect(inside.stderr).toContain('cleanup will remove it too');
    const nowhere = await command.run('script', '-o', join(place.parent, 'none/rebuild.sh'));
    expect(nowhere).toMatchObject({ code: 4, stderr: expect.stringContaining('ENOENT') });
  });
});
