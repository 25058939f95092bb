import { defineDiagnoses } from '../../src/engine/define.ts';
import { type DiagnosisRule, diagnoser } from '../../src/engine/diagnosis.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { inspectProgram } from '../../src/host/preflight/tools.ts';
import type { Elf } from '../../src/oci/elf.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { whiteoutOf } from '../../src/oci/whiteout.ts';
import { architecture } from '../facts/machine.ts';
import { trees } from '../facts/trees.ts';
import { checks } from './checks.ts';

/** The two trees, empty where there is none yet, and what bin/busybox says of itself. */
export interface SeenTrees {
  readonly base: readonly LayerEntry[];
  readonly delta: readonly LayerEntry[];
  /** Undefined if it is not there, or no program. */
  readonly program: Elf | undefined;
  readonly machine: string | undefined;
}

export async function seeTrees(observation: Observation): Promise<SeenTrees> {
  return {
    base: (await observation.get(trees.base))?.entries ?? [],
    delta: (await observation.get(trees.delta))?.entries ?? [],
    program: inspectProgram(observation.path('build', 'base', 'bin', 'busybox')),
    machine: await observation.get(architecture),
  };
}

type TreeRule = DiagnosisRule<SeenTrees>;

function at(entries: readonly LayerEntry[], path: string): LayerEntry | undefined {
  return entries.find((entry) => entry.path === path);
}

function nameOf({ path }: LayerEntry): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What a file says, or nothing: of programs, links and directories. */
function textOf(entry: LayerEntry | undefined): string | undefined {
  return entry?.kind === 'file' ? entry.content?.toString() : undefined;
}

// --- the program -----------------------------------------------------------------------------

const again = 'cp -L "$BUSYBOX" "$WORKDIR/build/base/bin/busybox"';

const program = (seen: SeenTrees) => at(seen.base, 'bin/busybox');

const linkInstead: TreeRule = {
  id: 'busybox-link',
  sign: (seen) => {
    const entry = program(seen);
    const applets = ['sh', 'ls', 'cat'];
    if (entry?.kind !== 'symlink' || applets.includes(entry.link ?? '')) return undefined;
    return `bin/busybox is a link to ${entry.link}`;
  },
  remedy:
    'The link was copied, not what it points at, and in the image nothing is there. `cp -L` follows it.',
  where: 'ls -l "$WORKDIR/build/base/bin"',
  command: `rm "$WORKDIR/build/base/bin/busybox" && ${again}`,
};

const linkReversed: TreeRule = {
  id: 'link-reversed',
  sign: (seen) => {
    const entry = program(seen);
    const applets = ['sh', 'ls', 'cat'];
    if (entry?.kind !== 'symlink' || !applets.includes(entry.link ?? '')) return undefined;
    return `bin/busybox is a link to ${entry.link}`;
  },
  remedy: 'It is the wrong way round: `ln -s` takes what is there first, then the new name.',
  where: 'ls -l "$WORKDIR/build/base/bin"',
};

const misplaced: TreeRule = {
  id: 'busybox-misplaced',
  sign: (seen) => {
    if (program(seen) !== undefined) return undefined;
    const found = seen.base.find(
      (entry) => entry.kind === 'file' && /^busybox/.test(nameOf(entry)) && entry.size > 0,
    );
    return found && `the program is there as ${found.path}`;
  },
  remedy: 'The links and the container look for it as bin/busybox.',
  where: 'find "$WORKDIR/build/base" -name "busybox*"',
  command: again,
};

const binIsProgram: TreeRule = {
  id: 'bin-is-a-file',
  sign: ({ base }) => {
    const bin = at(base, 'bin');
    return bin?.kind === 'file' ? `bin is a file of ${bin.size} bytes, not a directory` : undefined;
  },
  remedy: 'Copied to a directory that was not there yet, a file takes its name. `mkdir -p` first.',
  where: 'ls -ld "$WORKDIR/build/base/bin"',
};

const dynamic: TreeRule = {
  id: 'busybox-dynamic',
  sign: ({ program: elf }) =>
    elf?.interpreter === undefined
      ? undefined
      : `bin/busybox is dynamic: it asks for ${elf.interpreter}`,
  remedy:
    'That loader is not in the image: the container would die of "no such file or directory". Copy the static one, `$BUSYBOX`.',
  where: 'file "$WORKDIR/build/base/bin/busybox"',
  command: again,
};

