import { readdirSync } from 'node:fs';
import { relative } from 'node:path';
import { defineDiagnoses } from '../../src/engine/define.ts';
import { type DiagnosisRule, diagnoser } from '../../src/engine/diagnosis.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { architectureOfKernel } from '../../src/oci/architecture.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { mediaTypes, parseJson } from '../../src/oci/documents.ts';
import { describeSyntaxError } from '../../src/oci/json-syntax.ts';
import { importedName, taggedName } from '../facts/containerd.ts';
import { brief, sizes, tars } from '../facts/layers.ts';
import {
  config,
  configSize,
  entriesBelow,
  type Json,
  type KnownDigests,
  knownDigests,
  linkedBlobs,
  manifest,
  manifestSize,
  objectOf,
  refName,
  type StoredBlob,
  storedBlobs,
} from '../facts/layout.ts';
import { architecture } from '../facts/machine.ts';
import { trees } from '../facts/trees.ts';
import { checks } from './checks.ts';

/** Everything of the layout that mistakes are told by. */
export interface SeenLayout {
  /** Paths below oci. */
  readonly paths: readonly string[];
  /** What is called what in the working directory itself. */
  readonly beside: readonly string[];
  readonly marker: string | undefined;
  readonly index: string | undefined;
  readonly blobs: readonly StoredBlob[];
  /** Symlinks where blobs belong: their names, and where they point. */
  readonly links: ReadonlyMap<string, string>;
  /** The documents as they were written, whatever their shape. */
  readonly config: Json | undefined;
  readonly manifest: Json | undefined;
  readonly known: KnownDigests;
  /** Sizes in bytes by whose they are: 'the compressed base', 'base-layer.tar', 'the config' … */
  readonly sizes: ReadonlyMap<string, number>;
  readonly machine: string | undefined;
  /** Paths in build/base. */
  readonly programs: readonly string[];
}

export async function seeLayout(observation: Observation): Promise<SeenLayout> {
  const text = async (...parts: string[]) => (await observation.file(...parts))?.toString();
  const measured: readonly (readonly [string, number | undefined])[] = [
    ['base-layer.tar.gz', await observation.get(sizes.base)],
    ['delta-layer.tar.gz', await observation.get(sizes.delta)],
    ['base-layer.tar', (await observation.get(tars.base))?.size],
    ['delta-layer.tar', (await observation.get(tars.delta))?.size],
    ['the config', await observation.get(configSize)],
    ['the manifest', await observation.get(manifestSize)],
  ];
  return {
    paths: pathsBelow(observation.path('oci')),
    beside: readdirSync(observation.path()),
    marker: await text('oci', 'oci-layout'),
    index: await text('oci', 'index.json'),
    blobs: (await observation.get(storedBlobs)) ?? [],
    links: linkedBlobs(observation),
    config: objectOf((await observation.get(config))?.blob.json),
    manifest: objectOf((await observation.get(manifest))?.blob.json),
    known: await knownDigests(observation),
    sizes: new Map(measured.flatMap(([name, size]) => (size === undefined ? [] : [[name, size]]))),
    machine: await observation.get(architecture),
    programs: ((await observation.get(trees.base))?.entries ?? []).map(({ path }) => path),
  };
}

function pathsBelow(directory: string): string[] {
  return entriesBelow(directory)
    .map(({ parentPath, name }) => relative(directory, `${parentPath}/${name}`))
    .sort();
}

type LayoutRule = DiagnosisRule<SeenLayout>;

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function parsed(text: string | undefined): Json | undefined {
  const result = text === undefined ? undefined : parseJson(Buffer.from(text));
  return result?.ok === true ? objectOf(result.value) : undefined;
}

/** A value as it stands in a document, shortened. */
function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length <= 60 ? text : `${text.slice(0, 40)}…${text.slice(-12)}`;
}

/** What is wrong with a text as JSON: a usual syntax error, or what the parser says. */
function faultOf(text: string): string | undefined {
  const result = parseJson(Buffer.from(text));
  return result.ok ? undefined : (describeSyntaxError(text) ?? result.why);
}

