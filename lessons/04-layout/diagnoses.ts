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
  isLayerDigest,
  isManifest,
  type Json,
  type KnownDigests,
  knownDigests,
  linkedBlobs,
  manifest,
  manifestSize,
  objectOf,
  reachable,
  readIndex,
  refName,
  type StoredBlob,
  storedBlobs,
} from '../facts/layout.ts';
import { architecture } from '../facts/machine.ts';
import { trees } from '../facts/trees.ts';
import { checks } from './checks.ts';

/** Everything in the layout that can show a mistake. */
export interface SeenLayout {
  /** Paths below oci. */
  readonly paths: readonly string[];
  /** Names in the working directory itself. */
  readonly beside: readonly string[];
  readonly marker: string | undefined;
  readonly index: string | undefined;
  readonly blobs: readonly StoredBlob[];
  /** Symlinks in place of blobs: their names and targets. */
  readonly links: ReadonlyMap<string, string>;
  /** The documents as they are written, whatever their shape. */
  readonly config: Json | undefined;
  readonly manifest: Json | undefined;
  readonly known: KnownDigests;
  /** Sizes in bytes, by the name of the file: 'base-layer.tar', 'the config' … */
  readonly sizes: ReadonlyMap<string, number>;
  readonly machine: string | undefined;
  /** Paths in build/base. */
  readonly programs: readonly string[];
}

async function seeLayout(observation: Observation): Promise<SeenLayout> {
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

/** A value as it is in a document, shortened. */
function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length <= 60 ? text : `${text.slice(0, 40)}…${text.slice(-12)}`;
}

/** Why a text isn't JSON: a usual syntax error, or the parser's own message. */
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
    return found && `oci/${found} exists, but oci/oci-layout doesn't`;
  },
  remedy:
    'The name has to be exactly oci-layout, in lower case, with a hyphen and without an extension.',
  where: 'ls -A "$OCI_DIR"',
  command: writeMarker,
};

const markerElsewhere: LayoutRule = {
  id: 'marker-misplaced',
  sign: ({ marker, paths, beside }) => {
    if (marker !== undefined) return undefined;
    const found = paths.find((path) => path.endsWith('/oci-layout'));
    if (found !== undefined) return `oci-layout is at oci/${found}`;
    return beside.includes('oci-layout') ? 'oci-layout is next to oci, not in it' : undefined;
  },
  remedy: 'It belongs at the top of the layout, next to blobs and index.json.',
  where: 'tree -a "$OCI_DIR"',
  command: writeMarker,
};

const markerNoJson: LayoutRule = {
  id: 'marker-not-json',
  sign: ({ marker }) => {
    const fault = marker === undefined ? undefined : faultOf(marker);
    return fault && `oci-layout is not JSON: ${fault}`;
  },
  remedy: 'It should be this one line: `{"imageLayoutVersion": "1.0.0"}`.',
  where: 'jq . "$OCI_DIR/oci-layout"',
  command: writeMarker,
};

const markerKey: LayoutRule = {
  id: 'marker-key',
  sign: ({ marker }) => {
    const value = parsed(marker);
    if (value === undefined || 'imageLayoutVersion' in value) return undefined;
    const [key] = Object.keys(value);
    return key === undefined ? 'oci-layout is an empty object' : `oci-layout has the key "${key}"`;
  },
  remedy: "The key has to be exactly imageLayoutVersion. Readers ignore keys they don't know.",
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
    'The only version there is so far is the string "1.0.0". containerd refuses any other: "unsupported OCI version".',
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

/** What a blob contains, if it's known; otherwise its size. */
function contentOf({ digest, size }: StoredBlob, known: KnownDigests): string {
  const whose = known.get(digest)?.replace(/^the (digest|DiffID) of (the )?/, '');
  const isTar = known.get(digest)?.includes('DiffID') === true;
  return whose === undefined
    ? `${size} bytes`
    : isTar
      ? `${whose}-layer.tar`
      : `the blob of ${whose}`;
}

/** A blob whose name isn't its hash, for one reason or another. */
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
    return found && `a blob is at oci/${found.slice(0, found.lastIndexOf('/') + 9)}…`;
  },
  remedy: 'Blobs belong in blobs/sha256, the directory named after the hash algorithm.',
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

