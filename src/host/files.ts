import { readdir, readFile } from 'node:fs/promises';
import { elevated, type Privilege } from './privilege.ts';
import { probe } from './shell.ts';

/** Reading what belongs to root: directly if we may, through sudo if not. */

/** What a file says; undefined if it cannot be read. */
export async function readAs(privilege: Privilege, path: string): Promise<string | undefined> {
  if (privilege !== 'sudo') return readFile(path, 'utf8').catch(() => undefined);
  const { code, stdout } = await probe(elevated(privilege, ['cat', '--', path]));
  return code === 0 ? stdout : undefined;
}

/** The names in a directory, hidden ones too, sorted; undefined if it cannot be read. */
export async function listAs(privilege: Privilege, path: string): Promise<string[] | undefined> {
  if (privilege !== 'sudo') {
    const names = await readdir(path).catch(() => undefined);
    return names?.sort();
  }
  const { code, stdout } = await probe(elevated(privilege, ['ls', '-A', '-1', '--', path]));
  if (code !== 0) return undefined;
  return stdout
    .split('\n')
    .filter((name) => name !== '')
    .sort();
}