function isHex(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

const ofNothing = sha256('').slice('sha256:'.length);

// --- the marker ------------------------------------------------------------------------------

const writeMarker = `echo '{"imageLayoutVersion": "1.0.0"}' >"$OCI_DIR/oci-layout"`;

const markerMisnamed: LayoutRule = {
  id: 'marker-misnamed',
  sign: ({ marker, paths }) => {
    if (marker !== undefined) return undefined;
    const found = paths.find((path) => /^\.?oci[-_. ]?layout(\.\w+)?$/i.test(path));
    return found && `oci/${found} is there, and no oci/oci-layout`;
  },
  remedy: 'The name is exactly oci-layout: with a hyphen, small, and without an ending.',
  where: 'ls -A "$OCI_DIR"',
  command: writeMarker,
};

const markerElsewhere: LayoutRule = {
  id: 'marker-misplaced',
  sign: ({ marker, paths, beside }) => {
    if (marker !== undefined) return undefined;
    const found = paths.find((path) => path.endsWith('/oci-layout'));
    if (found !== undefined) return `oci-layout is there as oci/${found}`;
    return beside.includes('oci-layout') ? 'oci-layout lies beside oci, not in it' : undefined;
  },
  remedy:
    'It belongs at the top of the layout, beside blobs and index.json: readers look there first.',
  where: 'tree -a "$OCI_DIR"',
  command: writeMarker,
};

const markerNoJson: LayoutRule = {
  id: 'marker-not-json',
  sign: ({ marker }) => {
    const fault = marker === undefined ? undefined : faultOf(marker);
    return fault && `oci-layout is not JSON: ${fault}`;
  },
  remedy: 'It is a document of one line: `{"imageLayoutVersion": "1.0.0"}`.',
  where: 'jq . "$OCI_DIR/oci-layout"',
  command: writeMarker,
};

const markerKey: LayoutRule = {
  id: 'marker-key',
  sign: ({ marker }) => {
    const value = parsed(marker);
    if (value === undefined || 'imageLayoutVersion' in value) return undefined;
    const [key] = Object.keys(value);
    return key === undefined ? 'oci-layout is an empty object' : `oci-layout says "${key}"`;
  },
  remedy:
    'The key is imageLayoutVersion, letter for letter. Keys that a reader does not know it passes over.',
  where: 'jq . "$OCI_DIR/oci-layout"',
  command: writeMarker,
};

const markerVersion: LayoutRule = {
  id: 'marker-version',
  sign: ({ marker }) => {
    const version = parsed(marker)?.imageLayoutVersion;
    return version === undefined || version === '1.0.0'
      ? undefined
      : `imageLayoutVersion is ${quote(version)}`;
  },
  remedy:
    'There has been one version of the layout, the string "1.0.0". containerd refuses every other: "unsupported OCI version".',
  where: 'jq . "$OCI_DIR/oci-layout"',
  command: writeMarker,
};

/** Against the check of oci-layout. */
export const markerRules: readonly LayoutRule[] = [
  markerMisnamed,
  markerElsewhere,
  markerNoJson,
  markerKey,
  markerVersion,
];

// --- names of blobs --------------------------------------------------------------------------

const names = 'cd "$OCI_DIR/blobs/sha256" && sha256sum *';

/** What a blob is, if it is one of the learner's; else its size. */
function contentOf({ digest, size }: StoredBlob, known: KnownDigests): string {
  const whose = known.get(digest)?.replace(/^the [Dd](igest|iffID) of (the )?/, '');
  const isTar = known.get(digest)?.includes('DiffID') === true;
  return whose === undefined
    ? `${size} bytes`
    : isTar
      ? `${whose}-layer.tar`
      : `the blob of ${whose}`;
}

/** A blob whose name is not its hash, in one way or another. */
function misnamed(
  id: string,
  told: (blob: StoredBlob, seen: SeenLayout) => string | undefined,
  remedy: string,
): LayoutRule {
  return {
    id,
    alone: true,
    sign: (seen) => {
      for (const blob of seen.blobs) {
        if (`sha256:${blob.name}` === blob.digest) continue;
        const said = told(blob, seen);
        if (said !== undefined) return said;
      }
      return undefined;
    },
    remedy,
    where: names,
  };
}

const flat: LayoutRule = {
  id: 'blob-outside',
  sign: ({ paths }) => {
    const found = paths.find((path) => /^(blobs\/)?(sha256[:-])?[0-9a-f]{64}$/.test(path));
    return found && `a blob lies at oci/${found.slice(0, found.lastIndexOf('/') + 9)}…`;
  },
  remedy: 'Blobs lie in blobs/sha256, the directory of their hash function.',
  where: 'tree "$OCI_DIR"',
};

const linked: LayoutRule = {
  id: 'blob-link',
  sign: ({ links }) => {
    const [found] = links;
    return found && `${found[0].slice(0, 8)}… is a symlink to ${found[1]}`;
  },
  remedy:
    "A blob is a regular file. `tar` packs the link and not the bytes it points to, and containerd doesn't find them: copy the file.",
  where: 'ls -l "$OCI_DIR/blobs/sha256"',
  command: `for layer in base delta; do
  digest=$(sha256sum <"$WORKDIR/$layer-layer.tar.gz" | cut -d' ' -f1)
  cp --remove-destination "$WORKDIR/$layer-layer.tar.gz" "$OCI_DIR/blobs/sha256/$digest"
done`,
};

const blobNameRules: readonly LayoutRule[] = [
  linked,
  flat,
  misnamed(
    'blob-name-prefix',
    ({ name }) =>
      /^sha256[:_-]/i.test(name) ? `a file is called ${name.slice(0, 16)}…` : undefined,
    'The directory says sha256 already: the name is the 64 hex digits and nothing else.',
  ),
  misnamed(
    'blob-name-suffix',
    ({ name }) =>
      /^[0-9a-f]{64}\W/.test(name)
        ? `a file is called ${name.slice(0, 8)}…${name.slice(64)}`
        : undefined,
    "The name is the 64 hex digits, without an ending: what a blob is, the descriptor says. `cut -d' ' -f1` leaves the digits of what sha256sum prints.",
  ),
  misnamed(
    'blob-name-uppercase',
    ({ name, digest }) =>
      `sha256:${name.toLowerCase()}` === digest
        ? `a file is called ${name.slice(0, 8)}…, in capitals`
        : undefined,
    'Digests are written in small hex digits, as sha256sum prints them. Other spellings are other names.',
  ),
  misnamed(
    'blob-name-short',
    ({ name, digest }) =>
      /^[0-9a-f]{6,63}$/.test(name) && digest.startsWith(`sha256:${name}`)
        ? `a file is called ${name.slice(0, 12)}…, ${name.length} of its 64 digits`
        : undefined,
    'Short forms are for reading. The name of a blob is the whole hash.',
  ),
  misnamed(
    'blob-name-of-nothing',
    ({ name }) => (name === ofNothing ? `a file is called ${name.slice(0, 8)}…` : undefined),
    'That is the hash of no bytes at all: what was hashed was empty, a variable or a file that is not there.',
  ),
  misnamed(
    'blob-name-newline',
    ({ name, text }) => {
      if (text === undefined) return undefined;
      const trimmed = text.replace(/\n+$/, '');
      if (`sha256:${name}` === sha256(trimmed)) {
        return `${name.slice(0, 8)}… is the hash of its text without the newline at the end`;
      }
      return `sha256:${name}` === sha256(`${text}\n`)
        ? `${name.slice(0, 8)}… is the hash of its text and one more newline`
        : undefined;
    },
    '`echo` writes a newline, `printf` and `$(…)` do not. Hash the very file that is stored: `sha256sum <FILE`.',
  ),
  misnamed(
    'blob-name-diffid',
    ({ name, digest }, { known }) => {
      const named = known.get(`sha256:${name}`);
      const holds = known.get(digest);
      if (named?.startsWith('the DiffID') !== true || holds === undefined) return undefined;
      return `a file is called by ${named}. It holds ${holds.replace('the Digest of', 'the compressed')}`;
    },
    'A blob is called by the hash of its own bytes, compressed as they are: by the Digest.',
  ),
  misnamed(
    'blob-changed',
    (blob, { known }) => {
      const named = known.get(`sha256:${blob.name}`);
      return named && `the file called by ${named} has other bytes, ${blob.size} of them`;
    },
    'It was changed, cut short or overwritten after it was stored. A blob is never edited: another content is another blob.',
  ),
  misnamed(
    'blob-name-human',
    (blob, { known }) =>
      /^[0-9a-fA-F]{6,64}$/.test(blob.name) ||
      /^sha256/i.test(blob.name) ||
      /^[0-9a-f]{64}\W/.test(blob.name)
        ? undefined
        : `a file is called ${blob.name.slice(0, 30)} and holds ${contentOf(blob, known)}`,
    'In blobs/sha256 a file has no name but the hash of its bytes.',
  ),
];

const uncompressed: LayoutRule = {
  id: 'blob-uncompressed',
  sign: ({ blobs, known }) => {
    const found = blobs.find(
      ({ name, digest }) =>
        `sha256:${name}` === digest && known.get(digest)?.startsWith('the DiffID') === true,
    );
    return found && `${found.name.slice(0, 8)}… is ${contentOf(found, known)}, uncompressed`;
  },
  remedy:
    'It is the compressed file that goes in: the manifest will call it by its Digest and say that it is gzip.',
  where: names,
};

const earlierLayer: LayoutRule = {
  id: 'blob-of-earlier-layer',
  sign: ({ blobs, known }) => {
    const found = blobs.find(
      ({ name, digest, text }) =>
        `sha256:${name}` === digest && text === undefined && !known.has(digest),
    );
    return (
      found && `${found.name.slice(0, 8)}…, ${found.size} bytes, is no layer that you have now`
    );
  },
  remedy:
    'The layer was packed or compressed again since it was copied here. Copy the new one, delete this.',
  where: 'sha256sum "$WORKDIR"/*-layer.tar.gz "$OCI_DIR"/blobs/sha256/*',
};

/** Against the check that both layers are there. */
export const blobRules: readonly LayoutRule[] = [...blobNameRules, uncompressed, earlierLayer];

// --- documents -------------------------------------------------------------------------------

/** Blobs that should be JSON and are not, with what is wrong. */
function brokenDocument(id: string, what: string, mark: RegExp): LayoutRule {
  return {
    id,
    sign: ({ blobs }) => {
      for (const { name, json, text } of blobs) {
        if (json !== undefined || text === undefined || !mark.test(text)) continue;
        return `${name.slice(0, 8)}… would be ${what}, and is not JSON: ${faultOf(text)}`;
      }
      return undefined;
    },
    remedy:
      'Nobody can read it. Mend the text, and store it under its new hash: the old name is of the old bytes.',
    where: 'for blob in "$OCI_DIR"/blobs/sha256/*; do jq . "$blob"; done',
  };
}

/** A document written, and not stored as a blob. */
function leftOutside(
  id: string,
  file: string,
  of: (seen: SeenLayout) => Json | undefined,
): LayoutRule {
  return {
    id,
    sign: (seen) => {
      if (of(seen) !== undefined) return undefined;
      if (seen.paths.includes(file)) return `oci/${file} is there, and no blob that says the same`;
      return seen.beside.includes(file)
        ? `${file} lies beside oci, and no blob says the same`
        : undefined;
    },
    remedy:
      'A document is a blob like any other: it goes into blobs/sha256, under the hash of its bytes.',
    where: 'tree "$OCI_DIR"',
  };
}

type Labelled = readonly (readonly [label: string, value: unknown])[];

/** What makes a text no digest, wherever one belongs. */
function digestRules(at: (seen: SeenLayout) => Labelled): readonly LayoutRule[] {
  const slip = (
    id: string,
    told: (value: string) => string | false,
    remedy: string,
  ): LayoutRule => ({
    id,
    sign: (seen) => {
      for (const [label, value] of at(seen)) {
        const said = typeof value === 'string' && told(value);
        if (said) return `${label} ${said}`;
      }
      return undefined;
    },
    remedy,
  });
  const missing: LayoutRule = {
    id: 'digest-missing',
    sign: (seen) => {
      const found = at(seen).find(([, value]) => typeof value !== 'string');
      return found && `${found[0]} is ${quote(found[1])}`;
    },
    remedy: 'A digest is a text: sha256: and 64 hex digits. In a descriptor its key is digest.',
  };
  return [
    missing,
    slip(
      'digest-empty',
      (value) => /^(sha256:)?\s*$/.test(value) && `is ${quote(value)}`,
      'A variable was empty when the document was written. `eval "$(handroll-tour env)"` sets those that are known.',
    ),
    slip(
      'digest-variable',
      (value) => /\$/.test(value) && `is ${quote(value)}, as it was typed`,
      'Between single quotes the shell replaces nothing. Hand values to jq with `--arg`.',
    ),
    slip(
      'digest-of-nothing',
      (value) => value.includes(ofNothing) && `is ${brief(`sha256:${ofNothing}`)}`,
      'That is the hash of no bytes at all: what was hashed was empty, a variable or a file that is not there.',
    ),
    slip(
      'digest-doubled',
      (value) => /^sha256:sha256:/.test(value) && 'begins with sha256: twice',
      'The variable has the prefix already.',
    ),
    slip(
      'digest-with-file-name',
      (value) =>
        /^(sha256:)?[0-9a-f]{64}\s+\S/.test(value) &&
        `ends in ${quote(value.slice(value.indexOf(' ')).trim())}`,
      "What sha256sum prints ends in the file's name. `cut -d' ' -f1` takes the hash alone.",
    ),
    slip(
      'digest-with-space',
      (value) => /^(sha256:)?[0-9a-f]{64}\s+$/.test(value) && 'ends in white space',
      "It is part of the text, and no digest has any. Take the hash with `cut -d' ' -f1`.",
    ),
    slip(
      'digest-bare',
      (value) => isHex(value) && `is ${value.slice(0, 8)}…, without sha256:`,
      'In documents a digest says its hash function first: sha256: and then the digits. Only the file name leaves it out.',
    ),
    slip(
      'digest-uppercase',
      (value) =>
        /^sha256:[0-9a-fA-F]{64}$/i.test(value) &&
        /[A-Z]/.test(value) &&
        `is ${value.slice(0, 15)}…, with capitals`,
      'Digests are written in small letters, as sha256sum prints them. Other spellings are other names.',
    ),
    slip(
      'digest-length',
      (value) => {
        const [, digits = ''] = /^(?:sha256:)?([0-9a-f]+)$/.exec(value) ?? [];
        return digits !== '' && digits.length !== 64 && `has ${digits.length} digits`;
      },
      'A SHA-256 has 64. Short forms are for reading, and what is copied from a screen is easily cut.',
    ),
  ];
}

// --- the config ------------------------------------------------------------------------------

const configText = brokenDocument('config-not-json', 'the config', /rootfs|diff_ids|architecture/);

const configOutside = leftOutside('config-outside', 'config.json', (seen) => seen.config);

const rootfsOf = ({ config: json }: SeenLayout) => objectOf(json?.rootfs);

const idsOf = (seen: SeenLayout) => listOf(rootfsOf(seen)?.diff_ids);

const ordinals = ['the first', 'the second', 'the third', 'the fourth'] as const;

const labelOf = (index: number) => ordinals[index] ?? `number ${index + 1}`;

/** Two of the learner's digests in a list, by name; undefined for what is none. */
function namesOf(
  values: readonly unknown[],
  { known }: SeenLayout,
): readonly (string | undefined)[] {
  return values.map((value) => known.get(value));
}

const idsKey: LayoutRule = {
  id: 'diffids-key',
  sign: (seen) => {
    const { config: json } = seen;
    if (json === undefined || Array.isArray(rootfsOf(seen)?.diff_ids)) return undefined;
    const similar = (object: Json | undefined, where: string) => {
      const key = Object.keys(object ?? {}).find((each) => /^diff[-_]?ids?$/i.test(each));
      return key === undefined ? undefined : `${where}${key} is ${quote(object?.[key])}`;
    };
    const found = similar(rootfsOf(seen), 'rootfs.') ?? similar(json, '');
    return found ?? `the config has ${rootfsOf(seen) === undefined ? 'no rootfs' : 'no diff_ids'}`;
  },
  remedy:
    'The list is called diff_ids, and stands in rootfs: `rootfs: {type: "layers", diff_ids: […]}`.',
};

const idsAreDigests: LayoutRule = {
  id: 'diffids-are-digests',
  sign: (seen) => {
    const all = namesOf(idsOf(seen), seen);
    if (!all.some((name) => name?.startsWith('the Digest'))) return undefined;
    return all.map((name) => name ?? 'no digest of yours').join(', ');
  },
  remedy:
    'A config wants the hash *before* compression: containerd compares it with what it unpacks.',
};

const idsSwapped: LayoutRule = {
  id: 'diffids-swapped',
  sign: (seen) => {
    const all = namesOf(idsOf(seen), seen).join();
    return all === 'the DiffID of delta,the DiffID of base'
      ? 'the DiffID of delta, the DiffID of base'
      : undefined;
  },
  remedy: 'They are the right two in the wrong order: the bottom layer comes first.',
};

const idsTwice: LayoutRule = {
  id: 'diffids-twice',
  sign: (seen) => {
    const [first, second] = namesOf(idsOf(seen), seen);
    return first !== undefined && first === second ? `${first}, twice` : undefined;
  },
  remedy: 'A variable was not changed when the line was used again: base comes first, then delta.',
};

const idsCount: LayoutRule = {
  id: 'diffids-count',
  sign: (seen) => {
    const ids = rootfsOf(seen)?.diff_ids;
    const all = namesOf(listOf(ids), seen);
    if (!Array.isArray(ids) || all.length === 2 || all.includes(undefined)) return undefined;
    return `${all.length === 1 ? 'one DiffID' : `${all.length} DiffIDs`}, for two layers`;
  },
  remedy: 'There is one for each layer, in the same order as in the manifest.',
};

const idsOfOthers: LayoutRule = {
  id: 'diffids-of-earlier-tar',
  sign: (seen) => {
    const at = idsOf(seen).findIndex(
      (id) =>
        typeof id === 'string' &&
        /^sha256:[0-9a-f]{64}$/.test(id) &&
        !seen.known.has(id) &&
        !id.includes(ofNothing),
    );
    return at < 0
      ? undefined
      : `${labelOf(at)} is ${brief(String(idsOf(seen)[at]))}, the hash of no tar you have now`;
  },
  remedy:
    'A tar was packed again since the config was written. Everything from here on follows from it: write the config anew.',
  where: 'sha256sum "$WORKDIR"/*-layer.tar',
};

/** Against the check of the DiffIDs. */
export const diffIdRules: readonly LayoutRule[] = [
  configText,
  configOutside,
  idsKey,
  ...digestRules((seen) => idsOf(seen).map((id, at) => [labelOf(at), id])),
  idsAreDigests,
  idsSwapped,
  idsTwice,
  idsCount,
  idsOfOthers,
];

const kernelName: LayoutRule = {
  id: 'architecture-of-uname',
  sign: ({ config: json, machine }) => {
    const said = json?.architecture;
    if (typeof said !== 'string' || said === machine) return undefined;
    return architectureOfKernel(said) === machine ? `architecture ${said}` : undefined;
  },
  remedy:
    "That is what the kernel calls it, `uname -m`. Images use Go's names: amd64 for x86_64, arm64 for aarch64.",
};

const capitals: LayoutRule = {
  id: 'platform-capitals',
  sign: ({ config: json, machine }) => {
    for (const [field, right] of [
      ['os', 'linux'],
      ['architecture', machine],
    ] as const) {
      const said = json?.[field];
      if (typeof said === 'string' && said !== right && said.toLowerCase() === right) {
        return `${field} ${said}`;
      }
    }
    return undefined;
  },
  remedy: 'These are names and not titles: linux, amd64, arm64, all small.',
};

const platformMissing: LayoutRule = {
  id: 'platform-missing',
  sign: ({ config: json }) => {
    const missing = json && ['os', 'architecture'].find((field) => typeof json[field] !== 'string');
    if (missing === undefined || json === undefined) return undefined;
    const inside = objectOf(json.config)?.[missing] ?? objectOf(json.platform)?.[missing];
    return inside === undefined
      ? `${missing} ${quote(json[missing])}`
      : `${missing} stands a level too deep, as ${quote(inside)}`;
  },
  remedy: 'Both os and architecture stand at the top of the config, beside rootfs.',
};

const otherPlatform: LayoutRule = {
  id: 'platform-of-another',
  sign: ({ config: json, machine }) => {
    const { os, architecture: said } = json ?? {};
    if (typeof os === 'string' && os.toLowerCase() !== 'linux') return `os ${os}`;
    const isOther =
      typeof said === 'string' && machine !== undefined && said.toLowerCase() !== machine;
    return isOther && architectureOfKernel(said) !== machine
      ? `architecture ${said}, and this machine is ${machine}`
      : undefined;
  },
  remedy:
    'It was copied from somewhere else. containerd compares it with nothing: a lie is found out when the program does not start.',
};

/** Against the check of the platform. */
export const platformRules: readonly LayoutRule[] = [
  configText,
  configOutside,
  kernelName,
  capitals,
  platformMissing,
  otherPlatform,
];

const execution = ({ config: json }: SeenLayout) => objectOf(json?.config);

const commandOf = (seen: SeenLayout) => execution(seen)?.Cmd;

const rootfsType: LayoutRule = {
  id: 'rootfs-type',
  sign: (seen) => {
    const rootfs = rootfsOf(seen);
    return rootfs === undefined || rootfs.type === 'layers'
      ? undefined
      : `rootfs.type ${quote(rootfs.type)}`;
  },
  remedy: 'It has to be there and has to be "layers", the only type there is.',
};

const commandText: LayoutRule = {
  id: 'cmd-string',
  sign: (seen) =>
    typeof commandOf(seen) === 'string' ? `Cmd ${quote(commandOf(seen))}` : undefined,
  remedy:
    'Cmd is a list of words, not one string: `["/bin/sh"]`. containerd stops at it: "cannot unmarshal string".',
};

const commandElsewhere: LayoutRule = {
  id: 'cmd-misplaced',
  sign: (seen) => {
    if (seen.config === undefined || commandOf(seen) !== undefined) return undefined;
    const inside = Object.keys(execution(seen) ?? {}).find((key) => /^(cmd|command)$/i.test(key));
    if (inside !== undefined) return `it is called config.${inside}`;
    const outside = Object.keys(seen.config).find((key) => /^(cmd|command)$/i.test(key));
    return outside && `${outside} stands at the top, not in config`;
  },
  remedy:
    'Its place is config.Cmd, with a capital C: readers pass over keys that they do not know.',
};

const commandOneWord: LayoutRule = {
  id: 'cmd-one-word',
  sign: (seen) => {
    const [first, ...more] = listOf(commandOf(seen));
    return typeof first === 'string' && first.includes(' ') && more.length === 0
      ? `Cmd ${quote([first])}: one word with a space in it`
      : undefined;
  },
  remedy:
    'No shell takes it apart: the kernel would look for a program of that whole name. Each word is an item.',
};

const commandNotThere: LayoutRule = {
  id: 'cmd-not-in-image',
  sign: (seen) => {
    const [first] = listOf(commandOf(seen));
    if (typeof first !== 'string' || !first.startsWith('/') || first.includes(' '))
      return undefined;
    return seen.programs.length === 0 || seen.programs.includes(first.slice(1))
      ? undefined
      : `Cmd ${quote(commandOf(seen))}, and build/base has no ${first.slice(1)}`;
  },
  remedy: 'The image has no program but busybox and its three links. Its shell is /bin/sh.',
};

/** Against the check of the command. */
export const commandRules: readonly LayoutRule[] = [
  configText,
  configOutside,
  rootfsType,
  commandText,
  commandElsewhere,
  commandOneWord,
  commandNotThere,
];

// --- descriptors -----------------------------------------------------------------------------

/** A descriptor as it was written, and what it should describe. */
interface Described {
  /** 'layer 0', 'the config' … */
  readonly label: string;
  readonly descriptor: Json | undefined;
  /** Whose size is meant, in the words of `SeenLayout.sizes`. */
  readonly sizeOf: string;
  readonly mediaType: string;
}

/** What makes a descriptor's size or media type a wrong one, wherever it stands. */
function descriptorRules(at: (seen: SeenLayout) => readonly Described[]): readonly LayoutRule[] {
  const slip = (
    id: string,
    told: (described: Described, seen: SeenLayout) => string | undefined,
    remedy: string,
  ): LayoutRule => ({
    id,
    sign: (seen) => {
      for (const described of at(seen)) {
        const said = described.descriptor && told(described, seen);
        if (said !== undefined) return `${described.label}: ${said}`;
      }
      return undefined;
    },
    remedy,
  });
  const sizeOf = ({ descriptor, sizeOf: whose }: Described, seen: SeenLayout) => ({
    said: descriptor?.size,
    right: seen.sizes.get(whose),
  });
  return [
    slip(
      'size-text',
      ({ descriptor }) =>
        typeof descriptor?.size === 'string'
          ? `size ${quote(descriptor.size)}, a string`
          : undefined,
      'A size is a number, without quotes. `jq --argjson` hands one over, `--arg` makes a string of it.',
    ),
    slip(
      'size-missing',
      ({ descriptor }) =>
        descriptor !== undefined && descriptor.size === undefined && descriptor.digest !== undefined
          ? 'no size'
          : undefined,
      'A descriptor is media type, digest and size. `stat -c %s FILE` prints the size in bytes.',
    ),
    slip(
      'size-newline',
      (described, seen) => {
        const { said, right = Number.NaN } = sizeOf(described, seen);
        const off = Number(said) - right;
        if (typeof said !== 'number' || Math.abs(off) !== 1) return undefined;
        return `size ${said}, not ${right}: one byte too ${off > 0 ? 'many' : 'few'}`;
      },
      'One byte is most often a newline: `echo` and a file have it, `printf` and `$(…)` do not. Measure the stored file: `stat -c %s`.',
    ),
    slip(
      'size-uncompressed',
      (described, seen) => {
        const { said, right } = sizeOf(described, seen);
        const tar = described.sizeOf.replace(/\.gz$/, '');
        return tar !== described.sizeOf && said === seen.sizes.get(tar) && said !== right
          ? `size ${said}, not ${right}: that is ${tar}`
          : undefined;
      },
      'The descriptor is about the blob as it is stored, compressed: size and digest are of the .tar.gz.',
    ),
    slip(
      'size-of-another',
      (described, seen) => {
        const { said, right } = sizeOf(described, seen);
        if (typeof said !== 'number' || said === right || right === undefined) return undefined;
        const tar = described.sizeOf.replace(/\.gz$/, '');
        const other = [...seen.sizes].find(
          ([whose, size]) => size === said && whose !== described.sizeOf && whose !== tar,
        );
        return other && `size ${said}, not ${right}: that is the size of ${other[0]}`;
      },
      'Digest and size go together: both of the same file.',
    ),
    slip(
      'media-type-missing',
      ({ descriptor }) =>
        descriptor !== undefined &&
        descriptor.mediaType === undefined &&
        descriptor.digest !== undefined
          ? `no mediaType${'mediatype' in descriptor || 'media_type' in descriptor ? ', but a key like it' : ''}`
          : undefined,
      'A descriptor is media type, digest and size; the key is mediaType, with a capital T.',
    ),
    slip(
      'media-type-docker',
      ({ descriptor, mediaType }) => {
        const said = descriptor?.mediaType;
        return typeof said === 'string' &&
          said.startsWith('application/vnd.docker.') &&
          said !== mediaType
          ? `mediaType ${said}`
          : undefined;
      },
      "That is Docker's own name for the same thing, from before there was an OCI. containerd takes it; this image says vnd.oci everywhere.",
    ),
    slip(
      'media-type-uncompressed',
      ({ descriptor, mediaType }) =>
        mediaType === mediaTypes.layerGzip && descriptor?.mediaType === mediaTypes.layer
          ? `mediaType ${mediaTypes.layer}`
          : undefined,
      'That says the blob is a plain tar, and it is gzip: a reader would find no tar header in it. +gzip at the end says so.',
    ),
    slip(
      'media-type-of-another',
      ({ descriptor, mediaType }) => {
        const said = descriptor?.mediaType;
        const kinds: readonly (readonly [string, string])[] = [
          [mediaTypes.index, 'an index'],
          [mediaTypes.manifest, 'a manifest'],
          [mediaTypes.config, 'a config'],
          [mediaTypes.layerGzip, 'a layer'],
        ];
        const kind = kinds.find(([type]) => type === said && type !== mediaType);
        return kind && `mediaType of ${kind[1]}`;
      },
      'It was copied from the descriptor of something else: the media type says what the digest names.',
    ),
  ];
}

/** The digest in a descriptor is well written, and of something else. */
function pointsAt(
  id: string,
  at: (seen: SeenLayout) => readonly Described[],
  told: (name: string | undefined, digest: string, described: Described) => string | undefined,
  remedy: string,
): LayoutRule {
  return {
    id,
    sign: (seen) => {
      for (const described of at(seen)) {
        const digest = described.descriptor?.digest;
        if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest)) continue;
        if (digest.endsWith(ofNothing)) continue;
        const said = told(seen.known.get(digest), digest, described);
        if (said !== undefined) return `${described.label} ${said}`;
      }
      return undefined;
    },
    remedy,
  };
}

