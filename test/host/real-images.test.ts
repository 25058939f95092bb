import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entriesBelow } from '../../lessons/facts/layout.ts';
import { shownValue } from '../../src/oci/attributes.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { cleanPath } from '../../src/oci/layer-entry.ts';
import { ownPlace } from '../helpers/host.ts';
import { cli, jsonLines, type Line, program } from '../helpers/program.ts';

// Layouts that skopeo, umoci and buildah wrote: they verify clean, and what `layers` says their layers
// make together is what umoci puts on disk.

const place = ownPlace();
const { parent } = place;
const { run } = program(place, { options: [] });

afterAll(place.remove);

/** Runs shell lines in the suite's directory. What they mount in it ends with them. */
async function sh(lines: string): Promise<void> {
  const argv = ['--mount', 'bash', '-euo', 'pipefail', '-c', `umask 022\n${lines}`];
  await execa('unshare', argv, { cwd: parent });
}

/** What `verify` says of a layout, without its notes. */
async function verified(layout: string) {
  const { code, stdout, stderr } = await run('verify', join(parent, layout), '--json');
  return { code, stderr, lines: jsonLines(stdout).filter(({ type }) => type !== 'note') };
}

const clean = { code: 0, stderr: '', lines: [{ type: 'result', ok: true, findings: 0 }] };

/** Paths, each with what is compared of it: type, mode, owner, content or target, other names. */
type Listing = Record<string, string>;

/** The directories that no entry names have attributes of no layer's making. */
const impliedDirectory = 'directory, implied';

async function mergedTree(layout: string): Promise<Listing> {
  const { code, stdout, stderr } = await run('layers', join(parent, layout), '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return treeIn(stdout);
}

function treeIn(stdout: string): Listing {
  const lines = jsonLines(stdout);
  const merged = lines.filter(({ type }) => type === 'merged');
  const identity = identities(lines.filter(({ type }) => type === 'entry'));
  const names = grouped(merged.map((line) => [pathOf(line), identity(pathOf(line), line.layer)]));
  return Object.fromEntries(
    merged.map((line) => {
      const path = pathOf(line);
      return [path, line.implied === true ? impliedDirectory : `${factsOf(line)}${names(path)}`];
    }),
  );
}

type Facts = Readonly<Record<string, unknown>>;

function factsOf({ kind, mode, uid, gid, digest, link, major, minor, xattrs }: Facts): string {
  const more = Object.entries(xattrs ?? {}).map(([name, value]) => ` ${name}=${value}`);
  const owner = `${uid}:${gid}${more.join('')}`;
  if (kind === 'symlink') return `symlink ${owner} -> ${link}`;
  const about = {
    file: ` ${digest}`,
    character: ` ${major},${minor}`,
    block: ` ${major},${minor}`,
  };
  return `${kind} ${Number(mode).toString(8)} ${owner}${about[kind as keyof typeof about] ?? ''}`;
}

/** Directories end in a slash. */
const pathOf = ({ path }: Line) => String(path).replace(/\/$/, '');

/** Of a path as some layer sees it: the layer and path at which its hard links end. */
function identities(entries: readonly Line[]) {
  const identity = (path: string, layer: unknown): string => {
    const seen = entries.findLast(
      (entry) => pathOf(entry) === path && Number(entry.layer) <= Number(layer),
    );
    if (seen?.kind !== 'hardlink') return `${seen?.layer} ${path}`;
    return identity(cleanPath(String(seen.link)), seen.layer);
  };
  return identity;
}

/** Says of a path which others have the same identity. */
function grouped(paths: readonly (readonly [path: string, identity: string])[]) {
  const groups = new Map<string, string[]>();
  for (const [path, identity] of paths) {
    groups.set(identity, [...(groups.get(identity) ?? []), path]);
  }
  const identityOf = new Map(paths);
  return (path: string) => {
    const names = groups.get(identityOf.get(path) ?? '') ?? [];
    return names.length < 2 ? '' : ` = ${names.sort()}`;
  };
}

/** What umoci unpacks of an image, which is tagged `latest`. */
async function unpackedTree(layout: string): Promise<Listing> {
  await sh(`rm -rf unpacked; umoci unpack --image ${layout}:latest unpacked`);
  const root = join(parent, 'unpacked/rootfs');
  const paths = entriesBelow(root).map(({ parentPath, name }) =>
    relative(root, join(parentPath, name)),
  );
  const found = paths.map((path) => [path, lstatSync(join(root, path))] as const);
  const attributes = await attributesBelow(root);
  const names = grouped(
    found.map(([path, stat]) => [path, stat.isDirectory() ? path : `inode ${stat.ino}`]),
  );
  return Object.fromEntries(
    found.map(([path, stat]) => [
      path,
      `${factsOf({ ...onDisk(join(root, path), stat), xattrs: attributes(path) })}${names(path)}`,
    ]),
  );
}

/** The extended attributes of everything in a directory, by path, as `layers` writes them. */
async function attributesBelow(root: string) {
  const names = readdirSync(root);
  const options = ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '--'];
  const { stdout } =
    names.length === 0
      ? { stdout: '' }
      : await execa('getfattr', [...options, ...names], { cwd: root });
  const found = new Map<string, Record<string, string>>();
  for (const block of stdout.split('\n\n').filter((text) => text.trim() !== '')) {
    const [file = '', ...lines] = block.trim().split('\n');
    const pairs = lines.map((line): [string, string] => {
      const [name = '', hex = ''] = line.split('=0x');
      return [name, shownValue(Buffer.from(hex, 'hex'))];
    });
    // getfattr writes what is no ASCII in octal.
    const path = file
      .slice('# file: '.length)
      .replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    found.set(Buffer.from(path, 'latin1').toString(), Object.fromEntries(pairs.sort()));
  }
  return (path: string) => found.get(path);
}

