import { readFileSync } from 'node:fs';
import { neededTools, type PackageFamily, type ToolId } from './needed-tools.ts';

/** The distribution and its version, from os-release(5). */
interface Release {
  readonly id: string;
  /** The number before the first dot of VERSION_ID: 9 of 9.4. */
  readonly major: string;
}

/** A repository that has to be added before its packages can be installed. */
interface Source {
  readonly packages: readonly string[];
  readonly add: (release: Release) => readonly string[];
}

/** How a family of distributions installs packages. */
interface Family {
  /** Values of ID and ID_LIKE in os-release(5) that mean this family. */
  readonly distributions: readonly string[];
  readonly refresh?: string;
  readonly install: string;
  readonly sources?: readonly Source[];
  /** A note on what beginners often run into. */
  readonly note?: (release: Release) => string | undefined;
}

const dockers = (folder: string) => [
  'dnf install -y dnf-plugins-core',
  `dnf config-manager --add-repo https://download.docker.com/linux/${folder}/docker-ce.repo`,
];

/** EPEL is enabled by a package, whose name depends on the distribution. */
function addEpel({ id, major }: Release): string[] {
  if (id === 'ol') return [`dnf install -y oracle-epel-release-el${major}`];
  if (id !== 'rhel') return ['dnf install -y epel-release'];
  const url = 'https://dl.fedoraproject.org/pub/epel';
  return [`dnf install -y ${url}/epel-release-latest-${major}.noarch.rpm`];
}

const families: Readonly<Record<PackageFamily, Family>> = {
  debian: {
    distributions: ['debian', 'ubuntu'],
    refresh: 'apt-get update',
    install: 'apt-get install -y --no-install-recommends',
  },
  fedora: {
    distributions: ['fedora'],
    install: 'dnf install -y',
  },
  // /usr is an image; packages are layered on top of it.
  ostree: {
    distributions: [],
    install: 'rpm-ostree install -y --idempotent --apply-live',
  },
  // Red Hat ships podman: neither its repositories nor EPEL have containerd.
  rhel: {
    distributions: ['rhel', 'centos', 'rocky', 'almalinux', 'ol'],
    install: 'dnf install -y',
    sources: [
      {
        packages: ['containerd.io'],
        add: ({ id }) => dockers(id === 'rhel' || id === 'rocky' ? 'rhel' : 'centos'),
      },
      { packages: ['busybox'], add: addEpel },
    ],
    note: () =>
      "containerd, with ctr and runc in the same package, comes from Docker's repository; busybox from EPEL. The distribution itself has neither.",
  },
  amazon: {
    distributions: ['amzn'],
    install: 'dnf install -y',
    sources: [{ packages: ['busybox'], add: () => ['dnf install -y spal-release'] }],
    note: () => "Amazon Linux doesn't package busybox. SPAL, its supplementary repository, has it.",
  },
  // The default tools are busybox's. The packages bring the GNU ones; ctr is in a package of its own.
  alpine: {
    distributions: ['alpine'],
    install: 'apk add',
    note: () =>
      'containerd is in the community repository: if apk does not find it, setup-apkrepos -c turns that on.',
  },
  arch: {
    distributions: ['arch', 'archlinux', 'archarm', 'manjaro'],
    install: 'pacman -S --needed --noconfirm',
    note: () => 'If pacman does not find them, its lists are old or empty: pacman -Syu first.',
  },
  suse: {
    distributions: ['opensuse', 'suse', 'sles', 'opensuse-leap', 'opensuse-tumbleweed'],
    install: 'zypper --non-interactive install',
    note: ({ id }) =>
      id === 'sles'
        ? 'containerd is in the Containers Module: SUSEConnect --list-extensions shows the command that turns it on.'
        : undefined,
  },
};

/** A distribution and its package family. */
interface Distribution extends Release {
  readonly name: string;
  readonly family: PackageFamily | undefined;
}

/** Reads an os-release text: `NAME=value` lines, with or without quotes. */
export function parseOsRelease(text: string): Distribution {
  const fields = new Map(
    text.split('\n').flatMap((line) => {
      const match = /^([A-Z_]+)=(.*)$/.exec(line.trim());
      return match ? [[match[1] ?? '', (match[2] ?? '').replace(/^(["'])(.*)\1$/, '$2')]] : [];
    }),
  );
  const id = fields.get('ID') ?? '';
  return {
    id,
    major: fields.get('VERSION_ID')?.split('.')[0] ?? '',
    name: fields.get('PRETTY_NAME') ?? fields.get('NAME') ?? 'this system',
    family: familyOf([id, ...(fields.get('ID_LIKE') ?? '').split(/\s+/)], fields),
  };
}

/** The family of the first of these names that has one: ID before ID_LIKE. */
function familyOf(ids: readonly string[], fields: ReadonlyMap<string, string>) {
  const known = Object.entries(families) as [PackageFamily, Family][];
  const [family] = ids.flatMap(
    (id) => known.find(([, { distributions }]) => distributions.includes(id))?.[0] ?? [],
  );
  return family === 'fedora' && fields.has('OSTREE_VERSION') ? 'ostree' : family;
}

export function thisDistribution(): Distribution {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      return parseOsRelease(readFileSync(path, 'utf8'));
    } catch {
      // The second path is the fallback of os-release(5).
    }
  }
  return { id: '', major: '', name: 'this system', family: undefined };
}

/** Commands to paste that install something, and a note about them. */
interface Installation {
  readonly commands: readonly string[];
  readonly note: string | undefined;
}

/**
 * The commands that install these tools on this distribution: none if nothing is missing, undefined if
 * the distribution is unknown.
 */
export function installation(
  distribution: Distribution,
  missing: readonly ToolId[],
): Installation | undefined {
  if (missing.length === 0) return { commands: [], note: undefined };
  if (distribution.family === undefined) return undefined;
  const { family: id } = distribution;
  const family = families[id];
  const wanted = neededTools.filter((tool) => missing.includes(tool.id));
  const packages = [...new Set(wanted.map((tool) => tool.packages[id]))].sort();
  const sources = (family.sources ?? []).filter((source) =>
    source.packages.some((each) => packages.includes(each)),
  );
  return {
    commands: [
      ...(family.refresh === undefined ? [] : [family.refresh]),
      ...sources.flatMap(({ add }) => add(distribution)),
      `${family.install} ${packages.join(' ')}`,
    ],
    note: family.note?.(distribution),
  };
}
