import { readFileSync } from 'node:fs';

/** How a distribution installs things: what runs first, the verb, and its names for our tools. */
interface Manager {
  readonly id: 'apt' | 'dnf' | 'apk' | 'pacman' | 'zypper';
  /** Values of ID and ID_LIKE in os-release(5) that mean this one. */
  readonly distributions: readonly string[];
  readonly refresh?: string;
  readonly install: string;
  /** Package by tool, where it is not called like the tool. */
  readonly names: Readonly<Record<string, string>>;
}

const utilLinux = { mount: 'util-linux', unshare: 'util-linux', nsenter: 'util-linux' };
const coreutils = { sha256sum: 'coreutils', stat: 'coreutils', timeout: 'coreutils' };
const common = { ...utilLinux, ...coreutils, flock: 'util-linux' };

const managers: readonly Manager[] = [
  {
    id: 'apt',
    distributions: ['debian', 'ubuntu'],
    refresh: 'apt-get update',
    install: 'apt-get install -y --no-install-recommends',
    names: { ...common, ctr: 'containerd', mount: 'mount', busybox: 'busybox-static' },
  },
  {
    id: 'dnf',
    distributions: ['fedora', 'rhel', 'centos', 'rocky', 'almalinux', 'ol', 'amzn'],
    install: 'dnf install -y',
    names: { ...common, ctr: 'containerd' },
  },
  {
    id: 'apk',
    distributions: ['alpine'],
    install: 'apk add',
    names: { ...common, ctr: 'containerd-ctr', busybox: 'busybox-static' },
  },
  {
    id: 'pacman',
    distributions: ['arch', 'archlinux', 'manjaro'],
    install: 'pacman -S --needed --noconfirm',
    names: { ...common, ctr: 'containerd' },
  },
  {
    id: 'zypper',
    distributions: ['opensuse', 'suse', 'sles', 'opensuse-leap', 'opensuse-tumbleweed'],
    install: 'zypper --non-interactive install',
    names: { ...common, ctr: 'containerd-ctr', busybox: 'busybox-static' },
  },
];

/** What this system calls itself: os-release(5). */
export interface Distribution {
  readonly name: string;
  readonly manager: Manager['id'] | undefined;
}

/** Reads an os-release text: shell-like lines, values perhaps quoted. */
export function parseOsRelease(text: string): Distribution {
  const fields = new Map(
    text.split('\n').flatMap((line) => {
      const match = /^([A-Z_]+)=(.*)$/.exec(line.trim());
      return match ? [[match[1] ?? '', (match[2] ?? '').replace(/^(["'])(.*)\1$/, '$2')]] : [];
    }),
  );
  const ids = [fields.get('ID') ?? '', ...(fields.get('ID_LIKE') ?? '').split(/\s+/)];
  const manager = ids.flatMap(
    (id) => managers.find((each) => each.distributions.includes(id)) ?? [],
  );
  return {
    name: fields.get('PRETTY_NAME') ?? fields.get('NAME') ?? 'this system',
    manager: manager[0]?.id,
  };
}

export function thisDistribution(): Distribution {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      return parseOsRelease(readFileSync(path, 'utf8'));
    } catch {
      // The second place is the fallback that os-release(5) names.
    }
  }
  return { name: 'this system', manager: undefined };
}

/**
 * The commands that install these tools on this distribution, ready to paste.
 * Empty if nothing is missing; undefined if the package manager is none we know.
 */
export function installCommands(
  { manager }: Distribution,
  missing: readonly string[],
): string[] | undefined {
  if (missing.length === 0) return [];
  const known = managers.find(({ id }) => id === manager);
  if (known === undefined) return undefined;
  const packages = [...new Set(missing.map((tool) => known.names[tool] ?? tool))].sort();
  const install = `${known.install} ${packages.join(' ')}`;
  return known.refresh === undefined ? [install] : [known.refresh, install];
}