function onDisk(path: string, stat: Stats): Facts {
  const attributes = { mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid };
  const device = { major: stat.rdev >> 8, minor: stat.rdev & 0xff };
  if (stat.isFile()) return { ...attributes, kind: 'file', digest: sha256(readFileSync(path)) };
  if (stat.isSymbolicLink()) return { ...attributes, kind: 'symlink', link: readlinkSync(path) };
  if (stat.isDirectory()) return { ...attributes, kind: 'directory' };
  if (stat.isFIFO()) return { ...attributes, kind: 'fifo' };
  return { ...attributes, ...device, kind: stat.isBlockDevice() ? 'block' : 'character' };
}

/** Expects a layout to verify clean, and its tree to be what umoci unpacks of it. */
async function expectSound(layout: string, unpackable = layout) {
  expect(await verified(layout)).toEqual(clean);
  const tree = await mergedTree(layout);
  const unpacked = await unpackedTree(unpackable);
  for (const [path, facts] of Object.entries(tree)) {
    if (facts === impliedDirectory && unpacked[path]?.startsWith('directory'))
      unpacked[path] = impliedDirectory;
  }
  expect(tree).toEqual(unpacked);
  return tree;
}

/** What an image starts from: directories, links of both kinds, special modes, names, devices. */
const makeTree = `
mkdir -p tree/bin tree/etc/skel tree/etc/cron.d tree/usr/lib tree/var/cache/a tree/var/spool tree/run
cp "$(command -v busybox)" tree/bin/busybox
ln -s busybox tree/bin/sh
ln -s usr/lib tree/lib
ln -s /etc/nothing tree/etc/dangling
echo root > tree/etc/passwd
echo job > tree/etc/cron.d/job
ln tree/etc/passwd tree/etc/passwd-
ln tree/etc/passwd tree/var/passwd
ln -P tree/bin/sh tree/bin/ash
: > tree/etc/empty
echo 1 > tree/var/cache/a/one
echo 2 > tree/var/cache/two
echo so > tree/usr/lib/so.1
install -m 4755 /dev/null tree/bin/su
install -m 2750 -o 12 -g 34 /dev/null tree/bin/mail
install -d -m 1777 tree/tmp
install -m 0 -o 4000000 -g 4000000 /dev/null tree/etc/shadow
echo long > "tree/var/spool/$(printf 'n%.0s' {1..200})"
mkdir -p "tree/var/spool/$(printf 'd%.0s' {1..120})/$(printf 'e%.0s' {1..120})"
echo deep > "tree/var/spool/$(printf 'd%.0s' {1..120})/$(printf 'e%.0s' {1..120})/file"
echo 'é' > 'tree/etc/skel/blåbær grød'
mkfifo -m 600 tree/run/fifo
setcap cap_net_raw+ep tree/bin/mail
setfattr -n user.note -v 'a text' tree/etc/passwd
setfattr -n user.bytes -v 0x00ff tree/etc/skel
truncate -s 5000001 tree/var/holes
printf end | dd of=tree/var/holes bs=1 seek=3000000 conv=notrunc status=none
mknod -m 666 tree/run/null c 1 3
mknod -m 640 tree/run/disk b 8 17`;

