import type { Host } from '../host/host.ts';

/** A shell script as in the article, with `sudo` wherever root is needed. */
export interface Script {
  readonly source: string;
}

/** Names of commands from a list such as `neededTools`, for a script that goes through all of them. */
export class CommandNames {
  readonly #text: string;

  /** @throws if one of them is more to a shell than a word */
  constructor(names: readonly string[]) {
    const odd = names.find((name) => !/^[a-z][a-z0-9-]*$/.test(name));
    if (odd !== undefined) throw new Error(`${JSON.stringify(odd)} is no name of a command.`);
    this.#text = names.join(' ');
  }

  toString(): string {
    return this.#text;
  }
}

/**
 * A script. It takes no values: they are passed as environment variables, so interpolating one is a
 * type error; only {@link CommandNames} may be. Inside the template, a shell expansion is written
 * `\${name}`.
 */
export function sh(strings: TemplateStringsArray, ...names: readonly CommandNames[]): Script {
  // Anything else is a type error, and is left out if it gets here all the same.
  const said = names.map((each) => (each instanceof CommandNames ? each : ''));
  const raw = String.raw(strings, ...said).replace(/\\([`$])/g, '$1');
  const indents = raw.split('\n').flatMap((line) => /^( *)\S/.exec(line)?.[1]?.length ?? []);
  const margin = new RegExp(
    `^ {0,${Math.min(...indents.slice(raw.startsWith('\n') ? 0 : 1), 80)}}`,
    'gm',
  );
  return { source: raw.replace(margin, '').trim() };
}

/** Whether a script talks to containerd, so containerd has to be running. Only root may. */
export function reachesContainerd({ source }: Script): boolean {
  return /\bsudo ctr\b/.test(source);
}

/** Whether a script uses sudo when it isn't run by root. */
export function needsRoot({ source }: Script): boolean {
  return /\bsudo\b/.test(source);
}

/** The commands in a script that are run as root. */
export function rootCommands({ source }: Script): Set<string> {
  return new Set([...source.matchAll(/\bsudo (\w+)/g)].map(([, name = '']) => name));
}

/** What a script's rendering depends on. */
type RenderContext = Pick<Host, 'privilege' | 'containerdAccess' | 'whiteout' | 'filesystem'>;

/** The line that mounts the tour's tmpfs, with the comment above it. */
const onTmpfs = /^ *#.*\n *sudo mount -t tmpfs .*\bhandroll-tour\b.*\n/gm;

/**
 * The script for this machine: what is shown and, byte for byte, what is run.
 * `sudo` is left out where it isn't needed; `ctr` gets an address only if it isn't told another way;
 * the article's `mknod .wh.NAME c 0 0` becomes `touch` where whiteouts are regular files; a tmpfs for
 * an upperdir is mounted only where the working directory's file system can't hold one.
 */
export function render({ source }: Script, context: RenderContext): string {
  const { privilege, containerdAccess, whiteout, filesystem } = context;
  // sudo drops our variables, so the address has to be an argument.
  const named =
    privilege === 'sudo' && !containerdAccess.viaWrapper && containerdAccess.address !== undefined;
  const ctr = named ? 'ctr --address "$CONTAINERD_ADDRESS"' : 'ctr';
  // A wrapped ctr calls sudo itself, and isn't in sudo's own PATH.
  const prefix = privilege !== 'sudo' || containerdAccess.viaWrapper ? '' : 'sudo ';
  return source
    .replace(onTmpfs, (lines) => (filesystem().supportsOverlayUpper ? '' : lines))
    .replace(/\bsudo ctr\b/g, `${prefix}${ctr}`)
    .replace(/\bsudo (?!ctr\b)/g, privilege === 'sudo' ? 'sudo ' : '')
    .replace(/\bmknod ("[^"]*\/\.wh\.[^"]*") c 0 0/g, (made, path: string) =>
      whiteout().form === 'file' ? `touch ${path}` : made,
    );
}
