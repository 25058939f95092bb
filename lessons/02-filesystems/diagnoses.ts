import { defineDiagnoses } from '../../src/engine/define.ts';
import { type DiagnosisRule, diagnoser } from '../../src/engine/diagnosis.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { inspectProgram } from '../../src/host/preflight/tools.ts';
import type { Elf } from '../../src/oci/elf.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { isWhiteoutDevice, whiteoutOf } from '../../src/oci/whiteout.ts';
import { counted } from '../../src/text/words.ts';
import { architecture } from '../facts/machine.ts';
import { practiceTree, trees } from '../facts/trees.ts';
import { checks } from './checks.ts';

/** The trees, empty where there is none yet, and the header of bin/busybox. */
export interface SeenTrees {
  readonly base: readonly LayerEntry[];
  readonly delta: readonly LayerEntry[];
  /** practice/no-cat. */
  readonly practice: readonly LayerEntry[];
  /** Undefined if it isn't there, or isn't a program. */
  readonly program: Elf | undefined;
  readonly machine: string | undefined;
}

async function seeTrees(observation: Observation): Promise<SeenTrees> {
  return {
    base: (await observation.get(trees.base))?.entries ?? [],
    delta: (await observation.get(trees.delta))?.entries ?? [],
    practice: (await observation.get(practiceTree))?.entries ?? [],
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

/** The text of a file; undefined for programs, links and directories. */
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
    return `bin/busybox is a symlink to ${entry.link}`;
  },
  remedy:
    'The symlink was copied, and in the image it leads nowhere. `cp -L` copies the program it points at.',
  where: 'ls -l "$WORKDIR/build/base/bin"',
  command: `rm "$WORKDIR/build/base/bin/busybox" && ${again}`,
};

const linkReversed: TreeRule = {
  id: 'link-reversed',
  sign: (seen) => {
    const entry = program(seen);
    const applets = ['sh', 'ls', 'cat'];
    if (entry?.kind !== 'symlink' || !applets.includes(entry.link ?? '')) return undefined;
    return `bin/busybox is a symlink to ${entry.link}`;
  },
  remedy:
    'The link is the wrong way round. `ln -s` takes the existing name first, then the new one: `ln -s busybox sh`.',
  where: 'ls -l "$WORKDIR/build/base/bin"',
  command: `rm "$WORKDIR/build/base/bin/busybox" && ${again}`,
};

const misplaced: TreeRule = {
  id: 'busybox-misplaced',
  sign: (seen) => {
    if (program(seen) !== undefined) return undefined;
    const found = seen.base.find(
      (entry) => entry.kind === 'file' && /^busybox/.test(nameOf(entry)) && entry.size > 0,
    );
    return found && `busybox is at build/base/${found.path}, and not at bin/busybox`;
  },
  remedy: 'The symlinks point at bin/busybox, and the container starts it from there.',
  where: 'find "$WORKDIR/build/base" -name "busybox*"',
  command: again,
};

const binIsProgram: TreeRule = {
  id: 'bin-is-a-file',
  sign: ({ base }) => {
    const bin = at(base, 'bin');
    return bin?.kind === 'file' ? `bin is a file (${bin.size} bytes), not a directory` : undefined;
  },
  remedy:
    'There was no directory bin when busybox was copied, so the copy got that name. Make the directory first.',
  where: 'ls -ld "$WORKDIR/build/base/bin"',
  command: `rm "$WORKDIR/build/base/bin" && mkdir "$WORKDIR/build/base/bin" && ${again}`,
};

const dynamic: TreeRule = {
  id: 'busybox-dynamic',
  sign: ({ program: elf }) =>
    elf?.interpreter === undefined
      ? undefined
      : `bin/busybox is dynamic: it needs ${elf.interpreter}`,
  remedy:
    'The image has no such loader, so the container would fail with "no such file or directory". Copy the static busybox, `$BUSYBOX`.',
  where: 'file "$WORKDIR/build/base/bin/busybox"',
  command: again,
};

const foreign: TreeRule = {
  id: 'busybox-foreign',
  sign: ({ program: elf, machine }) =>
    elf === undefined || machine === undefined || elf.architecture === machine
      ? undefined
      : `bin/busybox is built for ${elf.architecture ?? 'an unknown architecture'}, and this machine is ${machine}`,
  remedy:
    'The container would fail with "exec format error". Copy the busybox for this machine, `$BUSYBOX`.',
  where: 'file "$WORKDIR/build/base/bin/busybox"',
  command: again,
};

