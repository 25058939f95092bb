import { describe, expect, test } from 'vitest';
import { installCommands, parseOsRelease } from '../../../src/host/packages.ts';

const systems = {
  debian: `PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
NAME="Debian GNU/Linux"
VERSION_ID="13"
ID=debian
HOME_URL="https://www.debian.org/"
`,
  ubuntu: 'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nNAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n',
  mint: 'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\nPRETTY_NAME="Linux Mint 22"\n',
  fedora: 'NAME="Fedora Linux"\nID=fedora\nPRETTY_NAME="Fedora Linux 41 (Server Edition)"\n',
  rocky: `NAME="Rocky Linux"
ID="rocky"
ID_LIKE="rhel centos fedora"
PRETTY_NAME="Rocky Linux 9.4 (Blue Onyx)"
`,
  alpine: "NAME='Alpine Linux'\nID=alpine\nPRETTY_NAME='Alpine Linux v3.20'\n",
  arch: 'NAME="Arch Linux"\nPRETTY_NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n',
  endeavour: 'NAME="EndeavourOS"\nID=endeavouros\nID_LIKE=arch\n',
  tumbleweed: `NAME="openSUSE Tumbleweed"
ID="opensuse-tumbleweed"
ID_LIKE="opensuse suse"
PRETTY_NAME="openSUSE Tumbleweed"
`,
  leap: 'NAME="openSUSE Leap"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\n',
  nixos: 'NAME=NixOS\nID=nixos\nPRETTY_NAME="NixOS 24.05 (Uakari)"\n',
  nothing: '',
  broken: '# a comment\nno equals sign\n=\nID\n',
} as const;

test.each<[keyof typeof systems, string, string | undefined]>([
  ['debian', 'Debian GNU/Linux 13 (trixie)', 'apt'],
  ['ubuntu', 'Ubuntu 24.04.1 LTS', 'apt'],
  ['mint', 'Linux Mint 22', 'apt'],
  ['fedora', 'Fedora Linux 41 (Server Edition)', 'dnf'],
  ['rocky', 'Rocky Linux 9.4 (Blue Onyx)', 'dnf'],
  ['alpine', 'Alpine Linux v3.20', 'apk'],
  ['arch', 'Arch Linux', 'pacman'],
  ['endeavour', 'EndeavourOS', 'pacman'],
  ['tumbleweed', 'openSUSE Tumbleweed', 'zypper'],
  ['leap', 'openSUSE Leap', 'zypper'],
  ['nixos', 'NixOS 24.05 (Uakari)', undefined],
  ['nothing', 'this system', undefined],
  ['broken', 'this system', undefined],
])('os-release of %s: %s, %s', (system, name, manager) => {
  expect(parseOsRelease(systems[system])).toEqual({ name, manager });
});

describe('installCommands', () => {
  const missing = ['ctr', 'containerd', 'runc', 'busybox', 'jq', 'stat', 'sha256sum', 'unshare'];

  test.each<[keyof typeof systems, string[]]>([
    [
      'debian',
      [
        'apt-get update',
        'apt-get install -y --no-install-recommends busybox-static containerd coreutils jq runc util-linux',
      ],
    ],
    ['fedora', ['dnf install -y busybox containerd coreutils jq runc util-linux']],
    ['alpine', ['apk add busybox-static containerd containerd-ctr coreutils jq runc util-linux']],
    ['arch', ['pacman -S --needed --noconfirm busybox containerd coreutils jq runc util-linux']],
    [
      'leap',
      [
        'zypper --non-interactive install busybox-static containerd containerd-ctr coreutils jq runc util-linux',
      ],
    ],
  ])('on %s', (system, commands) => {
    expect(installCommands(parseOsRelease(systems[system]), missing)).toEqual(commands);
  });

  test('mount has a package of its own where apt is', () => {
    expect(installCommands(parseOsRelease(systems.ubuntu), ['mount'])?.[1]).toMatch(/ mount$/);
  });

  test.each(Object.entries(systems))(
    'on %s nothing is installed if nothing is missing',
    (_, text) => {
      expect(installCommands(parseOsRelease(text), [])).toEqual([]);
    },
  );

  test.each(['nixos', 'nothing'] as const)('on %s there is no command', (system) => {
    expect(installCommands(parseOsRelease(systems[system]), ['jq'])).toBeUndefined();
  });
});