beforeAll(async () => {
  const { code, stderr } = await program(place).run('run', '--to', '04-layout');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await sh(makeTree);
});

describe('skopeo copy', () => {
  test.each([
    ['to a layout', 'oci:w/oci oci:copied:latest', 'copied'],
    ['to an archive', 'oci:w/oci oci-archive:copied.tar:latest', 'copied.tar'],
    ['to zstd', '--dest-compress-format zstd oci:w/oci oci:zstd:latest', 'zstd'],
    ['into a Docker archive', 'oci:w/oci docker-archive:docker.tar:a/b:c', undefined],
    ['out of a Docker archive', 'docker-archive:docker.tar oci:docker:latest', 'docker'],
  ])('%s', async (_, operands, layout) => {
    await sh(`skopeo copy -q ${operands}`);
    if (layout !== undefined) await expectSound(layout, 'copied');
  });

  test('a Docker archive is read as it is, and verify says what it is', async () => {
    await sh('skopeo copy -q oci:w/oci docker-archive:as-it-is.tar:a/b:c');
    const archive = join(parent, 'as-it-is.tar');
    const { code, stdout, stderr } = await run('layers', archive, '--json');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('docker archive'),
    });
    expect(treeIn(stdout)).toEqual(await mergedTree('w/oci'));
    const verdict = await run('verify', archive);
    expect(verdict.code).toBe(1);
    expect(verdict.stdout).toContain(`skopeo copy docker-archive:${archive} oci:oci:latest`);
  });

  test('an archive comes through standard input as well', async () => {
    await sh('skopeo copy -q oci:w/oci oci-archive:piped.tar:latest');
    const input = readFileSync(join(parent, 'piped.tar'));
    const { stdout } = await execa(process.execPath, [cli, 'layers', '-', '--json'], { input });
    expect(treeIn(stdout)).toEqual(await mergedTree('w/oci'));
    const hello = await execa(process.execPath, [cli, 'layers', '-', '--cat', 'hello.txt'], {
      input,
    });
    expect(hello.stdout).toBe('hello from delta');
  });

  test('what skopeo writes for dir: is recognised', async () => {
    await sh('skopeo copy -q oci:w/oci dir:as-dir');
    const { code, stdout } = await run('layers', join(parent, 'as-dir'));
    expect(code).toBe(1);
    expect(stdout).toContain(`skopeo copy dir:${join(parent, 'as-dir')} oci:oci:latest`);
  });

  test.each([
    ['compressed by it', 'packed', ''],
    ['as they are', 'plain', '--dest-oci-accept-uncompressed-layers'],
  ])('of layer tars, %s', async (_, layout, option) => {
    await sh(`
tar -C tree -cf lower.tar --format=gnu .
tar -C tree -czf upper.tar.gz --format=pax --sparse --xattrs --xattrs-include='*' --exclude=bin ./etc ./var usr/lib
skopeo copy -q ${option} tarball:lower.tar:upper.tar.gz oci:${layout}:latest`);
    const tree = await expectSound(layout);
    // What was packed with attributes and without holes is seen with both.
    expect(tree['etc/passwd']).toContain('user.note=a text');
    const { stdout } = await run('verify', join(parent, layout), '--json');
    const notes = jsonLines(stdout).filter(({ type }) => type === 'note');
    expect(notes).toContainEqual(expect.objectContaining({ rule: 'layer-sparse' }));
  });
});