const otherAlgorithm: LayoutRule = {
  id: 'blob-other-algorithm',
  sign: ({ paths }) => {
    const found = paths.find((path) => /^blobs\/(?!sha256\/)[^/]+\/[^/]+$/.test(path));
    return found && `a blob is in oci/${found.slice(0, found.lastIndexOf('/'))}`;
  },
  remedy:
    'OCI allows other algorithms too, but this tour uses sha256. Put the blobs into blobs/sha256, under the hash that sha256sum prints.',
  where: 'tree "$OCI_DIR"',
};

/** Algorithms by the number of digits of their hashes. */
const algorithms: ReadonlyMap<number, string> = new Map([
  [32, 'md5'],
  [40, 'sha1'],
  [96, 'sha384'],
  [128, 'sha512'],
]);

const blobNameRules: readonly LayoutRule[] = [
  linked,
  flat,
  otherAlgorithm,
  misnamed(
    'blob-name-prefix',
    ({ name }) =>
      /^sha256[:_-]/i.test(name) ? `a file is named ${name.slice(0, 16)}…` : undefined,
    'The directory is named sha256 already. Name the file by the 64 hex digits only.',
  ),
  misnamed(
    'blob-name-other-hash',
    ({ name }) => {
      const algorithm = /^[0-9a-f]+$/.test(name) ? algorithms.get(name.length) : undefined;
      return (
        algorithm &&
        `the name ${name.slice(0, 8)}… has ${name.length} digits, so it is a ${algorithm} hash`
      );
    },
    'In blobs/sha256 a file is named by the hash that sha256sum prints: 64 digits.',
  ),
  misnamed(
    'blob-name-suffix',
    ({ name }) =>
      /^[0-9a-f]{64}\W/.test(name)
        ? `a file is named ${name.slice(0, 8)}…${name.slice(64)}`
        : undefined,
    "The name is the 64 hex digits without an extension; the descriptor tells what a blob is. `cut -d' ' -f1` takes the digits from the output of sha256sum.",
  ),
  misnamed(
    'blob-name-uppercase',
    ({ name, digest }) =>
      `sha256:${name.toLowerCase()}` === digest
        ? `a file is named ${name.slice(0, 8)}…, in upper case`
        : undefined,
    'Digests are written in lower case, as sha256sum prints them. In upper case it is another file name.',
  ),
  misnamed(
    'blob-name-short',
    ({ name, digest }) =>
      /^[0-9a-f]{6,63}$/.test(name) && digest.startsWith(`sha256:${name}`)
        ? `a file is named ${name.slice(0, 12)}…, ${name.length} of its 64 digits`
        : undefined,
    'The name of a blob is the whole hash. Short forms are only for people to read.',
  ),
  misnamed(
    'blob-name-of-nothing',
    ({ name }) => (name === ofNothing ? `a file is named ${name.slice(0, 8)}…` : undefined),
    'That is the hash of nothing: the variable or file that was hashed was empty or missing.',
  ),
  misnamed(
    'blob-name-newline',
    ({ name, text }) => {
      if (text === undefined) return undefined;
      const trimmed = text.replace(/\n+$/, '');
      if (`sha256:${name}` === sha256(trimmed)) {
        return `the name ${name.slice(0, 8)}… is the hash of the text without the newline at the end`;
      }
      return `sha256:${name}` === sha256(`${text}\n`)
        ? `the name ${name.slice(0, 8)}… is the hash of the text with one more newline`
        : undefined;
    },
    '`echo` writes a newline at the end, `printf` and `$(…)` do not. Hash the file that is stored: `sha256sum <FILE`.',
  ),
  misnamed(
    'blob-name-diffid',
    ({ name, digest }, { known }) => {
      const named = known.get(`sha256:${name}`);
      const holds = known.get(digest);
      if (
        named?.startsWith('the DiffID') !== true ||
        holds === undefined ||
        !isLayerDigest(holds)
      ) {
        return undefined;
      }
      return `a file is named by ${named}, and contains the compressed ${holds.replace('the digest of ', '')}`;
    },
    'A blob is named by the hash of its own bytes. For a compressed layer that is the digest.',
  ),
  misnamed(
    'blob-changed',
    (blob, { known }) => {
      const named = known.get(`sha256:${blob.name}`);
      return named && `the file named by ${named} has ${blob.size} other bytes`;
    },
    'It was changed, cut short or overwritten after it was stored. Store it again; a blob with other content gets another name.',
  ),
  misnamed(
    'blob-name-human',
    (blob, { known }) =>
      /^[0-9a-fA-F]{6,}$/.test(blob.name) ||
      /^sha256/i.test(blob.name) ||
      /^[0-9a-f]{64}\W/.test(blob.name)
        ? undefined
        : `a file is named ${blob.name.slice(0, 30)} and contains ${contentOf(blob, known)}`,
    'In blobs/sha256 every file is named by the hash of its bytes, and by nothing else.',
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
    'Copy the compressed file, under its digest: the manifest will declare it as gzip. Then delete this one.',
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
      found && `${found.name.slice(0, 8)}… (${found.size} bytes) is neither of your two layers`
    );
  },
  remedy:
    'The layer was packed or compressed again after it was copied here. Copy the new one, and delete this one.',
  where: 'sha256sum "$WORKDIR"/*-layer.tar.gz "$OCI_DIR"/blobs/sha256/*',
};

