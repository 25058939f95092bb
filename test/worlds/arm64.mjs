// The same Debian for arm64, without running anything of it here: the root of the amd64 machine, with the
// arm64 packages unpacked over it. What installing them made, users, links and units, is the same on both.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootFile } from './machine.mjs';

/*
 * The kernel of arm64 has its disk driver in a module, so it starts from a few of them and a busybox.
 */
const init = `#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /new
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
for module in $(/bin/busybox cat /modules); do /bin/busybox insmod "/lib/$module"; done
for tries in 1 2 3 4 5 6 7 8 9 10; do
  /bin/busybox [ -b /dev/vda ] && break
  /bin/busybox sleep 1
done
/bin/busybox mount -t ext4 /dev/vda /new
/bin/busybox mount -o move /dev /new/dev
/bin/busybox umount /proc
exec /bin/busybox switch_root /new /sbin/init
`;

const build = `
  cp -a "$AMD64" "$ROOT"
  cd "$ROOT"
  mount -t proc proc proc
  mkdir debs
  chroot . dpkg --add-architecture arm64
  chroot . apt-get -qq update
  packages=$(chroot . dpkg-query -W -f '\${Package} \${Architecture}\\n' | sed -n '/^linux-/d; s/ amd64$/:arm64/p')
  (cd debs && chroot .. sh -c 'cd /debs && apt-get -qq download "$@"' sh linux-image-arm64:arm64 $packages)
  kernel=$(dpkg-deb -f debs/linux-image-arm64_* Depends | sed 's/ .*//')
  chroot . sh -c 'cd /debs && apt-get -qq download "$1:arm64"' sh "$kernel"
  umount proc
  rm -rf boot/* lib/modules/* usr/lib/modules/* etc/ld.so.cache
  rm -rf usr/lib/x86_64-linux-gnu
  for each in debs/*.deb; do dpkg-deb --fsys-tarfile "$each" | tar -x --keep-directory-symlink; done
  rm -rf debs
  version=\${kernel#linux-image-}
  mount --bind "$ROOT" "$AMD64/mnt"
  chroot "$AMD64" depmod -b /mnt "$version"
  mkdir -p "$INITRD/bin" "$INITRD/lib"
  for module in virtio_pci virtio_mmio virtio_blk crc32c_generic ext4; do
    chroot "$AMD64" modprobe -d /mnt -S "$version" --show-depends "$module" || :
  done | sed -n 's/^insmod //p' | awk '!seen[$1]++ { print $1 }' >"$INITRD/list"
  while read -r path; do
    name=$(basename "$path" .xz)
    from="$AMD64$path"
    case $path in *.xz) xz -dc "$from" ;; *) cat "$from" ;; esac >"$INITRD/lib/$name"
    echo "$name"
  done <"$INITRD/list" >"$INITRD/modules"
  rm "$INITRD/list"
  cp "$ROOT/usr/bin/busybox" "$INITRD/bin/busybox"
  cp "$FILES/init" "$INITRD/init"
  chmod 755 "$INITRD/init"
  mkdir "$INITRD/dev" && mknod "$INITRD/dev/console" c 5 1
  mount --bind "$INITRD" "$AMD64/mnt"
  chroot "$AMD64" sh -c 'cd /mnt && find . | busybox cpio -o -H newc' | gzip -1 >"$ROOT/boot/initrd.img-$version"`;

const mark = '.handroll-tour-arm64';

/**
 * Its root, kernel and first files: those that are there, or new ones.
 *
 * @param {string} amd64 the root of the amd64 machine
 * @param {{ roots: string, rebuild: boolean, say: (line: string) => void }} options
 */
export function arm64From(amd64, { roots, rebuild, say }) {
  const root = join(roots, 'machine-arm64');
  if (rebuild || !existsSync(join(root, mark))) {
    say('The arm64 machine: making its root from that of amd64 …');
    const files = join(roots, 'arm64-files');
    for (const path of [root, files]) rmSync(path, { recursive: true, force: true });
    mkdirSync(files, { recursive: true });
    writeFileSync(join(files, 'init'), init);
    const own = ['--mount', '--propagation', 'private'];
    execFileSync('unshare', [...own, 'bash', '-euo', 'pipefail', '-c', build], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        AMD64: amd64,
        ROOT: root,
        FILES: files,
        INITRD: join(files, 'initrd'),
        LC_ALL: 'C.UTF-8',
      },
    });
    writeFileSync(join(root, mark), '');
  }
  return { root, kernel: bootFile(root, 'vmlinuz-'), initrd: bootFile(root, 'initrd.img-') };
}