const foreign: TreeRule = {
  id: 'busybox-foreign',
  sign: ({ program: elf, machine }) =>
    elf === undefined || machine === undefined || elf.architecture === machine
      ? undefined
      : `bin/busybox is for ${elf.architecture ?? 'an unknown machine'}, and this one is ${machine}`,
  remedy:
    'The container would die of "exec format error". Copy the one of this machine, `$BUSYBOX`.',
  where: 'file "$WORKDIR/build/base/bin/busybox"',
  command: again,
};

const empty: TreeRule = {
  id: 'busybox-empty',
  sign: (seen) => {
    const entry = program(seen);
    return entry?.kind === 'file' && entry.size === 0 ? 'bin/busybox is empty' : undefined;
  },
  remedy: 'It was made with touch or a redirection, or its copy was cut short. Copy it again.',
  command: again,
};

const noProgram: TreeRule = {
  id: 'busybox-no-program',
  sign: (seen) => {
    const entry = program(seen);
    if (entry?.kind !== 'file' || entry.size === 0 || seen.program !== undefined) return undefined;
    const [first = ''] = (textOf(entry) ?? '').split('\n');
    return `bin/busybox is no ELF file${first === '' ? '' : `: it begins with ${first.slice(0, 30)}`}`;
  },
  remedy:
    'A script needs a shell to run it, and busybox is to be the shell. Copy the program, `$BUSYBOX`.',
  where: 'file "$WORKDIR/build/base/bin/busybox"',
  command: again,
};

const notExecutable: TreeRule = {
  id: 'busybox-not-executable',
  sign: (seen) => {
    const entry = program(seen);
    if (entry?.kind !== 'file' || entry.size === 0 || (entry.mode & 0o100) !== 0) return undefined;
    return `bin/busybox has mode ${(entry.mode & 0o777).toString(8)}: it may not be run`;
  },
  remedy: 'A copy through `cat`, or from a disk that keeps no modes, loses the x.',
  command: 'chmod 755 "$WORKDIR/build/base/bin/busybox"',
};

/** Against the check of bin/busybox. */
export const programRules: readonly TreeRule[] = [
  linkReversed,
  linkInstead,
  binIsProgram,
  misplaced,
  dynamic,
  foreign,
  empty,
  noProgram,
  notExecutable,
];

// --- the links -------------------------------------------------------------------------------

const applets = ['cat', 'ls', 'sh'];

const linking = 'for cmd in sh ls cat; do ln -sfn busybox "$WORKDIR/build/base/bin/$cmd"; done';

const appletsOf = ({ base }: SeenTrees) => applets.flatMap((name) => at(base, `bin/${name}`) ?? []);

const absolute: TreeRule = {
  id: 'link-absolute',
  sign: (seen) => {
    const found = appletsOf(seen).find(({ link }) => link?.startsWith('/'));
    return found && `${found.path} points at ${found.link}`;
  },
  remedy:
    'An absolute target is looked up from the root: here that is your host, in a container the image. Link by name only.',
  where: 'ls -l "$WORKDIR/build/base/bin"',
  command: linking,
};

const fromElsewhere: TreeRule = {
  id: 'link-path',
  sign: (seen) => {
    const found = appletsOf(seen).find(
      ({ kind, link = '' }) => kind === 'symlink' && link.includes('/') && !link.startsWith('/'),
    );
    return found && `${found.path} points at ${found.link}, seen from bin`;
  },
  remedy:
    'A relative target counts from the directory the link is in, not from where you stand. Link by name only.',
  where: 'ls -l "$WORKDIR/build/base/bin"',
  command: linking,
};

const copied: TreeRule = {
  id: 'link-copied',
  sign: (seen) => {
    const original = program(seen)?.digest;
    const found = appletsOf(seen).find(
      ({ kind, digest }) => kind === 'file' && digest !== undefined && digest === original,
    );
    return found && `${found.path} is a file, with the bytes of busybox`;
  },
  remedy:
    'A copy or a hard link: it runs, but a copy makes the layer a program larger. `ln -s` makes a name only.',
  where: 'ls -l "$WORKDIR/build/base/bin"',
  command: linking,
};

