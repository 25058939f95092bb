/** A line of `/proc/PID/mountinfo` (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly target: string;
  readonly type: string;
  readonly source: string;
  /** Options of this mount alone, not of the file system: ro, noexec, nodev … */
  readonly flags: ReadonlySet<string>;
  /** The file system's own options, by name: `lowerdir`, `upperdir`, …; flags have an empty value. */
  readonly options: ReadonlyMap<string, string>;
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** Splits `lowerdir=a:b,upperdir=c`; a comma that belongs to a path is escaped by the kernel. */
function optionsOf(text: string): Map<string, string> {
  const pairs = text.split(/(?<!\\),/).map((option): [string, string] => {
    const equals = option.indexOf('=');
    return equals < 0
      ? [option, '']
      : [option.slice(0, equals), unescaped(option.slice(equals + 1))];
  });
  return new Map(pairs);
}

/** Reads a mountinfo text; malformed lines are skipped. */
export function parseMountinfo(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [left = '', right] = line.split(' - ');
    const [target, flags = ''] = left.split(' ').slice(4);
    if (right === undefined || target === undefined) return [];
    const [type = '', source = '', options = ''] = right.split(' ');
    const own = new Set(flags.split(','));
    return [{ target: unescaped(target), type, source, flags: own, options: optionsOf(options) }];
  });
}

/** The mount that a path is on: the longest target above it; of two at one target, the later one. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  return mounts
    .filter(({ target }) => target === '/' || path === target || path.startsWith(`${target}/`))
    .reduce<Mount | undefined>(
      (best, mount) =>
        best === undefined || mount.target.length >= best.target.length ? mount : best,
      undefined,
    );
}

/** Mounts at a directory or anywhere below it, innermost first. */
export function mountsUnder(directory: string, mounts: readonly Mount[]): Mount[] {
  return mounts
    .filter(({ target }) => target === directory || target.startsWith(`${directory}/`))
    .reverse();
}

/** The lower directories of an overlay, topmost first, as they were given or as the kernel shows them. */
export function lowerOf(mount: Mount): string[] {
  // A colon in a name is escaped.
  return (mount.options.get('lowerdir') ?? '').split(/(?<!\\):/);
}