// --- the manifest ----------------------------------------------------------------------------

const manifestText = brokenDocument(
  'manifest-not-json',
  'the manifest',
  /"?(layers|schemaVersion)"?/,
);

const manifestOutside = leftOutside('manifest-outside', 'manifest.json', (seen) => seen.manifest);

const configDescriptor = ({ manifest: json }: SeenLayout): readonly Described[] =>
  json === undefined
    ? []
    : [
        {
          label: 'the config',
          descriptor: objectOf(json.config),
          sizeOf: 'the config',
          mediaType: mediaTypes.config,
        },
      ];

const digestsIn = (at: (seen: SeenLayout) => readonly Described[]) => (seen: SeenLayout) =>
  at(seen).map(({ label, descriptor }) => [`${label}: the digest`, descriptor?.digest] as const);

/** Against the check of the config's descriptor. */
export const configDescriptorRules: readonly LayoutRule[] = [
  manifestText,
  manifestOutside,
  ...digestRules(digestsIn(configDescriptor)),
  pointsAt(
    'config-is-another',
    configDescriptor,
    (name) =>
      name !== undefined && name !== 'the digest of the config' ? `points at ${name}` : undefined,
    'What the manifest calls config is the document with the DiffIDs: by the hash of its bytes.',
  ),
  pointsAt(
    'config-is-earlier',
    configDescriptor,
    (name, digest) =>
      name === undefined ? `points at ${brief(digest)}, no blob of yours` : undefined,
    'The config was written again since, and has another hash now. Write the manifest anew.',
  ),
  ...descriptorRules(configDescriptor),
];

