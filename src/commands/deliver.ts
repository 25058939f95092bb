import { statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Exit, failedWith, TourError } from '../errors.ts';
import type { Workspace } from '../host/workspace.ts';
import { type Arguments, type Io, textOption } from './command.ts';

/**
 * Prints a text, or writes it into the file that `-o` names.
 * @param written the message once the file is written
 * @throws TourError if the file exists already or cannot be written
 */
export function deliver(
  text: string,
  { args, io, workspace }: { args: Arguments; io: Io; workspace: Workspace },
  { written, executable = false }: { written: (path: string) => string; executable?: boolean },
): void {
  const path = textOption(args, 'output');
  if (path === undefined) {
    if (args.values.force === true) {
      throw new TourError('--force replaces the file of -o, and there is none.', {
        exit: Exit.usage,
      });
    }
    io.out(text.replace(/\n$/, ''));
    return;
  }
  try {
    const replaces = args.values.force === true || isNoFile(path);
    const mode = executable ? 0o777 : 0o666;
    writeFileSync(path, text, { mode, flag: replaces ? 'w' : 'wx' });
  } catch (error) {
    if (failedWith(error, 'EEXIST')) {
      throw new TourError(`${path} exists already, and was left as it is.`, {
        hint: 'Name another file, or replace it with --force.',
      });
    }
    throw new TourError(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
  io.err(written(path));
  if (resolve(path).startsWith(`${workspace.dir}/`)) {
    io.err('The file is in the working directory, so cleanup will remove it too.');
  }
}

/** Whether a path is a pipe, a terminal or the like, so that writing to it replaces nothing. */
function isNoFile(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return status !== undefined && !status.isFile();
}