/** Against the check that both layers are there. */
export const blobRules: readonly LayoutRule[] = [...blobNameRules, uncompressed, earlierLayer];

// --- documents -------------------------------------------------------------------------------

/** A blob that should be JSON and isn't. */
function brokenDocument(id: string, what: string, mark: RegExp): LayoutRule {
  return {
    id,
    sign: ({ blobs }) => {
      for (const { name, json, text } of blobs) {
        if (json !== undefined || text === undefined || !mark.test(text)) continue;
        return `${name.slice(0, 8)}… looks like ${what}, but isn't JSON: ${faultOf(text)}`;
      }
      return undefined;
    },
    remedy: 'Correct the text, and store it under its new hash. Then delete the old file.',
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
      if (seen.paths.includes(file)) return `oci/${file} exists, but no blob has its content`;
      return seen.beside.includes(file)
        ? `${file} is next to oci, and no blob has its content`
        : undefined;
    },
    remedy:
      'A document is a blob like any other. Move it into blobs/sha256, under the hash of its bytes.',
    where: 'tree "$OCI_DIR"',
  };
}

type Labelled = readonly (readonly [label: string, value: unknown])[];

/** Mistakes in how a digest is written, wherever one belongs. */
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
    remedy:
      'A digest is a string: `sha256:` and 64 hex digits. In a descriptor its key is `digest`.',
  };
  return [
    missing,
    slip(
      'digest-empty',
      (value) => /^(sha256:)?\s*$/.test(value) && `is ${quote(value)}`,
      'A variable was empty when you wrote the document. `eval "$(handroll-tour env)"` sets those that are known.',
    ),
    slip(
      'digest-variable',
      (value) => /\$/.test(value) && `is ${quote(value)}: the shell didn't replace it`,
      "The shell replaces no variables between single quotes, or in a here-document after `<<'END'`. Leave out the quotes, or pass the values to jq with `--arg`.",
    ),
    slip(
      'digest-of-nothing',
      (value) => value.includes(ofNothing) && `is ${brief(`sha256:${ofNothing}`)}`,
      'That is the hash of nothing: the variable or file that was hashed was empty or missing.',
    ),
    slip(
      'digest-doubled',
      (value) => /^sha256:sha256:/.test(value) && 'starts with sha256: twice',
      'The variable already has the prefix, so leave it out in the document.',
    ),
    slip(
      'digest-with-file-name',
      (value) =>
        /^(sha256:)?[0-9a-f]{64}\s+\S/.test(value) &&
        `ends in ${quote(value.slice(value.indexOf(' ')).trim())}`,
      "After the hash, sha256sum prints the name of the file. `cut -d' ' -f1` takes the hash alone.",
    ),
    slip(
      'digest-with-space',
      (value) => /^(sha256:)?[0-9a-f]{64}\s+$/.test(value) && 'ends in a space or a newline',
      "A digest ends with its last digit. `cut -d' ' -f1` takes the hash alone.",
    ),
    slip(
      'digest-bare',
      (value) => isHex(value) && `is ${value.slice(0, 8)}…, without sha256:`,
      'In a document a digest starts with its algorithm, `sha256:`. Only the file name leaves it out.',
    ),
    slip(
      'digest-uppercase',
      (value) =>
        /^sha256:[0-9a-fA-F]{64}$/i.test(value) &&
        /[A-Z]/.test(value) &&
        `is ${value.slice(0, 15)}…, in upper case`,
      'Digests are written in lower case, as sha256sum prints them.',
    ),
    slip(
      'digest-other-algorithm',
      (value) => {
        const [, prefix = '', digits = ''] = /^(?:(\w+):)?([0-9a-f]+)$/.exec(value) ?? [];
        const algorithm = algorithms.get(digits.length);
        return (
          algorithm !== undefined &&
          (prefix === algorithm || prefix === '' || prefix === 'sha256') &&
          `is a ${algorithm} digest, ${digits.slice(0, 8)}…`
        );
      },
      'The blobs of this layout are named by sha256. Use `sha256sum`, and write `sha256:` in front.',
    ),
    slip(
      'digest-length',
      (value) => {
        const [, digits = ''] = /^(?:sha256:)?([0-9a-f]+)$/.exec(value) ?? [];
        return digits !== '' && digits.length !== 64 && `has ${digits.length} digits`;
      },
      'A SHA-256 digest has 64 digits. Perhaps it was cut off when it was copied from a screen.',
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
  remedy: 'Put the list diff_ids into rootfs: `"rootfs": {"type": "layers", "diff_ids": […]}`.',
};

const idsAreDigests: LayoutRule = {
  id: 'diffids-are-digests',
  sign: (seen) => {
    const all = namesOf(idsOf(seen), seen);
    if (!all.some(isLayerDigest)) return undefined;
    return all.map((name) => name ?? 'an unknown digest').join(', then ');
  },
  remedy:
    'The config needs the hash *before* compression, since containerd compares it with the hash of the tar stream while it unpacks.',
};

const idsSwapped: LayoutRule = {
  id: 'diffids-swapped',
  sign: (seen) => {
    const all = namesOf(idsOf(seen), seen).join();
    return all === 'the DiffID of delta,the DiffID of base'
      ? 'the DiffID of delta, then the DiffID of base'
      : undefined;
  },
  remedy: 'The order is wrong: the lowest layer, base, comes first.',
};

const idsTwice: LayoutRule = {
  id: 'diffids-twice',
  sign: (seen) => {
    const [first, second] = namesOf(idsOf(seen), seen);
    return first !== undefined && first === second ? `${first}, twice` : undefined;
  },
  remedy: 'You reused the line and forgot to change the variable. It should be base, then delta.',
};

const idsCount: LayoutRule = {
  id: 'diffids-count',
  sign: (seen) => {
    const ids = rootfsOf(seen)?.diff_ids;
    const all = namesOf(listOf(ids), seen);
    if (!Array.isArray(ids) || all.length === 2 || all.includes(undefined)) return undefined;
    return `${all.length === 1 ? 'one DiffID' : `${all.length} DiffIDs`}, for two layers`;
  },
  remedy: 'The config needs one DiffID for each layer, in the order of the manifest.',
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
      : `${labelOf(at)} is ${brief(String(idsOf(seen)[at]))}, and neither of your tars has that hash`;
  },
  remedy:
    'A tar was packed again after you wrote the config. Write the config again, then the manifest and index.json.',
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
    "That is the kernel's name for it (`uname -m`). Images use Go's names: amd64 for x86_64, arm64 for aarch64.",
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
  remedy: 'These names are written in lower case: linux, amd64, arm64.',
};

