import { describe, expect, test } from 'vitest';
import type { ToolId } from '../../../../src/host/preflight/needed-tools.ts';
import { installation, parseOsRelease } from '../../../../src/host/preflight/packages.ts';

/** What their os-release files say, as far as it matters. */
const systems = {
  debian: `PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
NAME="Debian GNU/Linux"
VERSION_ID="13"
ID=debian
HOME_URL="https://www.debian.org/"
`,
  ubuntu:
    'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n',
  mint: 'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\nPRETTY_NAME="Linux Mint 22"\n',
  pop: 'NAME="Pop!_OS"\nID=pop\nID_LIKE="ubuntu debian"\nPRETTY_NAME="Pop!_OS 22.04 LTS"\n',
  raspbian:
    'PRETTY_NAME="Raspbian GNU/Linux 12 (bookworm)"\nID=raspbian\nID_LIKE=debian\nVERSION_ID="12"\n',
  fedora:
    'NAME="Fedora Linux"\nID=fedora\nVERSION_ID=41\nPRETTY_NAME="Fedora Linux 41 (Server Edition)"\n',
  silverblue: `NAME="Fedora Linux"
ID=fedora
VERSION_ID=41
VARIANT_ID=silverblue
OSTREE_VERSION='41.20241029.0'
PRETTY_NAME="Fedora Linux 41.20241029.0 (Silverblue)"
`,
  rhel: 'NAME="Red Hat Enterprise Linux"\nID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.4"\n',
  rocky: `NAME="Rocky Linux"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="9.4"
PRETTY_NAME="Rocky Linux 9.4 (Blue Onyx)"
`,
  alma: 'NAME="AlmaLinux"\nID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="10.0"\n',
  centos: 'NAME="CentOS Stream"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="9"\n',
  oracle: 'NAME="Oracle Linux Server"\nID="ol"\nID_LIKE="fedora"\nVERSION_ID="9.4"\n',
  eurolinux: 'NAME="EuroLinux"\nID="eurolinux"\nID_LIKE="rhel fedora centos"\nVERSION_ID="9.3"\n',
  amazon: 'NAME="Amazon Linux"\nID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"\n',
  alpine: "NAME='Alpine Linux'\nID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME='Alpine Linux v3.20'\n",
  arch: 'NAME="Arch Linux"\nPRETTY_NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n',
  archarm: 'NAME="Arch Linux ARM"\nID=archarm\nID_LIKE=arch\n',
  manjaro: 'NAME="Manjaro Linux"\nPRETTY_NAME="Manjaro Linux"\nID=manjaro\nID_LIKE=arch\n',
  endeavour: 'NAME="EndeavourOS"\nID=endeavouros\nID_LIKE=arch\n',
  tumbleweed: `NAME="openSUSE Tumbleweed"
ID="opensuse-tumbleweed"
ID_LIKE="opensuse suse"
VERSION_ID="20241101"
PRETTY_NAME="openSUSE Tumbleweed"
`,
  leap: 'NAME="openSUSE Leap"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.6"\n',
  sles: 'NAME="SLES"\nID="sles"\nID_LIKE="suse"\nVERSION_ID="15.6"\n',
  nixos: 'NAME=NixOS\nID=nixos\nPRETTY_NAME="NixOS 24.05 (Uakari)"\n',
  nothing: '',
  broken: '# a comment\nno equals sign\n=\nID\n',
} as const;
type System = keyof typeof systems;

test.each<[System, string, string | undefined]>([
  ['debian', 'Debian GNU/Linux 13 (trixie)', 'debian'],
  ['ubuntu', 'Ubuntu 24.04.1 LTS', 'debian'],
  ['mint', 'Linux Mint 22', 'debian'],
  ['pop', 'Pop!_OS 22.04 LTS', 'debian'],
  ['raspbian', 'Raspbian GNU/Linux 12 (bookworm)', 'debian'],
  ['fedora', 'Fedora Linux 41 (Server Edition)', 'fedora'],
  ['silverblue', 'Fedora Linux 41.20241029.0 (Silverblue)', 'ostree'],
  ['rhel', 'Red Hat Enterprise Linux', 'rhel'],
  ['rocky', 'Rocky Linux 9.4 (Blue Onyx)', 'rhel'],
  ['alma', 'AlmaLinux', 'rhel'],
  ['centos', 'CentOS Stream', 'rhel'],
  ['oracle', 'Oracle Linux Server', 'rhel'],
  ['eurolinux', 'EuroLinux', 'rhel'],
  ['amazon', 'Amazon Linux', 'amazon'],
  ['alpine', 'Alpine Linux v3.20', 'alpine'],
  ['arch', 'Arch Linux', 'arch'],
  ['archarm', 'Arch Linux ARM', 'arch'],
  ['manjaro', 'Manjaro Linux', 'arch'],
  ['endeavour', 'EndeavourOS', 'arch'],
  ['tumbleweed', 'openSUSE Tumbleweed', 'suse'],
  ['leap', 'openSUSE Leap', 'suse'],
  ['sles', 'SLES', 'suse'],
  ['nixos', 'NixOS 24.05 (Uakari)', undefined],
  ['nothing', 'this system', undefined],
  ['broken', 'this system', undefined],
])('os-release of %s: %s, %s', (system, name, family) => {
  expect(parseOsRelease(systems[system])).toMatchObject({ name, family });
});