const empty: TreeRule = {
  id: 'busybox-empty',
  sign: (seen) => {
    const entry = program(seen);
    return entry?.kind === 'file' && entry.size === 0 ? 'bin/busybox is empty' : undefined;
  },
  remedy:
    'It was created by touch or by a redirection, or the copy was interrupted. Copy busybox again.',
  command: again,
};

const noProgram: TreeRule = {
  id: 'busybox-no-program',
  sign: (seen) => {
    const entry = program(seen);
    if (entry?.kind !== 'file' || entry.size === 0 || seen.program !== undefined) return undefined;
    const [first = ''] = (textOf(entry) ?? '').split('\n');
    return `bin/busybox isn't an ELF program${first === '' ? '' : `: it begins with ${first.slice(0, 30)}`}`;
  },
  remedy:
    'A script needs a shell, and in this image busybox is the shell. Copy the program, `$BUSYBOX`.',
  where: 'file "$WORKDIR/build/base/bin/busybox"',
  command: again,
};

const notExecutable: TreeRule = {
  id: 'busybox-not-executable',
  sign: (seen) => {
    const entry = program(seen);
    if (entry?.kind !== 'file' || entry.size === 0 || (entry.mode & 0o100) !== 0) return undefined;
    return `bin/busybox has mode ${(entry.mode & 0o777).toString(8)}, without execute permission`;
  },
  remedy: 'It needs execute permission. A copy made with `cat >`, or from a FAT disk, loses that.',
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
    return found && `${found.path} is a symlink to ${found.link}`;
  },
  remedy:
    'On the host an absolute target leads to a file of the host. Link to the bare name: `ln -s busybox sh`.',
  where: 'ls -l "$WORKDIR/build/base/bin"',
  command: linking,
};

const fromElsewhere: TreeRule = {
  id: 'link-path',
  sign: (seen) => {
    const found = appletsOf(seen).find(
      ({ kind, link = '' }) => kind === 'symlink' && link.includes('/') && !link.startsWith('/'),
    );
    return found && `${found.path} is a symlink to ${found.link}, which is looked up from bin`;
  },
  remedy:
    "A relative target starts from the symlink's own directory, not from the one you're in. Link to the bare name: `ln -s busybox sh`.",
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
    return found && `${found.path} is a copy of busybox, or a hard link to it`;
  },
  remedy: 'It should be a symlink. This works too, but a copy makes the layer 2 MB larger.',
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
    return found && `${found.path} is a symlink to ${found.link}, outside of bin`;
  },
  remedy: 'The symlinks go into bin, next to busybox: the image runs /bin/sh.',
  where: 'find "$WORKDIR/build/base" -type l',
  command: linking,
};

/** Against the check of sh, ls and cat. */
export const linkRules: readonly TreeRule[] = [absolute, fromElsewhere, copied, oneLevelUp];

// --- the text files --------------------------------------------------------------------------

const config = 'data/config.txt';

const configOutside: TreeRule = {
  id: 'config-misplaced',
  sign: ({ base }) => {
    if (at(base, config) !== undefined) return undefined;
    const found = base.find((entry) => nameOf(entry) === 'config.txt');
    return found && `config.txt is at build/base/${found.path}, and not in data`;
  },
  remedy: "It goes into the directory data, where the delta's whiteout will delete it.",
  command: `mkdir -p "$WORKDIR/build/base/data" && echo 'base config' >"$WORKDIR/build/base/${config}"`,
};

/** A hello.txt with the text of the other layer. */
function mixedUp(layer: 'base' | 'delta', other: 'base' | 'delta'): TreeRule {
  return {
    id: `${layer}-says-${other}`,
    sign: (seen) =>
      textOf(at(seen[layer], 'hello.txt'))?.trimEnd() === `hello from ${other}`
        ? `build/${layer}/hello.txt contains "hello from ${other}"`
        : undefined,
    remedy:
      layer === 'base'
        ? 'The text was changed in the base. The base keeps "hello from base", and the delta has a hello.txt of its own.'
        : "That's the base's text. The delta's own hello.txt contains \"hello from delta\".",
    command: `echo 'hello from ${layer}' >"$WORKDIR/build/${layer}/hello.txt"`,
  };
}