const platformMissing: LayoutRule = {
  id: 'platform-missing',
  sign: ({ config: json }) => {
    const missing = json && ['os', 'architecture'].find((field) => typeof json[field] !== 'string');
    if (missing === undefined || json === undefined) return undefined;
    const inside = objectOf(json.config)?.[missing] ?? objectOf(json.platform)?.[missing];
    return inside === undefined
      ? `${missing} ${quote(json[missing])}`
      : `${missing} is a level too deep, as ${quote(inside)}`;
  },
  remedy: 'Both os and architecture belong at the top of the config, next to rootfs.',
};

const otherPlatform: LayoutRule = {
  id: 'platform-of-another',
  sign: ({ config: json, machine }) => {
    const { os, architecture: said } = json ?? {};
    if (typeof os === 'string' && os.toLowerCase() !== 'linux') return `os ${os}`;
    const isOther =
      typeof said === 'string' && machine !== undefined && said.toLowerCase() !== machine;
    return isOther && architectureOfKernel(said) !== machine
      ? `architecture ${said}, but this machine is ${machine}`
      : undefined;
  },
  remedy:
    'Nothing compares this with the program, but tools choose an image by it. Write the platform of your busybox.',
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
  remedy: 'Write `"type": "layers"` into rootfs. It is required, and the only type there is.',
};

