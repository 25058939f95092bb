import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Exit, failedWith, TourError } from '../errors.ts';

/** Where everything happens: the working directory, and the tour's own files in it. */
export interface Workspace {
  /** The working directory as given, made absolute; it may contain links. */
  readonly given: string;
  /** The absolute path, with symbolic links resolved in the part that exists. */
  readonly dir: string;
  /** `$WORKDIR/.handroll-tour`: the mark, progress, the lock, the private containerd's files. */
  readonly own: string;
  readonly namespace: string;
}

/** The name of the tour's own directory inside the working directory. */
export const ownDirectory = '.handroll-tour';

/** In a lab's shell, `CTR_NAMESPACE` is the lab's namespace, and this variable is the tour's. */
export const namespaceOfTour = 'HANDROLL_TOUR_NAMESPACE';

/** A namespace as containerd accepts it (`identifiers.Validate`): at most 76 characters. */
const identifier = /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/;

/** Resolves symbolic links in the part of a path that exists. */
export function resolveExisting(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!failedWith(error, 'ENOENT') || dirname(path) === path) return path;
    return join(resolveExisting(dirname(path)), basename(path));
  }
}

/** Whether containerd accepts it. Anything that passes can also be one name in a path. */
export function isNamespace(name: string): boolean {
  return identifier.test(name) && name.length <= 76;
}

/** The namespace that an option or a variable names. */
export function namedNamespace(
  options: { readonly namespace?: string },
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  return options.namespace ?? (env[namespaceOfTour] || env.CTR_NAMESPACE || undefined);
}

/**
 * Decides on the working directory and the namespace; touches nothing.
 * @throws TourError (exit 2) for names that containerd or overlayfs can't use
 */
export function locate(
  options: { workdir?: string; namespace?: string } = {},
  env: NodeJS.ProcessEnv = process.env,
): Workspace {
  const namespace = namedNamespace(options, env) ?? 'spelunking';
  if (!isNamespace(namespace)) {
    throw new TourError(`'${namespace}' cannot be a containerd namespace.`, {
      hint: 'Use up to 76 letters and digits, with single . _ or - between them.',
      exit: Exit.usage,
    });
  }
  const given = options.workdir ?? (env.WORKDIR || join(homedir(), 'container-demo'));
  if (given === '') throw new TourError('--workdir is empty.', { exit: Exit.usage });
  const named = resolve(given);
  const dir = resolveExisting(named);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a newline in a path is the point here.
  if (/[,:\\\u0000-\u001f\u007f]/.test(dir)) {
    throw new TourError(`The working directory cannot be ${JSON.stringify(dir)}.`, {
      hint: 'In mount options, commas and colons are separators. A path with one of them, a backslash or a control character will not mount.',
      exit: Exit.usage,
    });
  }
  return { given: named, dir, own: join(dir, ownDirectory), namespace };
}