const oneLevelUp: TreeRule = {
  id: 'link-misplaced',
  sign: (seen) => {
    if (appletsOf(seen).length === applets.length) return undefined;
    const found = seen.base.find(
      (entry) =>
        applets.includes(nameOf(entry)) &&
        entry.path !== `bin/${nameOf(entry)}` &&
        entry.kind === 'symlink',
    );
    return found && `${found.path} is a link to ${found.link}, and not in bin`;
  },
  remedy: 'The links belong beside busybox, in bin: PATH in the container leads there.',
  where: 'find "$WORKDIR/build/base" -type l',
  command: linking,
};

/** Against the check of sh, ls and cat. */
export const linkRules: readonly TreeRule[] = [absolute, fromElsewhere, copied, oneLevelUp];

// --- what the files say ----------------------------------------------------------------------

const config = 'data/config.txt';

const configOutside: TreeRule = {
  id: 'config-misplaced',
  sign: ({ base }) => {
    if (at(base, config) !== undefined) return undefined;
    const found = base.find((entry) => nameOf(entry) === 'config.txt');
    return found && `config.txt is there, as ${found.path}`;
  },
  remedy: 'It belongs in the directory data: the whiteout of the delta will look for it there.',
  command: `mkdir -p "$WORKDIR/build/base/data" && echo 'base config' >"$WORKDIR/build/base/${config}"`,
};

/** A hello.txt that another layer should have, in words of its own. */
function mixedUp(layer: 'base' | 'delta', other: 'base' | 'delta'): TreeRule {
  return {
    id: `${layer}-says-${other}`,
    sign: (seen) =>
      textOf(at(seen[layer], 'hello.txt'))?.trimEnd() === `hello from ${other}`
        ? `hello.txt in build/${layer} says "hello from ${other}"`
        : undefined,
    remedy:
      layer === 'base'
        ? 'The delta covers this file, it does not change it. Base keeps its own words, delta has a file of its own.'
        : 'That is a copy of the file below: covering it would change nothing to be seen.',
    command: `echo 'hello from ${layer}' >"$WORKDIR/build/${layer}/hello.txt"`,
  };
}