/** The text files with their paths. */
const textFiles = ({ base, delta }: SeenTrees) =>
  [
    ['build/base/hello.txt', at(base, 'hello.txt')],
    ['build/base/data/config.txt', at(base, config)],
    ['build/delta/hello.txt', at(delta, 'hello.txt')],
  ] as const;

/** A text file that isn't as it should be, in the same way wherever it is. */
function wrongText(
  id: string,
  pattern: RegExp,
  {
    told,
    remedy,
  }: { readonly told: (path: string, text: string) => string; readonly remedy: string },
): TreeRule {
  return {
    id,
    sign: (seen) => {
      for (const [path, entry] of textFiles(seen)) {
        const text = textOf(entry);
        if (text !== undefined && pattern.test(text)) return told(path, text);
      }
      return undefined;
    },
    remedy,
    where: `od -c "$WORKDIR/build/base/hello.txt" "$WORKDIR/build/base/${config}" "$WORKDIR/build/delta/hello.txt"`,
  };
}

const quoted = wrongText('text-quoted', /^(["'“‘]).*["'”’]\s*$/s, {
  told: (path, text) => `${path} contains ${text.trimEnd()}, with the quotes`,
  remedy:
    'The quotes are for the shell and not for the file. Write the text without the inner quotes.',
});

const emptied = wrongText('text-empty', /^$/, {
  told: (path) => `${path} is empty`,
  remedy: 'It was created by `touch`, or by a redirection whose command failed. Write it again.',
});

const crlf = wrongText('text-crlf', /\r/, {
  told: (path) => `${path} ends its line with CR and LF, as Windows does`,
  remedy:
    'It should end with LF alone. Write it with `echo`, or let `sed -i "s/\\r$//"` remove the CR.',
});

const unended = wrongText('text-no-newline', /[^\r\n]$/, {
  told: (path) => `${path} has no newline at its end`,
  remedy:
    'The byte matters for the hash. `echo` writes the newline, `printf` and `echo -n` do not.',
});

/** A hello.txt in another directory of its layer. */
function helloElsewhere(layer: 'base' | 'delta'): TreeRule {
  return {
    id: 'hello-misplaced',
    sign: (seen) => {
      if (at(seen[layer], 'hello.txt') !== undefined) return undefined;
      const found = seen[layer].find((entry) => nameOf(entry) === 'hello.txt');
      return found && `hello.txt is at build/${layer}/${found.path}, and not at the top`;
    },
    remedy: 'It goes to the top of the tree, next to the directory data.',
    where: 'find "$WORKDIR/build" -name hello.txt',
  };
}

/** Against the checks of the text files. */
export const baseTextRules: readonly TreeRule[] = [
  mixedUp('base', 'delta'),
  configOutside,
  helloElsewhere('base'),
  quoted,
  emptied,
  crlf,
  unended,
];

export const deltaTextRules: readonly TreeRule[] = [
  mixedUp('delta', 'base'),
  helloElsewhere('delta'),
  quoted,
  emptied,
  crlf,
  unended,
];

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
    'A whiteout deletes from the layers *below* its own, and there is nothing below base. It belongs in build/delta.',
  where: 'find "$WORKDIR/build" -name ".wh.*"',
};

const directoryPart: TreeRule = {
  id: 'whiteout-directory',
  sign: ({ delta }) => {
    const found = delta.find(({ path }) => /^\.wh\.[^/]+\/./.test(path));
    return found && `${found.path} has the .wh. in front of the directory`;
  },
  remedy: 'The .wh. goes in front of the last part of the path: data/.wh.config.txt.',
  where: look,
  command: `rm -r "$WORKDIR/build/delta/.wh.data" && ${make}`,
};

const wholeDirectory: TreeRule = {
  id: 'whiteout-whole-directory',
  sign: (seen) => {
    const found = at(seen.delta, '.wh.data');
    return found === undefined || found.kind === 'directory'
      ? undefined
      : '.wh.data is in build/delta';
  },
  remedy:
    'That deletes the whole directory data. To delete one file in it, use data/.wh.config.txt.',
  where: look,
  command: `rm "$WORKDIR/build/delta/.wh.data" && ${make}`,
};

const opaque: TreeRule = {
  id: 'whiteout-opaque',
  sign: ({ delta }) => {
    const found = delta.find(({ path }) => whiteoutOf(path)?.kind === 'opaque');
    return found && `${found.path} is in build/delta`;
  },
  remedy:
    'That one is an opaque whiteout: it hides everything that lower layers have in the directory. To delete one file, use .wh. and its name: data/.wh.config.txt.',
  where: look,
};