const on = (system: System, ...missing: ToolId[]) =>
  installation(parseOsRelease(systems[system]), missing);

describe('installation', () => {
  const missing = [
    'ctr',
    'containerd',
    'runc',
    'busybox',
    'jq',
    'stat',
    'sha256sum',
    'unshare',
  ] as const;
  const docker = (folder: string) => [
    'dnf install -y dnf-plugins-core',
    `dnf config-manager --add-repo https://download.docker.com/linux/${folder}/docker-ce.repo`,
  ];
  const rhelPackages = 'dnf install -y busybox containerd.io coreutils jq util-linux';

  test.each<[System, string[]]>([
    [
      'debian',
      [
        'apt-get update',
        'apt-get install -y --no-install-recommends busybox-static containerd coreutils jq runc util-linux',
      ],
    ],
    ['fedora', ['dnf install -y busybox containerd coreutils jq runc util-linux']],
    [
      'silverblue',
      [
        'rpm-ostree install -y --idempotent --apply-live busybox containerd coreutils jq runc util-linux',
      ],
    ],
    [
      'rhel',
      [
        ...docker('rhel'),
        'dnf install -y https://dl.fedoraproject.org/pub/epel/epel-release-latest-9.noarch.rpm',
        rhelPackages,
      ],
    ],
    ['rocky', [...docker('rhel'), 'dnf install -y epel-release', rhelPackages]],
    ['alma', [...docker('centos'), 'dnf install -y epel-release', rhelPackages]],
    ['centos', [...docker('centos'), 'dnf install -y epel-release', rhelPackages]],
    ['oracle', [...docker('centos'), 'dnf install -y oracle-epel-release-el9', rhelPackages]],
    [
      'amazon',
      [
        'dnf install -y spal-release',
        'dnf install -y busybox containerd coreutils jq runc util-linux',
      ],
    ],
    ['alpine', ['apk add busybox-static containerd containerd-ctr coreutils jq runc util-linux']],
    ['arch', ['pacman -S --needed --noconfirm busybox containerd coreutils jq runc util-linux']],
    [
      'leap',
      [
        'zypper --non-interactive install busybox-static containerd containerd-ctr coreutils jq runc util-linux',
      ],
    ],
  ])('on %s', (system, commands) => {
    expect(on(system, ...missing)?.commands).toEqual(commands);
  });

  test('a repository is added only for what comes from it', () => {
    expect(on('rocky', 'jq', 'tree')?.commands).toEqual(['dnf install -y jq tree']);
    expect(on('rocky', 'busybox')?.commands).toEqual([
      'dnf install -y epel-release',
      'dnf install -y busybox',
    ]);
    expect(on('amazon', 'runc')?.commands).toEqual(['dnf install -y runc']);
  });

  test("on Alpine what is busybox's is replaced by the real ones", () => {
    expect(on('alpine', 'tar', 'gzip', 'timeout', 'unshare', 'bash')?.commands).toEqual([
      'apk add bash coreutils gzip tar util-linux',
    ]);
  });

  test.each<[System, RegExp]>([
    ['rocky', /Docker's repository.*EPEL/],
    ['amazon', /SPAL/],
    ['alpine', /community/],
    ['arch', /pacman -Syu/],
    ['sles', /Containers Module/],
  ])('on %s it says what to know', (system, note) => {
    expect(on(system, 'containerd')?.note).toMatch(note);
  });

  test('on most there is nothing more to know', () => {
    for (const system of ['debian', 'fedora', 'leap'] as const) {
      expect(on(system, 'containerd')).toHaveProperty('note', undefined);
    }
  });

  test('mount has a package of its own where apt is', () => {
    expect(on('ubuntu', 'mount')?.commands[1]).toMatch(/ mount$/);
  });

  test.each<[System, string]>([
    ['debian', 'uidmap'],
    ['rocky', 'shadow-utils'],
    ['alpine', 'shadow-uidmap'],
    ['arch', 'shadow'],
  ])('on %s newuidmap is in %s', (system, name) => {
    expect(on(system, 'newuidmap')?.commands.at(-1)?.split(' ').at(-1)).toBe(name);
  });

  test.each(Object.keys(systems) as System[])(
    'on %s nothing is installed if nothing is missing',
    (system) => {
      expect(on(system)?.commands).toEqual([]);
    },
  );

  test.each(['nixos', 'nothing'] as const)('on %s there is no command', (system) => {
    expect(on(system, 'jq')).toBeUndefined();
  });
});