describe('containerd', () => {
  test('an image that it holds is looked at by its name, and an export verifies', async () => {
    const tour = program(place);
    expect(await tour.run('run', '--to', '05-import')).toMatchObject({ code: 0 });
    const held = 'docker.io/library/handroll:latest';
    const { code, stdout } = await tour.run('layers', `ctr:${held}`, '--json');
    expect(code).toBe(0);
    expect(treeIn(stdout)).toEqual(await mergedTree('w/oci'));
    expect((await tour.run('verify', `ctr:${held}`)).code).toBe(0);
    const none = await tour.run('layers', 'ctr:nothing');
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining(held) });
    const exported = join(parent, 'exported.tar');
    await tour.run('shell', '-c', `ctr -n "$CTR_NAMESPACE" images export ${exported} ${held}`);
    expect(await run('compare', exported, join(parent, 'w/oci'))).toMatchObject({ code: 0 });
  });
});

describe('umoci, one layer upon the other', () => {
  /** Changes the tree on disk, and makes a layer of the difference. */
  const repack = (lines: string) => `
rm -rf bundle
umoci unpack --image made:latest bundle
(cd bundle/rootfs; ${lines})
umoci repack --image made:latest bundle`;
  const insert = (operands: string) => `umoci insert --image made:latest ${operands}`;

  test.each<[change: string, lines: string, has: string[], hasNot?: string[]]>([
    ['no layer yet', 'umoci init --layout made; umoci new --image made:latest', []],
    ['a tree', insert('tree /'), ['bin/ash', 'run/disk']],
    [
      'a file in directories that have no entry',
      insert('tree/etc/passwd /opt/a/b/c'),
      ['opt/a/b/c'],
    ],
    ['a whiteout', insert('--whiteout /etc/cron.d'), ['etc'], ['etc/cron.d', 'etc/cron.d/job']],
    [
      'an opaque directory',
      insert('--opaque tree/etc /var/cache'),
      ['var/cache/skel'],
      ['var/cache/two'],
    ],
    ['nothing new', repack(':'), []],
    [
      'removed, renamed and new',
      repack(`rm -r opt/a etc/empty; mv usr/lib usr/lib64; mkdir -p new/er; echo n > new/er/n`),
      ['usr/lib64/so.1', 'new/er/n', 'opt'],
      ['opt/a', 'etc/empty', 'usr/lib', 'usr/lib/so.1'],
    ],
    [
      'other attributes',
      repack('chmod 4711 bin/busybox; chmod 700 etc; chown 7:8 etc/skel; chmod 2755 bin/mail'),
      ['etc/skel'],
    ],
    [
      'links: new ones, others, and files of their own',
      repack(`
ln -sfn usr/lib64 lib; ln etc/passwd etc/other; ln run/fifo run/other; echo of > new/first
ln new/first new/second; rm etc/passwd-; cp etc/passwd etc/passwd-; ln -f bin/su bin/mail`),
      ['etc/other', 'new/second'],
    ],
    ['a file for a directory', repack('rm -r var/spool; echo file > var/spool'), ['var/spool']],
    [
      'and a directory for it again',
      repack('rm var/spool; mkdir -m 750 var/spool; echo in > var/spool/in'),
      ['var/spool/in'],
    ],
    ['a symlink for a directory', repack('rm -r new/er; ln -s ../etc new/er'), ['new/er']],
    ['a directory for a symlink', repack('rm lib; mkdir lib; echo in > lib/in'), ['lib/in']],
    ['everything gone', repack('rm -r ./*'), [], ['bin']],
  ])('%s', async (_, lines, has, hasNot = []) => {
    await sh(lines);
    const paths = Object.keys(await expectSound('made'));
    expect(paths).toEqual(expect.arrayContaining(has));
    expect(paths.filter((path) => hasNot.includes(path))).toEqual([]);
  });

  test('layers made by hand: a marker after what it spares, links into lower layers', async () => {
    await sh(`
umoci init --layout hand
umoci new --image hand:latest
mkdir -p hand1/a/b hand1/keep hand2/a/c hand2/keep
echo 1 > hand1/a/1; echo 2 > hand1/a/b/2; echo 3 > hand1/keep/3
echo 4 > hand2/a/c/4; : > hand2/a/.wh..wh..opq; : > hand2/keep/.wh.none; cp -a hand1/keep/3 hand2/keep/3
ln hand2/keep/3 hand2/link
tar -C hand1 -cf hand1.tar a/b/2 a/1 keep
tar -C hand2 -cf hand2.tar a/c/4 keep/3 link keep/.wh.none a/.wh..wh..opq
tar -f hand2.tar --delete keep/3
umoci raw add-layer --image hand:latest hand1.tar
umoci raw add-layer --image hand:latest hand2.tar`);
    const tree = await expectSound('hand');
    expect(tree).toMatchObject({ a: impliedDirectory, link: tree['keep/3'] });
    expect(Object.keys(tree)).toEqual(['a', 'a/c', 'a/c/4', 'keep', 'keep/3', 'link']);
  });
});