const layerDescriptors = ({ manifest: json, known }: SeenLayout): readonly Described[] =>
  listOf(json?.layers).map((value, at) => {
    const descriptor = objectOf(value);
    // Of layers that were swapped, each has its own size: what it names counts before where it stands.
    const named = /^the Digest of (\w+)$/.exec(known.get(descriptor?.digest) ?? '')?.[1];
    return {
      label: `layer ${at}`,
      descriptor,
      sizeOf: `${named ?? (at === 0 ? 'base' : 'delta')}-layer.tar.gz`,
      mediaType: mediaTypes.layerGzip,
    };
  });

const layerNames = (seen: SeenLayout) =>
  namesOf(
    layerDescriptors(seen).map(({ descriptor }) => descriptor?.digest),
    seen,
  );

const layersSwapped: LayoutRule = {
  id: 'layers-swapped',
  sign: (seen) =>
    layerNames(seen).join() === 'the Digest of delta,the Digest of base'
      ? 'layer 0 is the Digest of delta, layer 1 the Digest of base'
      : undefined,
  remedy: 'The bottom layer comes first, as in the config. In this order base would cover delta.',
};

const layersTwice: LayoutRule = {
  id: 'layers-twice',
  sign: (seen) => {
    const [first, second] = layerNames(seen);
    return first !== undefined && first === second ? `both layers are ${first}` : undefined;
  },
  remedy:
    'A variable was not changed when the lines were used again: base comes first, then delta.',
};

