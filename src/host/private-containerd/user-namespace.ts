import { existsSync, readFileSync } from 'node:fs';
import { currentUser } from '../current-user.ts';
import { findTool } from '../preflight/tools.ts';
import withMappedIds from './with-mapped-ids.sh';

/** A run of ids that `/etc/subuid` or `/etc/subgid` lends to a user. */
interface IdRange {
  readonly first: number;
  readonly count: number;
}

/** Reads `NAME:FIRST:COUNT` lines (subuid(5)): the first range of this user, by name or by number. */
export function readSubordinate(text: string, name: string, uid: number): IdRange | undefined {
  for (const line of text.split('\n')) {
    const [owner, first, count] = line.trim().split(':');
    if (owner !== name && owner !== String(uid)) continue;
    if (/^\d+$/.test(first ?? '') && /^[1-9]\d*$/.test(count ?? '')) {
      return { first: Number(first), count: Number(count) };
    }
  }
  return undefined;
}

/** The id maps that a user namespace of the learner's can have, or why there's only root. */
export type IdMap =
  | { readonly whole: true; readonly uids: string; readonly gids: string }
  | {
      readonly whole: false;
      readonly lacks: 'newuidmap' | 'ids';
      readonly because: string;
    };

/**
 * How ids are mapped: the learner is root inside, and other ids are the learner's subordinate ids, if
 * there are any. Without them, root is the only user inside, which is enough for the tour's image.
 */
export function idMap(): IdMap {
  const { name, uid, gid } = currentUser();
  if (findTool('newuidmap') === undefined || findTool('newgidmap') === undefined) {
    return { whole: false, lacks: 'newuidmap', because: 'newuidmap is not installed' };
  }
  const range = (path: string) =>
    existsSync(path) ? readSubordinate(readFileSync(path, 'utf8'), name, uid) : undefined;
  const [uids, gids] = [range('/etc/subuid'), range('/etc/subgid')];
  if (uids === undefined || gids === undefined) {
    return {
      whole: false,
      lacks: 'ids',
      because: `${name} has no line in /etc/subuid and /etc/subgid`,
    };
  }
  const map = (own: number, { first, count }: IdRange) => `0 ${own} 1 1 ${first} ${count}`;
  return { whole: true, uids: map(uid, uids), gids: map(gid, gids) };
}

/** The command as root of a new user namespace. */
export function inUserNamespace(argv: readonly string[]): string[] {
  const map = idMap();
  return map.whole
    ? ['bash', '-c', withMappedIds, 'handroll-tour', map.uids, map.gids, ...argv]
    : ['unshare', '--user', '--map-root-user', '--', ...argv];
}