const bare: TreeRule = {
  id: 'whiteout-of-nothing',
  sign: ({ delta }) => {
    const found = delta.find((entry) => nameOf(entry) === '.wh.');
    return found && `${found.path} has no name after .wh.`;
  },
  remedy:
    'It deletes nothing, and containerd refuses a layer with it. The name is .wh. and then config.txt: data/.wh.config.txt.',
  where: look,
};

const doubleDot: TreeRule = {
  id: 'whiteout-double-dot',
  sign: ({ delta }) => {
    const found = delta.find((entry) => nameOf(entry) === '.wh..config.txt');
    return found && `${found.path} deletes a file called .config.txt`;
  },
  remedy:
    'There is one dot too many. The prefix .wh. ends with a dot already: data/.wh.config.txt.',
  where: look,
};

const prefix: TreeRule = {
  id: 'whiteout-prefix',
  sign: (seen) => {
    if (isThere(seen)) return undefined;
    const found = seen.delta.find((entry) =>
      /^(wh\.|\.wh[-_]?|\.?wh[-_]|\.WH\.|\.w\.)config\.txt$/.test(nameOf(entry)),
    );
    return found && `the name of ${found.path} doesn't begin with .wh.`;
  },
  remedy:
    'The prefix is exactly .wh. with both dots, in lower case: data/.wh.config.txt. Any other name is an ordinary file.',
  where: look,
};

const kernelForm: TreeRule = {
  id: 'whiteout-plain-name',
  sign: ({ delta }) => {
    const entry = at(delta, config);
    if (entry?.kind !== 'character') return undefined;
    return `${config} is a character device ${entry.major},${entry.minor}`;
  },
  remedy:
    "That's how overlayfs records a deletion. In a layer it's the name that makes a whiteout: data/.wh.config.txt.",
  where: look,
  command: `rm "$WORKDIR/build/delta/${config}" && ${make}`,
};

const stillThere: TreeRule = {
  id: 'whiteout-file-kept',
  sign: ({ delta }) => {
    const entry = at(delta, config);
    return entry?.kind === 'file' ? `build/delta still has a ${config}` : undefined;
  },
  remedy: 'A layer contains only what changes. A deleted file has only its whiteout there.',
  where: look,
  command: `rm "$WORKDIR/build/delta/${config}"`,
};

const elsewhere: TreeRule = {
  id: 'whiteout-misplaced',
  sign: ({ delta }) => {
    const found = delta.find(
      ({ path }) => path !== whiteout && /(^|\/)\.wh\.config\.txt$/.test(path),
    );
    return found && `${found.path} deletes ${whiteoutOf(found.path)?.path}, but base has ${config}`;
  },
  remedy:
    'A whiteout goes into the same directory as the file that it deletes: data/.wh.config.txt.',
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
    return (
      found && `${found.path} deletes ${whiteoutOf(found.path)?.path}, which base doesn't have`
    );
  },
  remedy: 'The name is .wh. and then exactly the name of the file to delete: data/.wh.config.txt.',
  where: look,
};

const otherDevice: TreeRule = {
  id: 'whiteout-other-device',
  sign: ({ delta }) => {
    const entry = at(delta, whiteout);
    const isDevice = entry?.kind === 'character' || entry?.kind === 'block';
    if (!isDevice || isWhiteoutDevice(entry)) {
      return undefined;
    }
    return `${whiteout} is a ${entry.kind} device ${entry.major},${entry.minor}`;
  },
  remedy:
    'As a device, a whiteout is a character device with the numbers 0 and 0. An empty file works too.',
  where: `stat -c '%F %t,%T' "$WORKDIR/build/delta/${whiteout}"`,
  command: `rm -f "$WORKDIR/build/delta/${whiteout}" && ${make}`,
};

const notEmpty: TreeRule = {
  id: 'whiteout-not-empty',
  sign: ({ delta }) => {
    const entry = at(delta, whiteout);
    if (entry?.kind !== 'file' || entry.size === 0) return undefined;
    return `${whiteout} is a file with ${counted(entry.size, 'byte')} in it`;
  },
  remedy: 'A whiteout must be empty: only its name counts.',
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
  remedy: 'A whiteout is an empty file or a character device 0,0.',
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
  kernelForm,
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
    'An editor or the desktop left it there. Delete it: everything in these directories ends up in the layers.',
  where: 'tree -a "$WORKDIR/build"',
};