const layersCount: LayoutRule = {
  id: 'layers-count',
  sign: (seen) => {
    const found = layerNames(seen);
    if (seen.manifest === undefined || found.length === 2) return undefined;
    return found.length === 1 ? 'one layer' : `${found.length} layers`;
  },
  remedy:
    'The config lists two DiffIDs, and the manifest one layer for each: containerd refuses any other number.',
};

/** Against the check of the layers. */
export const layerRules: readonly LayoutRule[] = [
  manifestText,
  manifestOutside,
  ...digestRules(digestsIn(layerDescriptors)),
  layersSwapped,
  layersTwice,
  pointsAt(
    'layer-is-diffid',
    layerDescriptors,
    (name) => (name?.startsWith('the DiffID') === true ? `is ${name}` : undefined),
    'A manifest wants the hash *after* compression: it names files that are downloaded.',
  ),
  pointsAt(
    'layer-is-document',
    layerDescriptors,
    (name) => (name?.startsWith('the digest') === true ? `is ${name}` : undefined),
    'Layers are the two compressed tars, each by its Digest.',
  ),
  pointsAt(
    'layer-is-earlier',
    layerDescriptors,
    (name, digest) => (name === undefined ? `is ${brief(digest)}, no layer of yours` : undefined),
    'It was packed or compressed again since. Store the new blob, and write the manifest anew.',
  ),
  layersCount,
  ...descriptorRules(layerDescriptors),
];