describe('buildah', () => {
  const buildah = 'buildah --root "$PWD/storage" --runroot "$PWD/storage-run" --storage-driver vfs';
  // Left alone, later versions raise the limits, which not every root may.
  const isolated = '--isolation chroot --ulimit nofile=1024:1024 --ulimit nproc=1024:1024';

  test('from scratch, copy, commit', async () => {
    await sh(`
name=$(${buildah} from scratch)
${buildah} copy -q "$name" tree /
${buildah} config --cmd /bin/sh --label a=b "$name"
${buildah} commit -q --format oci "$name" base
${buildah} commit -q --format oci "$name" oci:scratch:latest`);
    await expectSound('scratch');
  });

  test('run upon that, and commit', async () => {
    await sh(`
name=$(${buildah} from ${isolated} --pull-never base)
${buildah} run --isolation chroot "$name" -- /bin/busybox sh -c '
  PATH=/bin; busybox rm -r /etc/cron.d /var/cache; busybox mkdir -p /new /var/cache/b
  echo new > /new/first; busybox ln /new/first /new/second; busybox ln -s first /new/third
  busybox rm -r /var/spool; echo file > /var/spool; busybox chmod 4711 /new/first'
${buildah} commit -q --format oci "$name" oci:ran:latest`);
    const tree = await expectSound('ran');
    expect(Object.keys(tree)).toEqual(expect.arrayContaining(['new/second', 'var/cache/b']));
    expect(Object.keys(tree)).not.toContain('etc/cron.d');
  });

  test('build with a layer for each step, into an archive and an index in the index', async () => {
    await sh(`
cat > Containerfile <<'END'
FROM scratch
COPY bin /bin
COPY etc /etc
RUN /bin/busybox rm -r /etc/skel
RUN ["/bin/busybox", "sh", "-c", "busybox mkdir /etc/skel; echo new > /etc/skel/new"]
END
${buildah} build -q ${isolated} --layers --format oci -t built -f Containerfile tree
${buildah} push -q built oci:built:latest
${buildah} push -q built oci-archive:built.tar:latest
${buildah} manifest create list built
${buildah} manifest push -q --all list oci:list:latest`);
    await expectSound('built');
    await expectSound('built.tar', 'built');
    await expectSound('list', 'built');
  });

  test('with the metadata of zstd:chunked, by skopeo', async () => {
    await sh('skopeo copy -q --dest-compress-format zstd:chunked oci:built oci:chunked:latest');
    await expectSound('chunked', 'built');
  });
});
