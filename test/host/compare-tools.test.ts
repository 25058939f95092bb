import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../src/oci/documents.ts';
import { ownPlace } from '../helpers/host.ts';
import { jsonLines, program } from '../helpers/program.ts';
import { layout, writeLayout } from '../unit/oci/helpers/layouts.ts';

// Pairs that real tools make of one tree: of each, `compare` tells the causes, and no others.

const place = ownPlace();
const { parent } = place;
const { run } = program(place, { options: [] });

afterAll(place.remove);

async function sh(lines: string): Promise<void> {
  const argv = ['--mount', 'bash', '-euo', 'pipefail', '-c', `umask 022\n${lines}`];
  await execa('unshare', argv, { cwd: parent, env: { TZ: 'UTC' } });
}

/** A layout whose one layer is this tar, stored as another file has it. */
async function image(name: string, tar: string, stored = tar): Promise<string> {
  const layer = readFileSync(join(parent, tar));
  const packed = () => readFileSync(join(parent, stored));
  const types: Readonly<Record<string, string>> = {
    gz: mediaTypes.layerGzip,
    zst: mediaTypes.layerZstd,
  };
  const layerType = types[stored.split('.').at(-1) ?? ''] ?? mediaTypes.layer;
  const home = join(parent, name);
  mkdirSync(home);
  await writeLayout(await layout({ layers: [layer], packed, layerType }), home);
  return home;
}

async function causes(a: string, b: string, remark = ''): Promise<unknown[]> {
  const { code, stdout, stderr } = await run('compare', a, b, '--json');
  expect(code).toBe(1);
  expect(stderr).toContain(remark);
  if (remark === '') expect(stderr).toBe('');
  const differences = jsonLines(stdout).filter(({ type }) => type === 'difference');
  return [...new Set(differences.map(({ cause }) => cause))].sort();
}

const gnu = 'tar --format=gnu --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner';

beforeAll(async () => {
  await sh(`
mkdir -p tree/bin tree/etc
cp "$(command -v busybox)" tree/bin/busybox
ln tree/bin/busybox tree/bin/sh
echo hello > tree/etc/motd
dd if=/dev/zero of=tree/etc/holes bs=1M seek=4 count=0 status=none
echo end >> tree/etc/holes
${gnu} -C tree -cf base.tar .`);
});

describe('tars of one tree', () => {
  test.each<[string, string, string[]]>([
    ['of another time', `${gnu} --mtime=@7 -C tree -cf other.tar .`, ['build-time']],
    ['of another owner', `${gnu} --owner=7 -C tree -cf other.tar .`, ['owner']],
    [
      'with names of owners',
      `tar --format=gnu --sort=name --mtime=@0 -C tree -cf other.tar .`,
      ['owner-names'],
    ],
    ['under another umask', `${gnu} --mode=go-rx -C tree -cf other.tar .`, ['permissions']],
    [
      'in another order',
      `(cd tree; find . | LC_ALL=C sort -r) | ${gnu} -C tree --no-recursion -T - -cf other.tar`,
      ['hard-links', 'order'],
    ],
    ['from another place', `${gnu} -C tree -cf other.tar bin etc`, ['entries', 'names']],
    ['as ustar', `${gnu} --format=ustar -C tree -cf other.tar .`, ['format']],
    ['as pax', `${gnu} --format=posix -C tree -cf other.tar .`, ['format', 'pax']],
    ['without hard links', `${gnu} --hard-dereference -C tree -cf other.tar .`, ['hard-links']],
    [
      'with holes left out',
      `${gnu} --format=posix --pax-option=delete=atime,delete=ctime --sparse -C tree -cf other.tar .`,
      ['format', 'sparse'],
    ],
    ['padded otherwise', `${gnu} -b 1 -C tree -cf other.tar .`, ['padding']],
  ])('%s', async (name, lines, expected) => {
    await sh(`rm -f other.tar; ${lines}`);
    const [a, b] = [await image(`${name} a`, 'base.tar'), await image(`${name} b`, 'other.tar')];
    expect(await causes(a, b)).toEqual(expected);
  });

  test.each<[string, string, string[]]>([
    ['an edit', 'echo bye > other/etc/motd', ['content']],
    ['a file more', 'echo new > other/etc/new', ['entries']],
    ['a capability', 'setcap cap_net_raw+ep other/bin/busybox', ['xattrs']],
    ['an attribute', 'setfattr -n user.note -v text other/etc/motd', ['xattrs']],
  ])('%s', async (name, lines, expected) => {
    const xattrs = `tar --format=posix --xattrs --xattrs-include='*' --pax-option=delete=atime,delete=ctime,exthdr.name=x --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner`;
    await sh(`
rm -rf other; cp -a tree other; ${lines}
${xattrs} -C tree -cf one.tar .
${xattrs} -C other -cf other.tar .`);
    const [a, b] = [await image(`${name} a`, 'one.tar'), await image(`${name} b`, 'other.tar')];
    const found = await causes(a, b);
    expect(found.filter((cause) => cause !== 'format')).toEqual(expected);
  });

  test('by busybox', async () => {
    await sh('busybox tar -C tree -cf other.tar .');
    const found = await causes(await image('bb a', 'base.tar'), await image('bb b', 'other.tar'));
    // What the disk has first is chance, and with it which name of a file is the link.
    const chance = ['order', 'hard-links'];
    expect(found.filter((cause) => !chance.includes(String(cause)))).toEqual([
      'build-time',
      'owner-names',
      'padding',
    ]);
  });

  test('a whiteout that is a device, and one that is a file', async () => {
    await sh(`
mkdir -p device file; mknod device/.wh.a c 0 0; chmod 644 device/.wh.a; : > file/.wh.a
for each in device file; do ${gnu} -C $each -cf $each.tar .; done`);
    expect(
      await causes(await image('wh a', 'device.tar'), await image('wh b', 'file.tar')),
    ).toEqual(['whiteout']);
  });
});