const schemaVersion: LayoutRule = {
  id: 'schema-version',
  sign: ({ manifest: json }) =>
    json === undefined || json.schemaVersion === 2
      ? undefined
      : `schemaVersion ${quote(json.schemaVersion)}`,
  remedy: 'It is the number 2, without quotes. Version 1 was another format, of another time.',
};

const manifestType: LayoutRule = {
  id: 'manifest-media-type',
  sign: ({ manifest: json }) =>
    json === undefined || json.mediaType === mediaTypes.manifest
      ? undefined
      : `mediaType ${quote(json.mediaType)}`,
  remedy: `A manifest may leave it out, but not say something else. This one says ${mediaTypes.manifest}.`,
};

/** Against the check of the manifest's own fields. */
export const schemaRules: readonly LayoutRule[] = [
  manifestText,
  manifestOutside,
  schemaVersion,
  manifestType,
];

// --- the index -------------------------------------------------------------------------------

const indexNoJson: LayoutRule = {
  id: 'index-not-json',
  sign: ({ index }) => {
    const fault = index === undefined ? undefined : faultOf(index);
    return fault && `index.json is not JSON: ${fault}`;
  },
  remedy: 'Every reader begins here. `jq .` says whether it can be read.',
  where: 'jq . "$OCI_DIR/index.json"',
};