const commandText: LayoutRule = {
  id: 'cmd-string',
  sign: (seen) =>
    typeof commandOf(seen) === 'string' ? `Cmd ${quote(commandOf(seen))}` : undefined,
  remedy:
    'Cmd is a list of words, not one string: `["/bin/sh"]`. containerd would fail with "cannot unmarshal string".',
};

const commandElsewhere: LayoutRule = {
  id: 'cmd-misplaced',
  sign: (seen) => {
    if (seen.config === undefined || commandOf(seen) !== undefined) return undefined;
    const inside = Object.keys(execution(seen) ?? {}).find((key) => /^(cmd|command)$/i.test(key));
    if (inside !== undefined) return `the key is config.${inside}`;
    const outside = Object.keys(seen.config).find((key) => /^(cmd|command)$/i.test(key));
    return outside && `${outside} is at the top, not in config`;
  },
  remedy: "The key is Cmd, with a capital C, inside config. Readers ignore keys they don't know.",
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
    'No shell splits it, so the kernel would look for a program with that whole name. Make each word an item of the list.',
};

const commandNotThere: LayoutRule = {
  id: 'cmd-not-in-image',
  sign: (seen) => {
    const [first] = listOf(commandOf(seen));
    if (typeof first !== 'string' || !first.startsWith('/') || first.includes(' '))
      return undefined;
    return seen.programs.length === 0 || seen.programs.includes(first.slice(1))
      ? undefined
      : `Cmd ${quote(commandOf(seen))}, but build/base has no ${first.slice(1)}`;
  },
  remedy: 'The image has only busybox and its three links. Its shell is /bin/sh.',
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

/** A descriptor as it is written, and what it should describe. */
interface Described {
  /** 'layer 0', 'the config' … */
  readonly label: string;
  readonly descriptor: Json | undefined;
  /** The file it should describe, as a key of `SeenLayout.sizes`. */
  readonly sizeOf: string;
  readonly mediaType: string;
}

/** Mistakes in a descriptor's size or media type, wherever it is. */
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
      'A size is a number, so write it without quotes. In jq, `--argjson` passes a number and `--arg` a string.',
    ),
    slip(
      'size-missing',
      ({ descriptor }) =>
        descriptor !== undefined && descriptor.size === undefined && descriptor.digest !== undefined
          ? 'no size'
          : undefined,
      'A descriptor has a media type, a digest and a size. `stat -c %s FILE` prints the size in bytes.',
    ),
    slip(
      'size-newline',
      (described, seen) => {
        const { said, right = Number.NaN } = sizeOf(described, seen);
        const off = Number(said) - right;
        if (typeof said !== 'number' || Math.abs(off) !== 1) return undefined;
        return `size ${said}, not ${right}: one byte too ${off > 0 ? 'many' : 'few'}`;
      },
      'One byte is usually a newline: `echo` writes one, `printf` and `$(…)` do not. Measure the stored file: `stat -c %s FILE`.',
    ),
    slip(
      'size-uncompressed',
      (described, seen) => {
        const { said, right } = sizeOf(described, seen);
        const tar = described.sizeOf.replace(/\.gz$/, '');
        return tar !== described.sizeOf && said === seen.sizes.get(tar) && said !== right
          ? `size ${said}, not ${right}: that is the size of ${tar}`
          : undefined;
      },
      'Digest and size are those of the stored file, the .tar.gz.',
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
      'Digest and size have to be those of the same file.',
    ),
    slip(
      'media-type-missing',
      ({ descriptor }) =>
        descriptor !== undefined &&
        descriptor.mediaType === undefined &&
        descriptor.digest !== undefined
          ? `no mediaType${'mediatype' in descriptor || 'media_type' in descriptor ? ', but a key like it' : ''}`
          : undefined,
      'A descriptor has a media type, a digest and a size. The key is mediaType, with a capital T.',
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
      "That is Docker's older name for the same thing. containerd accepts it, but this image uses OCI's names, which start with application/vnd.oci.image.",
    ),
    slip(
      'media-type-uncompressed',
      ({ descriptor, mediaType }) =>
        mediaType === mediaTypes.layerGzip && descriptor?.mediaType === mediaTypes.layer
          ? `mediaType ${mediaTypes.layer}`
          : undefined,
      'That means an uncompressed tar, but the blob is gzip. Write `+gzip` at the end.',
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
      'It was copied from the descriptor of something else. The media type has to be that of the blob.',
    ),
    slip(
      'media-type-misspelt',
      ({ descriptor, mediaType }) => {
        const said = descriptor?.mediaType;
        return said !== undefined && said !== mediaType
          ? `mediaType ${quote(said)}, not ${mediaType}`
          : undefined;
      },
      'Readers compare media types letter by letter: `+gzip` and `+json`, with a plus sign. Copy it from the specification.',
    ),
  ];
}