describe('one tar, stored by', () => {
  test.each<[string, string, string, string[]]>([
    ['gzip without -n', 'gzip -k -f', 'gzip -n', ['gzip-header']],
    ['another level', 'gzip -n -1', 'gzip -n -9', ['gzip-data']],
    ['another gzip', 'gzip -n', 'pigz -n', ['gzip-data']],
  ])('%s', async (name, one, other, expected) => {
    const how = (command: string) =>
      command.includes(' -k') ? `cp base.tar x; ${command} x; mv x.gz` : `${command} < base.tar >`;
    await sh(`${how(one)} one.gz; ${how(other)} other.gz`);
    const [a, b] = [
      await image(`stored ${name} a`, 'base.tar', 'one.gz'),
      await image(`stored ${name} b`, 'base.tar', 'other.gz'),
    ];
    const found = await causes(a, b);
    expect(found).toEqual(expect.arrayContaining(expected));
    expect(found.filter((cause) => !String(cause).startsWith('gzip-'))).toEqual([]);
  });

  test('zstd', async () => {
    await sh('gzip -n < base.tar > one.gz; zstd -q -f base.tar -o other.zst');
    const [a, b] = [
      await image('zstd a', 'base.tar', 'one.gz'),
      await image('zstd b', 'base.tar', 'other.zst'),
    ];
    expect(await causes(a, b)).toEqual(['compression']);
  });
});

describe('images by tools', () => {
  const buildah = 'buildah --root "$PWD/storage" --runroot "$PWD/storage-run" --storage-driver vfs';
  const at = (name: string) => join(parent, name);

  beforeAll(async () => {
    await sh(`
umoci init --layout made; umoci new --image made:latest; umoci raw add-layer --image made:latest base.tar
umoci config --image made:latest --created 2025-01-01T00:00:00Z --no-history`);
  });

  test('skopeo: to zstd, and of a docker archive', async () => {
    await sh(`
skopeo copy -q --dest-compress-format zstd oci:made:latest oci:zstd:latest
skopeo copy -q oci:made:latest docker-archive:docker.tar:a/b:c`);
    // A later umoci annotates its layers, which skopeo leaves out.
    const stored = await causes(at('made'), at('zstd'));
    expect(stored.filter((cause) => cause !== 'value')).toEqual(['compression']);
    const found = await causes(at('made'), at('docker.tar'), 'is a docker archive');
    expect(found).toContain('compression');
    expect(found).not.toContain('content');
  });

  test('umoci: another author, and another zone', async () => {
    await sh(`
cp -a made author; umoci config --image author:latest --author someone --no-history
cp -a made zone; umoci config --image zone:latest --created 2025-01-01T09:00:00+09:00 --no-history`);
    expect(await causes(at('made'), at('author'))).toEqual(['value']);
    expect(await causes(at('made'), at('zone'))).toEqual(['time-zone']);
  });

  test('buildah: another time, and an index around the image', async () => {
    await sh(`
name=$(${buildah} from scratch)
${buildah} copy -q "$name" tree /
${buildah} commit -q --format oci --timestamp 0 "$name" oci:early:latest
${buildah} commit -q --format oci --timestamp 86400 "$name" oci:late:latest
${buildah} commit -q --format oci --timestamp 0 "$name" built
${buildah} push -q built oci:alone:latest
${buildah} manifest create list built
${buildah} manifest push -q --all list oci:list:latest`);
    const found = await causes(at('early'), at('late'));
    expect(found).toContain('config-time');
    expect(found).not.toContain('content');
    const { code, stdout } = await run('compare', at('alone'), at('list'));
    expect(stdout).toContain('The same image, byte for byte');
    expect(code).toBe(0);
  });

  test('jq: a config in other bytes', async () => {
    await sh(`
cp -a made spelled; b=spelled/blobs/sha256
m=$(jq -r '.manifests[0].digest[7:]' spelled/index.json); c=$(jq -r '.config.digest[7:]' $b/$m)
put() { h=$(sha256sum < "$1" | cut -d' ' -f1); mv "$1" "$b/$h"; echo "$h"; }
jq . $b/$c > c; s=$(stat -c %s c); c=$(put c)
jq -c --arg d sha256:$c --argjson s $s '.config.digest=$d | .config.size=$s' $b/$m > m; s=$(stat -c %s m); m=$(put m)
jq -c --arg d sha256:$m --argjson s $s '.manifests[0].digest=$d | .manifests[0].size=$s' spelled/index.json > i; mv i spelled/index.json`);
    expect(await causes(at('made'), at('spelled'))).toEqual(['notation']);
  });
});