const indexElsewhere: LayoutRule = {
  id: 'index-misplaced',
  sign: ({ index, paths, beside }) => {
    if (index !== undefined) return undefined;
    const found = paths.find((path) => /(^|\/)index(\.jsn|\.json)?$/i.test(path));
    if (found !== undefined) return `oci/${found} is there, and no oci/index.json`;
    return beside.includes('index.json') ? 'index.json lies beside oci, not in it' : undefined;
  },
  remedy:
    'It lies at the top of the layout under its own name, and is no blob: readers begin there.',
  where: 'tree "$OCI_DIR"',
};

const indexIsManifest: LayoutRule = {
  id: 'index-is-manifest',
  sign: ({ index }) => {
    const json = parsed(index);
    return json !== undefined && 'layers' in json && !('manifests' in json)
      ? 'index.json lists layers, and no manifests'
      : undefined;
  },
  remedy: 'That is the manifest. It is a blob, and index.json only points at it.',
  where: 'jq keys "$OCI_DIR/index.json"',
};

const indexCount: LayoutRule = {
  id: 'index-count',
  sign: ({ index }) => {
    const json = parsed(index);
    if (json === undefined || 'layers' in json) return undefined;
    const count = listOf(json.manifests).length;
    if (count === 1) return undefined;
    return count === 0 ? `manifests is ${quote(json.manifests)}` : `${count} manifests`;
  },
  remedy:
    'It is a list of descriptors, `manifests: [{…}]`, and you have one manifest. An earlier try may be listed too.',
  where: 'jq .manifests "$OCI_DIR/index.json"',
};