/** The digest in a descriptor is well-formed, and that of something else. */
function pointsAt(
  id: string,
  at: (seen: SeenLayout) => readonly Described[],
  told: (name: string | undefined, digest: string, seen: SeenLayout) => string | undefined,
  remedy: string,
): LayoutRule {
  return {
    id,
    sign: (seen) => {
      for (const described of at(seen)) {
        const digest = described.descriptor?.digest;
        if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest)) continue;
        if (digest.endsWith(ofNothing)) continue;
        const said = told(seen.known.get(digest), digest, seen);
        if (said !== undefined) return `${described.label}: ${said}`;
      }
      return undefined;
    },
    remedy,
  };
}

/** What is unknown about a digest that none of the learner's files has: whether a blob has it. */
function earlier(digest: string, { blobs }: SeenLayout): string {
  return blobs.some((blob) => blob.digest === digest)
    ? `${brief(digest)}, a blob from an earlier try`
    : `${brief(digest)}, and no blob has that hash`;
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
    (name) => (name !== undefined && name !== 'the digest of the config' ? name : undefined),
    'The manifest needs the digest of the config, the document with the DiffIDs.',
  ),
  pointsAt(
    'config-is-earlier',
    configDescriptor,
    (name, digest, seen) => (name === undefined ? earlier(digest, seen) : undefined),
    'The config has been written again since, so it has another digest. Write the manifest again.',
  ),
  ...descriptorRules(configDescriptor),
];