const wholeBase: TreeRule = {
  id: 'delta-has-base',
  sign: ({ delta }) =>
    at(delta, 'bin/busybox') === undefined ? undefined : 'build/delta has a bin/busybox, like base',
  remedy:
    'The delta contains only what changes. With a copy of the base in it, the image has everything twice.',
  where: 'tree -a "$WORKDIR/build/delta"',
  command: 'rm -r "$WORKDIR/build/delta/bin"',
};

/** Against the check of the listing. */
export const strayRules: readonly TreeRule[] = [
  wholeBase,
  stillThere,
  inBase,
  backup,
  hidesNothing,
];

// --- the layer that deletes cat ----------------------------------------------------------------

const cat = 'bin/.wh.cat';
const lookAtPractice = 'ls -lAR "$WORKDIR/practice/no-cat"';

/** A whiteout that is somewhere in practice/no-cat, but not where it should be. */
const catElsewhere: TreeRule = {
  id: 'cat-misplaced',
  sign: ({ practice }) => {
    const found = practice.find((entry) => nameOf(entry) === '.wh.cat');
    if (found === undefined || found.path === cat) return undefined;
    return `${found.path} deletes ${whiteoutOf(found.path)?.path}, but base has bin/cat`;
  },
  remedy: 'A whiteout goes into the same directory as the file that it deletes.',
  where: lookAtPractice,
};

const wholeBin: TreeRule = {
  id: 'cat-whole-directory',
  sign: ({ practice }) => {
    const found = practice.find(({ path }) => path === '.wh.bin' || path === 'bin/.wh..wh..opq');
    return found && `${found.path} deletes everything that the base has in bin`;
  },
  remedy: 'Only cat should go. The whiteout is .wh. and the name of that one file.',
  where: lookAtPractice,
  command: 'rm -r "$WORKDIR/practice/no-cat"',
};

const catPrefix: TreeRule = {
  id: 'cat-prefix',
  sign: ({ practice }) => {
    const found = practice.find((entry) =>
      /^(wh\.|\.wh[-_]?|\.WH\.|\.wh\.\.)cat$/.test(nameOf(entry)),
    );
    return found && `${found.path} isn't .wh. and then cat`;
  },
  remedy: 'The prefix is exactly .wh. with both dots, in lower case.',
  where: lookAtPractice,
};

const catItself: TreeRule = {
  id: 'cat-plain-name',
  sign: ({ practice }) => {
    const entry = at(practice, 'bin/cat');
    return entry && 'practice/no-cat has a bin/cat of its own';
  },
  remedy: "That replaces cat and doesn't delete it. The whiteout has another name.",
  where: lookAtPractice,
  command: 'rm "$WORKDIR/practice/no-cat/bin/cat"',
};

const catContent: TreeRule = {
  id: 'cat-not-empty',
  sign: ({ practice }) => {
    const entry = at(practice, cat);
    if (entry?.kind !== 'file' || entry.size === 0) return undefined;
    return `${cat} is a file with ${counted(entry.size, 'byte')} in it`;
  },
  remedy: 'A whiteout must be empty: only its name counts.',
  where: lookAtPractice,
  command: `: >"$WORKDIR/practice/no-cat/${cat}"`,
};

const catInDelta: TreeRule = {
  id: 'cat-in-delta',
  sign: ({ delta, practice }) => {
    if (at(practice, cat) !== undefined) return undefined;
    const found = delta.find((entry) => nameOf(entry) === '.wh.cat');
    return found && `${found.path} is in build/delta`;
  },
  remedy: 'This one goes into practice/no-cat. The delta is finished; remove it there.',
  where: 'find "$WORKDIR/build" -name ".wh.*"',
};

/** Against the check that cat is deleted. */
export const practiceRules: readonly TreeRule[] = [
  catElsewhere,
  wholeBin,
  catPrefix,
  catItself,
  catContent,
  catInDelta,
];

/** Against the check that nothing else changes. */
export const practiceExtraRules: readonly TreeRule[] = [wholeBin];

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
  practice: {
    deleted: diagnoser(seeTrees, ...practiceRules),
    'nothing-else': diagnoser(seeTrees, ...practiceExtraRules),
  },
});