const manifestDescriptor = ({ index }: SeenLayout): readonly Described[] =>
  listOf(parsed(index)?.manifests)
    .slice(0, 1)
    .map((value) => ({
      label: 'the manifest',
      descriptor: objectOf(value),
      sizeOf: 'the manifest',
      mediaType: mediaTypes.manifest,
    }));

const indexFileRules: readonly LayoutRule[] = [indexNoJson, indexElsewhere, indexIsManifest];

/** Against the check that the index describes the manifest. */
export const indexRules: readonly LayoutRule[] = [
  ...indexFileRules,
  indexCount,
  ...digestRules(digestsIn(manifestDescriptor)),
  pointsAt(
    'index-points-past',
    manifestDescriptor,
    (name) =>
      name !== undefined && name !== 'the digest of the manifest' ? `is ${name}` : undefined,
    'An index points at manifests. From the manifest a reader finds the config and the layers.',
  ),
  pointsAt(
    'index-is-earlier',
    manifestDescriptor,
    (name, digest) => (name === undefined ? `is ${brief(digest)}, no blob of yours` : undefined),
    'The manifest was written again since, and has another hash now. Write index.json anew.',
  ),
  ...descriptorRules(manifestDescriptor),
];

const firstManifest = (seen: SeenLayout) => manifestDescriptor(seen)[0]?.descriptor;

const annotationsOf = (seen: SeenLayout) => objectOf(firstManifest(seen)?.annotations);

const annotations = `jq '.manifests[0].annotations' "$OCI_DIR/index.json"`;

const nameOnIndex: LayoutRule = {
  id: 'name-on-index',
  sign: (seen) => {
    const own = objectOf(parsed(seen.index)?.annotations)?.[refName];
    return own === undefined || annotationsOf(seen)?.[refName] !== undefined
      ? undefined
      : `the index itself is annotated ${quote(own)}`;
  },
  remedy: 'The name belongs to the descriptor in manifests: an index may point at several images.',
  where: annotations,
};

const nameKey: LayoutRule = {
  id: 'name-key',
  sign: (seen) => {
    const found = annotationsOf(seen);
    if (found === undefined || refName in found) return undefined;
    const key = Object.keys(found).find((each) => /name|ref|tag|title/i.test(each));
    return key && `the annotation is called ${key}`;
  },
  remedy: `It is called ${refName}. Any other key names nothing.`,
  where: annotations,
};

const nameMissing: LayoutRule = {
  id: 'name-missing',
  sign: (seen) => {
    const descriptor = firstManifest(seen);
    if (descriptor === undefined || descriptor.digest === undefined) return undefined;
    const onIndex = objectOf(parsed(seen.index)?.annotations)?.[refName];
    const hasSome = Object.keys(annotationsOf(seen) ?? {}).length > 0;
    return hasSome || onIndex !== undefined
      ? undefined
      : 'no such annotation: the manifest has no name';
  },
  remedy: `Without one containerd imports nothing, and says nothing. Annotate the descriptor: ${refName}.`,
  where: annotations,
};

const nameTag: LayoutRule = {
  id: 'name-without-tag',
  sign: (seen) => {
    const name = annotationsOf(seen)?.[refName];
    return typeof name === 'string' && /^(.*\/)?handroll$/.test(name)
      ? `the name is ${name}`
      : undefined;
  },
  remedy: 'containerd takes a name as it is, and adds no tag to it: write handroll:latest.',
  where: annotations,
};

const nameLong: LayoutRule = {
  id: 'name-long',
  sign: (seen) =>
    annotationsOf(seen)?.[refName] === taggedName ? `the name is ${taggedName}` : undefined,
  remedy: `\`--base-name handroll\` would leave it out of the import, without a word. Here it is ${importedName}; the long one comes with the tag.`,
  where: annotations,
};

/** Against the check of the name. */
export const nameRules: readonly LayoutRule[] = [
  ...indexFileRules,
  nameOnIndex,
  nameKey,
  nameMissing,
  nameTag,
  nameLong,
];

// --- the whole -------------------------------------------------------------------------------

const leftOver: LayoutRule = {
  id: 'blob-left-over',
  sign: ({ blobs, known }) => {
    const extra = blobs.filter(
      ({ name, digest }) => `sha256:${name}` === digest && !known.has(digest),
    );
    if (extra.length === 0 || known.size < 6) return undefined;
    return `${blobs.length} blobs; nobody points at ${extra.map(({ digest }) => brief(digest)).join(', ')}`;
  },
  remedy: 'An earlier try leaves its config or manifest behind. Delete what nobody points at.',
  where: 'tree "$OCI_DIR/blobs"',
};

/** Against the check that there are four blobs. */
export const wholeRules: readonly LayoutRule[] = [...blobNameRules, uncompressed, leftOver];

export const diagnoses = defineDiagnoses(checks, {
  marker: { version: diagnoser(seeLayout, ...markerRules) },
  layers: { present: diagnoser(seeLayout, ...blobRules) },
  config: {
    'diff-ids': diagnoser(seeLayout, ...diffIdRules),
    platform: diagnoser(seeLayout, ...platformRules),
    command: diagnoser(seeLayout, ...commandRules),
  },
  manifest: {
    config: diagnoser(seeLayout, ...configDescriptorRules),
    layers: diagnoser(seeLayout, ...layerRules),
    schema: diagnoser(seeLayout, ...schemaRules),
  },
  index: {
    points: diagnoser(seeLayout, ...indexRules),
    name: diagnoser(seeLayout, ...nameRules),
  },
  whole: { four: diagnoser(seeLayout, ...wholeRules) },
});