const layerDescriptors = ({ manifest: json, known }: SeenLayout): readonly Described[] =>
  listOf(json?.layers).map((value, at) => {
    const descriptor = objectOf(value);
    // In swapped layers each has its own size, so the digest tells whose size is meant, not the place.
    const named = /^the digest of (base|delta)$/.exec(known.get(descriptor?.digest) ?? '')?.[1];
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
    layerNames(seen).join() === 'the digest of delta,the digest of base'
      ? 'layer 0 is the digest of delta, layer 1 the digest of base'
      : undefined,
  remedy: 'The lowest layer comes first, as in the config. In this order base would shadow delta.',
};

const layersTwice: LayoutRule = {
  id: 'layers-twice',
  sign: (seen) => {
    const [first, second] = layerNames(seen);
    return first !== undefined && first === second ? `both layers are ${first}` : undefined;
  },
  remedy: 'You reused the lines and forgot to change a variable. It should be base, then delta.',
};

const layersKey: LayoutRule = {
  id: 'layers-key',
  sign: ({ manifest: json }) => {
    if (json === undefined || 'layers' in json) return undefined;
    const key = Object.keys(json).find((each) => /^layer/i.test(each));
    return `the manifest has no layers${key === undefined ? '' : `, but ${key}`}`;
  },
  remedy: "The key is layers, a list of descriptors. Readers ignore keys they don't know.",
};

const layersCount: LayoutRule = {
  id: 'layers-count',
  sign: (seen) => {
    const found = layerNames(seen);
    if (seen.manifest === undefined || found.length === 2) return undefined;
    return found.length === 1 ? 'one layer' : `${found.length} layers`;
  },
  remedy:
    'The manifest needs one layer for each of the two DiffIDs in the config. containerd refuses any other number.',
};

/** Against the check of the layers. */
export const layerRules: readonly LayoutRule[] = [
  manifestText,
  manifestOutside,
  layersKey,
  ...digestRules(digestsIn(layerDescriptors)),
  layersSwapped,
  layersTwice,
  pointsAt(
    'layer-is-diffid',
    layerDescriptors,
    (name) => (name?.startsWith('the DiffID') === true ? name : undefined),
    'The manifest needs the hash *after* compression: it names the files that get downloaded.',
  ),
  pointsAt(
    'layer-is-document',
    layerDescriptors,
    (name) => (name?.startsWith('the digest') === true && !isLayerDigest(name) ? name : undefined),
    'Layers are the two compressed tars, each by its digest.',
  ),
  pointsAt(
    'layer-is-earlier',
    layerDescriptors,
    (name, digest, seen) => (name === undefined ? earlier(digest, seen) : undefined),
    'The layer has been packed or compressed again since. Store the new blob, then write the manifest again.',
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
  remedy: 'Write the number 2, without quotes. Version 1 was an older format of Docker.',
};

const manifestType: LayoutRule = {
  id: 'manifest-media-type',
  sign: ({ manifest: json }) =>
    json === undefined || json.mediaType === mediaTypes.manifest
      ? undefined
      : `mediaType ${quote(json.mediaType)}`,
  remedy: `Write ${mediaTypes.manifest}. The specification lets a manifest leave it out, but not have another one.`,
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
    return fault && `index.json isn't JSON: ${fault}`;
  },
  remedy: 'Correct the text. `jq .` reports whether it is valid JSON.',
  where: 'jq . "$OCI_DIR/index.json"',
};

const indexElsewhere: LayoutRule = {
  id: 'index-misplaced',
  sign: ({ index, paths, beside }) => {
    if (index !== undefined) return undefined;
    const found = paths.find((path) => /(^|\/)index(\.jsn|\.json)?$/i.test(path));
    if (found !== undefined) return `oci/${found} exists, but oci/index.json doesn't`;
    return beside.includes('index.json') ? 'index.json is next to oci, not in it' : undefined;
  },
  remedy: 'Put index.json at the top of the layout, under that name. It is not a blob.',
  where: 'tree "$OCI_DIR"',
};

const indexIsManifest: LayoutRule = {
  id: 'index-is-manifest',
  sign: ({ index }) => {
    const json = parsed(index);
    return json !== undefined && 'layers' in json && !('manifests' in json)
      ? 'index.json has layers, and no manifests'
      : undefined;
  },
  remedy:
    'That is the manifest, which is a blob. index.json has a descriptor of it, in the list manifests.',
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
    'The value of manifests is a list with one descriptor, `"manifests": [{…}]`, since you have one manifest.',
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
    (name) => (name !== undefined && name !== 'the digest of the manifest' ? name : undefined),
    'An index lists manifests. Readers find the config and the layers in the manifest.',
  ),
  pointsAt(
    'index-is-earlier',
    manifestDescriptor,
    (name, digest, seen) => (name === undefined ? earlier(digest, seen) : undefined),
    'The manifest has been written again since, so it has another digest. Write index.json again.',
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
  remedy:
    'The name belongs in the descriptor in manifests, since an index can list several images.',
  where: annotations,
};

const nameKey: LayoutRule = {
  id: 'name-key',
  sign: (seen) => {
    const found = annotationsOf(seen);
    if (found === undefined || refName in found) return undefined;
    const key = Object.keys(found).find((each) => /name|ref|tag|title/i.test(each));
    return key && `the annotation has the key ${key}`;
  },
  remedy: `The key is ${refName}. Readers ignore keys they don't know.`,
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
      : 'the descriptor has no annotation, so the image has no name';
  },
  remedy: `Add annotations to the descriptor, with the key ${refName}. Without a name \`ctr images import\` would skip the image without a message.`,
  where: annotations,
};

