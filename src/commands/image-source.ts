import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Exit, TourError } from '../errors.ts';
import { complaint } from '../host/containerd.ts';
import { makeTemporaryDirectory } from '../host/files.ts';
import { hasPrivateContainerd } from '../host/private-containerd/private-containerd.ts';
import type { NamedPath } from '../oci/layout/open-layout.ts';
import type { Arguments } from './command.ts';
import { openHostFrom } from './open-session.ts';

/** The note in --help on what else a PATH can be. */
export const sourceUsage = `In place of a PATH, - reads standard input, and ctr:NAME reads an image that containerd holds, the tour's
or the system's.`;

/** Images as paths that can be opened; `close` releases them. */
interface Sources {
  readonly paths: readonly NamedPath[];
  readonly close: () => void;
}

/**
 * Turns arguments into paths: a path, `-` for standard input, `ctr:NAME` for an image in containerd. The
 * last two are copied to an unnamed file, which disappears however the process ends.
 *
 * @throws TourError if standard input is a terminal, or no containerd has the image
 */
export async function openSources(args: Arguments): Promise<Sources> {
  const open: number[] = [];
  const close = () => {
    for (const file of open.splice(0)) closeSync(file);
  };
  const unnamed = () => {
    const file = openUnnamed();
    open.push(file);
    return file;
  };
  try {
    const paths: NamedPath[] = [];
    for (const name of args.positionals) {
      if (name === '-') {
        const file = unnamed();
        await readInput(file);
        paths.push({ path: `/dev/fd/${file}`, name: 'image.tar' });
      } else if (name.startsWith('ctr:')) {
        const file = unnamed();
        await exportFrom(args, name.slice('ctr:'.length), file);
        paths.push({ path: `/dev/fd/${file}`, name });
      } else paths.push({ path: name, name });
    }
    return { paths, close };
  } catch (error) {
    close();
    throw error;
  }
}

function openUnnamed(): number {
  const directory = makeTemporaryDirectory();
  try {
    return openSync(join(directory, 'image'), 'wx+', 0o600);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function readInput(file: number): Promise<void> {
  if (process.stdin.isTTY) {
    throw new TourError('Standard input is a terminal, and there is no image in it.', {
      hint: 'Pipe one in: skopeo copy IMAGE oci-archive:/dev/stdout | handroll-tour layers -',
      exit: Exit.usage,
    });
  }
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
  }
}

/** Exports an image from containerd into a file, like `ctr images export`. */
async function exportFrom(args: Arguments, name: string, file: number): Promise<void> {
  const host = await openHostFrom(args);
  try {
    if (host.containerdAccess.viaWrapper && !hasPrivateContainerd(host.workspace)) {
      throw new TourError(`No containerd answers that could hold ${name}.`, {
        hint: 'Start it, or name its socket: --containerd system --address SOCK.',
      });
    }
    const containerd = await host.containerd();
    const names = [...(await containerd.images()).keys()];
    if (!names.includes(name)) {
      throw new TourError(
        `containerd has no image ${name} in the namespace ${containerd.namespace}.`,
        {
          hint: names.length === 0 ? 'Another one: --namespace NS.' : `It has ${names.join(', ')}.`,
          exit: Exit.failed,
        },
      );
    }
    const ran = await containerd.exportInto(file, name);
    if (ran.code === 0) return;
    throw new TourError(`containerd cannot export ${name}: ${complaint(ran)}`, {
      exit: Exit.failed,
    });
  } finally {
    host.close();
  }
}
