import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { Exit, TourError } from '../errors.ts';
import { keyFor } from '../explorer/keymap.ts';
import { locate } from '../host/workspace.ts';
import type { LayoutFiles } from '../oci/layout/layout-files.ts';
import { type NamedPath, openImage } from '../oci/layout/open-layout.ts';
import { spokenSymbols } from '../ui/symbols.ts';
import type { Arguments, Command } from './command.ts';
import { openSources } from './image-source.ts';
import { importScreen, requireScreen } from './screens.ts';

const named = { symbols: spokenSymbols };
const keys = {
  open: keyFor('open', named),
  back: keyFor('back', named),
  stack: keyFor('stack', named),
  switch: keyFor('switch', named),
  bytes: keyFor('bytes', named),
  writeOut: keyFor('write out', named),
  search: keyFor('search', named),
  help: keyFor('help', named),
};

export const explore: Command = {
  description: `Looks into an OCI image layout: follow its digests, switch its layers on and off.

PATH is a layout: a directory, or a tar archive of one. Without it, the tour's own is opened, as far as
it exists: $WORKDIR/oci, or oci/ in --workdir. Half-built and damaged layouts are shown with what is
missing or wrong in its place. Nothing is unpacked, and nothing outside of PATH is read. In place of a
PATH, ctr:NAME reads an image that containerd holds, the tour's or the system's.

${keys.open} follows a digest, ${keys.back} comes back, ${keys.stack} lays the layers upon each other and ${keys.switch} switches one
off, ${keys.bytes} shows a blob's first bytes, ${keys.writeOut} writes out a file of a layer, ${keys.search} searches, ${keys.help} lists all keys.

It needs a terminal; without one, see 'verify' and 'layers'.`,
  run: async (args, io) => {
    requireScreen(
      io,
      'The explorer',
      "'handroll-tour layers PATH' lists what is in an image, 'handroll-tour verify PATH' checks it.",
    );
    const path = pathIn(args);
    const { paths, close } = await openSources({ ...args, positionals: [path] });
    const [named = { path, name: path }] = paths;
    // Opened before the screen is, so that an error is printed on the plain terminal.
    let first: LayoutFiles | undefined = await openSome(named);
    const { openExplorer } = await importScreen(() => import('../explorer/explorer.tsx'));
    return await openExplorer({
      name: path,
      // What was piped or comes out of containerd has no path.
      targets: { dir: named.path === path ? resolve(path) : '', hostname: hostname() },
      open: async () => {
        const files = first ?? (await openSome(named));
        first = undefined;
        return files;
      },
      env: process.env,
      stdin: process.stdin,
      stdout: process.stdout,
      color: args.values['no-color'] !== true,
      ascii: args.values.ascii === true,
    }).finally(close);
  },
};

/** The path that was given, or the tour's own layout. */
function pathIn({ positionals, values }: Arguments): string {
  const [path] = positionals;
  if (path !== undefined) return path;
  const { workdir } = values;
  const { dir } = locate(typeof workdir === 'string' ? { workdir } : {});
  const own = join(dir, 'oci');
  if (existsSync(own)) return own;
  throw new TourError(`The tour has no layout yet: there is no ${own}.`, {
    hint: 'Lesson 4 makes it: handroll-tour run --to 04-layout. Or name another layout: handroll-tour explore PATH.',
    exit: Exit.usage,
  });
}

/** @throws TourError (exit 1) if there is nothing of a layout */
async function openSome(named: NamedPath): Promise<LayoutFiles> {
  const { files, foreign } = await openImage(named);
  const path = named.name;
  for (const part of ['index.json', 'oci-layout', 'blobs']) {
    if ((await files.stat(part)) !== undefined) return files;
  }
  const [fault] = files.violations;
  if (foreign !== undefined) {
    throw new TourError(`${path} is no image layout. It is ${foreign.what}.`, {
      hint: foreign.remedy,
      exit: Exit.failed,
    });
  }
  throw new TourError(
    fault === undefined
      ? `${path} is not an image layout: it has neither index.json nor oci-layout nor blobs/.`
      : `${path} is not an image layout: expected ${fault.expected}, actual ${fault.actual}.`,
    { exit: Exit.failed },
  );
}