/** The name in the annotation, if it's a string and another one than this image's. */
function otherName(seen: SeenLayout): string | undefined {
  const name = annotationsOf(seen)?.[refName];
  return typeof name === 'string' && name !== importedName ? name : undefined;
}

const nameBare: LayoutRule = {
  id: 'name-bare-tag',
  sign: (seen) => (otherName(seen) === 'latest' ? 'the name is latest, a tag alone' : undefined),
  remedy: `A tag alone is the usual form in the specification, and \`--base-name handroll\` would put \`handroll:\` in front. This tour expects the full name, ${importedName}.`,
  where: annotations,
};

const nameTag: LayoutRule = {
  id: 'name-without-tag',
  sign: (seen) =>
    otherName(seen) === 'handroll' ? 'the name is handroll, without a tag' : undefined,
  remedy: `With \`--base-name handroll\`, ctr would take it for a tag and make handroll:handroll of it. Write ${importedName}.`,
  where: annotations,
};

const nameOther: LayoutRule = {
  id: 'name-other',
  sign: (seen) => {
    const name = otherName(seen);
    return name === undefined || name === 'latest' || name === 'handroll'
      ? undefined
      : `the name is ${quote(name)}`;
  },
  remedy: `Write ${importedName}. \`ctr images import --base-name handroll\` skips full names that don't start with handroll, without a message; the name ${taggedName} comes with lesson 5.`,
  where: annotations,
};

/** Against the check of the name. */
export const nameRules: readonly LayoutRule[] = [
  ...indexFileRules,
  nameOnIndex,
  nameKey,
  nameMissing,
  nameBare,
  nameTag,
  nameOther,
];

// --- the whole -------------------------------------------------------------------------------

const severalManifests: LayoutRule = {
  id: 'several-manifests',
  alone: true,
  sign: ({ blobs, index }) => {
    const found = blobs.filter(({ json }) => isManifest(json));
    const named = readIndex(parsed(index) ?? {}).manifests?.[0]?.digest;
    const inUse = found.find(({ digest }) => digest === named);
    if (found.length < 2 || inUse === undefined) return undefined;
    const others = found.filter((blob) => blob !== inUse).map(({ digest }) => brief(digest));
    return `blobs/sha256 has ${found.length} manifests: index.json names ${brief(inUse.digest)}, but not ${others.join(', ')}`;
  },
  remedy:
    "Delete the one that index.json doesn't name. If you meant that one, write index.json again and delete the other.",
  where: 'jq -r ".manifests[].digest" "$OCI_DIR/index.json"; ls "$OCI_DIR/blobs/sha256"',
};

const leftOver: LayoutRule = {
  id: 'blob-left-over',
  sign: ({ blobs, index, known }) => {
    const document = parsed(index);
    if (document === undefined || known.size < 6) return undefined;
    const found = new Set(reachable(readIndex(document), blobs).map(({ digest }) => digest));
    const extra = blobs.filter(
      ({ name, digest }) => `sha256:${name}` === digest && !found.has(digest) && !known.has(digest),
    );
    if (extra.length === 0) return undefined;
    return `${blobs.length} blobs; index.json doesn't lead to ${extra.map(({ digest }) => brief(digest)).join(', ')}`;
  },
  remedy:
    "An earlier try leaves its config or manifest behind. Delete the blobs that index.json doesn't lead to.",
  where: 'tree "$OCI_DIR/blobs"',
};

/** Against the check that there are four blobs. */
export const wholeRules: readonly LayoutRule[] = [
  ...blobNameRules,
  uncompressed,
  severalManifests,
  leftOver,
];

/** Against the checks that the config and the manifest have their own hash as name. */
export const documentNameRules: readonly LayoutRule[] = blobNameRules;

export const diagnoses = defineDiagnoses(checks, {
  layers: {
    version: diagnoser(seeLayout, ...markerRules),
    present: diagnoser(seeLayout, ...blobRules),
  },
  config: {
    named: diagnoser(seeLayout, ...documentNameRules),
    'diff-ids': diagnoser(seeLayout, ...diffIdRules),
    platform: diagnoser(seeLayout, ...platformRules),
    command: diagnoser(seeLayout, ...commandRules),
  },
  manifest: {
    named: diagnoser(seeLayout, ...documentNameRules),
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