const quoted: TreeRule = {
  id: 'text-quoted',
  sign: ({ base, delta }) => {
    const all = [
      ['build/base/hello.txt', textOf(at(base, 'hello.txt'))],
      ['build/base/data/config.txt', textOf(at(base, config))],
      ['build/delta/hello.txt', textOf(at(delta, 'hello.txt'))],
    ] as const;
    const found = all.find(([, text]) => /^(["'“‘]).*["'”’]\s*$/s.test(text ?? ''));
    return found && `${found[0]} says ${found[1]?.trimEnd()}, with the quotes`;
  },
  remedy: 'The quotes are for the shell and not for the file: type them plain, and once.',
};

const emptied: TreeRule = {
  id: 'text-empty',
  sign: ({ base, delta }) => {
    const files = [
      ['build/base/hello.txt', at(base, 'hello.txt')],
      ['build/base/data/config.txt', at(base, config)],
      ['build/delta/hello.txt', at(delta, 'hello.txt')],
    ] as const;
    const found = files.find(([, entry]) => entry?.kind === 'file' && entry.size === 0);
    return found && `${found[0]} is empty`;
  },
  remedy:
    'An empty file comes of `touch`, or of a redirection whose command failed. Write it again.',
};

/** Against the checks of the text files. */
export const baseTextRules: readonly TreeRule[] = [
  mixedUp('base', 'delta'),
  configOutside,
  quoted,
  emptied,
];

export const deltaTextRules: readonly TreeRule[] = [mixedUp('delta', 'base'), quoted, emptied];

// --- the whiteout ----------------------------------------------------------------------------

const whiteout = 'data/.wh.config.txt';

const look = 'ls -lA "$WORKDIR/build/delta" "$WORKDIR/build/delta/data"';

/** The form that is taken everywhere. */
const make = `: >"$WORKDIR/build/delta/${whiteout}"`;

const isThere = ({ delta }: SeenTrees) => at(delta, whiteout) !== undefined;

const inBase: TreeRule = {
  id: 'whiteout-in-base',
  sign: ({ base }) => {
    const found = base.find(({ path }) => whiteoutOf(path) !== undefined);
    return found && `${found.path} is in build/base`;
  },
  remedy:
    'A whiteout hides what is in the layers *below* its own, and below base there is nothing. It belongs in build/delta.',
  where: 'find "$WORKDIR/build" -name ".wh.*"',
};

const directoryPart: TreeRule = {
  id: 'whiteout-directory',
  sign: ({ delta }) => {
    const found = delta.find(({ path }) => /^\.wh\.[^/]+\/./.test(path));
    return found && `${found.path}: the .wh. stands before the directory`;
  },
  remedy: 'It goes before the last part of the path, in the same directory: data/.wh.config.txt.',
  where: look,
  command: `rm -r "$WORKDIR/build/delta/.wh.data" && ${make}`,
};

const wholeDirectory: TreeRule = {
  id: 'whiteout-whole-directory',
  sign: (seen) => {
    const found = at(seen.delta, '.wh.data');
    return found === undefined || found.kind === 'directory' ? undefined : '.wh.data is there';
  },
  remedy:
    'That takes away all of data, directory included. To hide one file of it: data/.wh.config.txt.',
  where: look,
  command: `rm "$WORKDIR/build/delta/.wh.data" && ${make}`,
};

const opaque: TreeRule = {
  id: 'whiteout-opaque',
  sign: ({ delta }) => {
    const found = delta.find(({ path }) => whiteoutOf(path)?.kind === 'opaque');
    return found && `${found.path} is there`;
  },
  remedy:
    'An opaque whiteout hides everything that lies below in its directory. One file is hidden by .wh. and its name.',
  where: look,
};

const bare: TreeRule = {
  id: 'whiteout-of-nothing',
  sign: ({ delta }) => {
    const found = delta.find((entry) => nameOf(entry) === '.wh.');
    return found && `${found.path} is there, with nothing after .wh.`;
  },
  remedy:
    'It names nothing to hide, and containerd refuses it. The name is .wh. and then config.txt.',
  where: look,
};

const doubleDot: TreeRule = {
  id: 'whiteout-double-dot',
  sign: ({ delta }) => {
    const found = delta.find((entry) => nameOf(entry) === '.wh..config.txt');
    return found && `${found.path} hides .config.txt, with a dot`;
  },
  remedy: 'The dot after .wh belongs to the prefix already: .wh.config.txt.',
  where: look,
};

const prefix: TreeRule = {
  id: 'whiteout-prefix',
  sign: (seen) => {
    if (isThere(seen)) return undefined;
    const found = seen.delta.find((entry) =>
      /^(wh\.|\.wh[-_]?|\.?wh[-_]|\.WH\.|\.w\.)config\.txt$/.test(nameOf(entry)),
    );
    return found && `${found.path} does not begin with .wh.`;
  },
  remedy: 'The prefix is exactly .wh. with both dots. Any other name is a file like all others.',
  where: look,
};

const kernelSpelling: TreeRule = {
  id: 'whiteout-plain-name',
  sign: ({ delta }) => {
    const entry = at(delta, config);
    if (entry?.kind !== 'character') return undefined;
    return `${config} is a character device ${entry.major},${entry.minor}`;
  },
  remedy:
    "That is the kernel's spelling of a whiteout. In a layer's tree the name says it: data/.wh.config.txt.",
  where: look,
  command: `rm "$WORKDIR/build/delta/${config}" && ${make}`,
};

const stillThere: TreeRule = {
  id: 'whiteout-file-kept',
  sign: ({ delta }) => {
    const entry = at(delta, config);
    return entry?.kind === 'file' ? `build/delta still holds ${config} itself` : undefined;
  },
  remedy: 'A layer holds only what changed. What is to be gone has no file there, only a whiteout.',
  where: look,
  command: `rm "$WORKDIR/build/delta/${config}"`,
};

const elsewhere: TreeRule = {
  id: 'whiteout-misplaced',
  sign: ({ delta }) => {
    const found = delta.find(
      ({ path }) => path !== whiteout && /(^|\/)\.wh\.config\.txt$/.test(path),
    );
    return found && `${found.path} hides ${whiteoutOf(found.path)?.path}, and base has ${config}`;
  },
  remedy: 'A whiteout lies in the directory of what it hides: data/.wh.config.txt.',
  where: look,
};

const hidesNothing: TreeRule = {
  id: 'whiteout-typo',
  sign: ({ base, delta }) => {
    const known = ['.wh.data', '.wh.', '.wh..config.txt', '.wh.config.txt', '.wh..wh..opq'];
    const found = delta.find((entry) => {
      const hidden = whiteoutOf(entry.path);
      return (
        hidden !== undefined &&
        !known.includes(nameOf(entry)) &&
        at(base, hidden.path) === undefined
      );
    });
    return found && `${found.path} hides ${whiteoutOf(found.path)?.path}, which base does not have`;
  },
  remedy: 'The name is .wh. and then, letter for letter, the name to hide: .wh.config.txt.',
  where: look,
};

const otherDevice: TreeRule = {
  id: 'whiteout-other-device',
  sign: ({ delta }) => {
    const entry = at(delta, whiteout);
    const isDevice = entry?.kind === 'character' || entry?.kind === 'block';
    if (!isDevice || (entry.kind === 'character' && entry.major === 0 && entry.minor === 0)) {
      return undefined;
    }
    return `${whiteout} is a ${entry.kind} device ${entry.major},${entry.minor}`;
  },
  remedy:
    'The whiteout device is a character device with the numbers 0 and 0, which no driver answers to.',
  where: `stat -c '%F %t,%T' "$WORKDIR/build/delta/${whiteout}"`,
  command: `rm -f "$WORKDIR/build/delta/${whiteout}" && ${make}`,
};

const notEmpty: TreeRule = {
  id: 'whiteout-not-empty',
  sign: ({ delta }) => {
    const entry = at(delta, whiteout);
    if (entry?.kind !== 'file' || entry.size === 0) return undefined;
    return `${whiteout} is a file of ${entry.size} bytes`;
  },
  remedy: 'Its name says all there is to say: the image spec wants it empty.',
  where: look,
  command: make,
};

const otherKind: TreeRule = {
  id: 'whiteout-kind',
  sign: ({ delta }) => {
    const entry = at(delta, whiteout);
    const odd = ['directory', 'symlink', 'fifo'].includes(entry?.kind ?? '');
    return odd ? `${whiteout} is a ${entry?.kind}` : undefined;
  },
  remedy: 'A whiteout is a 0,0 device or an empty file.',
  where: look,
  command: `rm -rf "$WORKDIR/build/delta/${whiteout}" && ${make}`,
};

/** Against the check of the whiteout. */
export const whiteoutRules: readonly TreeRule[] = [
  otherDevice,
  notEmpty,
  otherKind,
  directoryPart,
  wholeDirectory,
  opaque,
  bare,
  doubleDot,
  prefix,
  kernelSpelling,
  elsewhere,
  hidesNothing,
  inBase,
];

// --- what should not be there ------------------------------------------------------------------

const backup: TreeRule = {
  id: 'stray-backup',
  sign: ({ base, delta }) => {
    const isBackup = (entry: LayerEntry) =>
      /~$|\.(sw[a-p]|bak|orig|rej)$|^\.DS_Store$|^#.*#$|^nohup\.out$/.test(nameOf(entry));
    const found = [
      ...base.filter(isBackup).map(({ path }) => `base/${path}`),
      ...delta.filter(isBackup).map(({ path }) => `delta/${path}`),
    ];
    return found.length === 0 ? undefined : `unexpected: ${found.join(', ')}`;
  },
  remedy:
    'An editor or the desktop left it. Whatever lies in these directories goes into the layers.',
  where: 'tree -a "$WORKDIR/build"',
};

const wholeBase: TreeRule = {
  id: 'delta-has-base',
  sign: ({ delta }) =>
    at(delta, 'bin/busybox') === undefined
      ? undefined
      : 'build/delta holds bin/busybox, which is in base already',
  remedy: 'A delta is only what changes. Copying the base and editing it carries everything twice.',
  where: 'tree -a "$WORKDIR/build/delta"',
  command: 'rm -r "$WORKDIR/build/delta/bin"',
};

/** Against the check that nothing else is there. */
export const strayRules: readonly TreeRule[] = [
  wholeBase,
  stillThere,
  inBase,
  backup,
  hidesNothing,
];

export const diagnoses = defineDiagnoses(checks, {
  base: {
    program: diagnoser(seeTrees, ...programRules),
    links: diagnoser(seeTrees, ...linkRules),
    files: diagnoser(seeTrees, ...baseTextRules),
  },
  delta: {
    shadow: diagnoser(seeTrees, ...deltaTextRules),
    whiteout: diagnoser(seeTrees, ...whiteoutRules),
  },
  tree: { listing: diagnoser(seeTrees, ...strayRules) },
});
