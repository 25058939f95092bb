import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateWithoutWitness } from '../src/engine/check.ts';
import type { Fact } from '../src/engine/fact.ts';
import { keyOf, type Place, placesOf } from '../src/engine/lesson.ts';
import type { Observation } from '../src/engine/observation.ts';
import { CommandNames, render, type Script, sh } from '../src/engine/script.ts';
import { knownVariables } from '../src/engine/variables.ts';
import { makeTemporaryDirectory } from '../src/host/files.ts';
import { type NeededTool, neededTools } from '../src/host/preflight/needed-tools.ts';
import { findBusybox, hostArchitecture } from '../src/host/preflight/tools.ts';
import { shellQuote } from '../src/host/shell-quote.ts';
import { type Digest, digestFile } from '../src/oci/digest.ts';
import { type WhiteoutForm, whiteoutFormOf } from '../src/oci/whiteout.ts';
import { diffIds, digests, tars, whiteouts } from './facts/layers.ts';
import { config, configDigest, manifestDigest } from './facts/layout.ts';
import { namespace, whiteoutChoice } from './facts/machine.ts';
import { trees } from './facts/trees.ts';
import { variables } from './facts/variables.ts';
import { lessons } from './index.ts';

/*
 * The learner's image as a plain script: the scripts of the steps that build it, as they stand in the
 * lessons, between a few lines that take the place of the tour.
 */

/** What tells one image from another, in the order in which the tour makes it. */
export const digestNames: readonly Fact<Digest>[] = [
  diffIds.base,
  diffIds.delta,
  digests.base,
  digests.delta,
  configDigest,
  manifestDigest,
];

/** The documents that a learner may have written differently and that mean the same. */
const documents = [
  { key: '04-layout/config', digest: configDigest },
  { key: '04-layout/manifest', digest: manifestDigest },
] as const;

/** What there is to know of the image that is to be built again. */
export interface Original {
  /** The hash of the program in it. */
  readonly busybox: Digest | undefined;
  readonly architecture: string;
  readonly namespace: string;
  readonly whiteout: WhiteoutForm;
  /** By the name of the variable; without those that are not known yet. */
  readonly digests: Readonly<Record<string, string>>;
  /** Documents in other words than the lesson's, by step key. */
  readonly documents: Readonly<Record<string, string>>;
  /** Steps that do not hold now, by key: what they make in the script is not what is here. */
  readonly unmet: readonly string[];
}

const building = placesOf(lessons).filter(({ step }) => step.builds);

/** What the learner has built so far. */
export async function originalOf(observation: Observation): Promise<Original> {
  const known = await knownVariables(observation, variables);
  const unmet = await unmetSteps(observation);
  return {
    busybox: await programHash(observation),
    architecture: String((await observation.get(config))?.value.architecture ?? hostArchitecture()),
    namespace: await observation.need(namespace),
    whiteout: await whiteoutForm(observation),
    digests: Object.fromEntries(
      digestNames.flatMap(({ variable = '' }) => {
        const value = known[variable];
        return value === undefined ? [] : [[variable, value]];
      }),
    ),
    documents: await ownDocuments(observation, known, unmet),
    unmet,
  };
}

async function unmetSteps(observation: Observation): Promise<string[]> {
  const found = await Promise.all(
    building.map(async (place) => {
      const outcomes = await Promise.all(
        place.step.checks.map((check) => evaluateWithoutWitness(check, observation)),
      );
      return outcomes.every(({ status }) => status === 'pass') ? [] : [keyOf(place)];
    }),
  );
  return found.flat();
}

/** Of the busybox in the image; before there is one, of the one that would go in. */
async function programHash(observation: Observation): Promise<Digest | undefined> {
  const entries = [await observation.get(tars.base), await observation.get(trees.base)].flatMap(
    (all) => all?.entries ?? [],
  );
  const packed = entries.find(({ path, digest }) => path === 'bin/busybox' && digest);
  if (packed?.digest !== undefined) return packed.digest;
  const found = findBusybox(observation.host.environment().PATH);
  return found && (await digestFile(found.path))?.digest;
}

async function whiteoutForm(observation: Observation): Promise<WhiteoutForm> {
  const made = (await observation.get(whiteouts.tar)) ?? (await observation.get(whiteouts.tree));
  return (made && whiteoutFormOf(made)) ?? observation.need(whiteoutChoice);
}

/** Documents that hold, and yet are not, byte for byte, what the lesson's script writes. */
async function ownDocuments(
  observation: Observation,
  known: Readonly<Record<string, string>>,
  unmet: readonly string[],
): Promise<Record<string, string>> {
  const found = await Promise.all(
    documents.map(async ({ key, digest }): Promise<[string, string][]> => {
      const own = await observation.get(digest);
      const place = building.find((each) => keyOf(each) === key);
      if (own === undefined || place === undefined || unmet.includes(key)) return [];
      if ((await rehearsed(observation, place, known)) === own) return [];
      const bytes = await observation.file('oci', 'blobs', 'sha256', own.slice('sha256:'.length));
      return bytes === undefined ? [] : [[key, bytes.toString()]];
    }),
  );
  return Object.fromEntries(found.flat());
}

/** What the lesson's script makes of the same values, tried out in a directory of its own. */
async function rehearsed(
  observation: Observation,
  { step }: Place,
  known: Readonly<Record<string, string>>,
): Promise<Digest | undefined> {
  const directory = makeTemporaryDirectory();
  const blobs = join(directory, 'blobs/sha256');
  try {
    mkdirSync(blobs, { recursive: true });
    const { ended } = observation.host.script(step.script.source, {
      env: { ...known, WORKDIR: directory, OCI_DIR: directory },
      onOutput: () => {},
      // Nothing of it needs the daemon, which may not be running.
      outsideDaemonNamespace: true,
    });
    await ended;
    const [made] = readdirSync(blobs);
    return made === undefined ? undefined : `sha256:${made}`;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

// --- the script --------------------------------------------------------------------------------

const heading = sh`
  #!/usr/bin/env bash
  # Builds a container image by hand, with tar, gzip and sha256sum: the same image,
  # to the byte, as in the tour that wrote this script.
  #
  #   bash SCRIPT [DIR]    in DIR, or in the current directory; either has to be empty
  #
  # It needs a static busybox, the program in the image, and neither root nor a
  # container runtime. At the end it says whether the image came out the same.
  set -euo pipefail
`;

const builders = new CommandNames(
  neededTools.filter((tool: NeededTool) => tool.builds === true).map(({ id }) => id),
);

const opening = sh`
  stop() {
    printf '%s\n' "$@" >&2
    exit 1
  }

  case $#:\${1:-} in
    0: | 1:[!-]*) ;;
    *) stop "Usage: bash $0 [DIR]" ;;
  esac

  for tool in ${builders} mknod; do
    command -v "$tool" >/dev/null || stop "There is no $tool here: install it first."
  done
  case $(tar --version) in
    *'GNU tar'*) ;;
    *) stop 'This tar is not GNU tar: it has no --sort, and the hashes depend on the order.' ;;
  esac
  [ -f "$BUSYBOX" ] || stop 'There is no busybox here: install busybox-static, or set BUSYBOX=PATH.'
  case $BUSYBOX_SHA256 in
    '' | "$(sha256sum <"$BUSYBOX" | cut -d' ' -f1)") ;;
    *) stop "$BUSYBOX is not the program that was in the image, and would make another image." \
      'Set BUSYBOX=PATH to name the right one, or BUSYBOX_SHA256= (nothing) to use this one.' ;;
  esac

  mkdir -p -- "\${1:-.}"
  WORKDIR=$(cd -- "\${1:-.}" >/dev/null && pwd)
  OCI_DIR=$WORKDIR/oci
  [ -z "$(ls -A "$WORKDIR")" ] || stop "$WORKDIR is not empty. Give a new directory as the argument."
`;

const busyboxFound = sh`
  PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
  BUSYBOX=\${BUSYBOX:-$(command -v busybox.static || command -v busybox-static || command -v busybox || :)}
`;

const refused = sh`
  mknod() {
    command mknod "$@" || stop "$WORKDIR cannot hold a device, and this image has one: its whiteout." \
      'Name a directory that does not lie on an overlay; before Linux 5.8, be root.'
  }
`;

const comparing = sh`
  same=0 others=0
  compare() { # what it is, what came out, what it was
    if [ -z "$3" ]; then
      printf '%s\n  %s\n' "$1" "$2"
    elif [ "$2" = "$3" ]; then
      same=$((same + 1))
      printf '%s: the same\n  %s\n' "$1" "$2"
    else
      others=$((others + 1))
      printf '%s: another\n  %s\n  it was\n  %s\n' "$1" "$2" "$3"
    fi
  }
  echo
`;

const verdict = sh`
  echo
  if [ "$others" -gt 0 ]; then
    stop 'This is another image. The first line that differs says where it began:' \
      'a DiffID depends on busybox, on tar, and on the form of the whiteout;' \
      'the digest of a layer also on gzip.'
  elif [ "$same" -eq 0 ]; then
    echo "An image is in $OCI_DIR. There was none to compare it with when this was written."
  else
    echo "The same image. It is in $OCI_DIR, and in $WORKDIR/handroll-image.tar."
  fi
`;

/** The whole script, for this image. */
export function rebuildScript(image: Original): string {
  return `${[
    heading.source,
    values(image),
    opening.source,
    ...(image.whiteout === 'device' ? [refused.source] : []),
    ...lessons.flatMap((lesson) => {
      const places = building.filter((place) => place.lesson === lesson);
      return places.length === 0
        ? []
        : [ruled(lesson.title), ...places.map((place) => section(place, image))];
    }),
    ruled('The same?'),
    comparing.source,
    comparisons(),
    verdict.source,
    afterwards(image),
  ].join('\n\n')}\n`;
}

/** Everything that is of this image and no other. */
function values({ busybox, architecture, digests: known }: Original): string {
  const expected = digestNames.map(
    ({ variable = '' }) =>
      `EXPECTED_${variable}=${known[variable] === undefined ? '' : shellQuote(known[variable])}`,
  );
  return [
    '# The program in the image. Another one makes another image.',
    busyboxFound.source,
    `BUSYBOX_SHA256=\${BUSYBOX_SHA256-${busybox?.slice('sha256:'.length) ?? ''}}`,
    '',
    '# The machine it is for.',
    `ARCH=${shellQuote(architecture)}`,
    '',
    '# What came out the first time, to compare with at the end. Nothing is made of these.',
    ...expected,
  ].join('\n');
}

function ruled(title: string): string {
  return `# ${'-'.repeat(Math.max(3, 76 - title.length))} ${title}`;
}

function section(place: Place, image: Original): string {
  const { title, script, exports } = place.step;
  const own = image.documents[keyOf(place)];
  const body = own === undefined ? plainly(script, image) : written(place, own, image.digests);
  return [`# ${title}`, body, ...(exports === undefined ? [] : [exports.source])].join('\n');
}

/** A script as it stands in the lesson, but for the form of the whiteout. */
function plainly(script: Script, { whiteout: form }: Original): string {
  const containerdAccess = { viaWrapper: false, address: undefined };
  const whiteout = () => ({ form, because: 'the image has it so' });
  // Nothing of it mounts an overlay, so what it is built on does not matter.
  const filesystem = () => ({
    type: 'any',
    target: '/',
    supportsLayers: true,
    supportsOverlayUpper: true,
  });
  return render(script, { privilege: 'sudo', containerdAccess, whiteout, filesystem });
}

const stored = sh`
  digest=$(sha256sum <"$OCI_DIR/document" | cut -d' ' -f1)
  mv "$OCI_DIR/document" "$OCI_DIR/blobs/sha256/$digest"
`;

/** A document in the learner's own words. Digests in it are what they come to when this is run. */
function written({ step }: Place, document: string, known: Original['digests']): string {
  const escaped = document.replace(/[\\$`]/g, '\\$&');
  const live = Object.entries(known).reduce(
    (text, [variable, digest]) => text.replaceAll(digest, `\${${variable}}`),
    escaped,
  );
  const end = freeWord(document);
  const here = live.endsWith('\n')
    ? `cat >"$OCI_DIR/document" <<${end}\n${live}${end}`
    : // A here-document always ends in a newline, and this document does not.
      `printf '%s' "$(\n  cat <<${end}\n${live}\n${end}\n)" >"$OCI_DIR/document"`;
  return `# the ${step.id} of this image is in its maker's own words\n${here}\n${stored.source}`;
}

/** A word that ends a here-document, and is no line of it. */
function freeWord(document: string): string {
  const lines = new Set(document.split('\n'));
  let word = 'END';
  while (lines.has(word)) word += '_';
  return word;
}

function comparisons(): string {
  return digestNames
    .map(
      ({ what, variable }) => `compare ${shellQuote(what)} "$${variable}" "$EXPECTED_${variable}"`,
    )
    .join('\n');
}

/** What comes next is not part of building: it needs root, and a containerd. */
function afterwards({ namespace: name }: Original): string {
  const next = ['05-import/import', '05-import/tag', '08-run/start'].flatMap((key) => {
    const step = placesOf(lessons).find((place) => keyOf(place) === key)?.step;
    return step === undefined ? [] : ['', `# ${step.title}`, ...step.script.source.split('\n')];
  });
  const lines = [
    'From here on it takes a containerd, and root. By hand:',
    '',
    `WORKDIR=DIR CTR_NAMESPACE=${shellQuote(name)}`,
    ...next,
  ];
  return lines.map((line) => (line === '' ? '#' : `# ${line}`)).join('\n');
}
