import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/** The user who started the tour. */
export function currentUser(): { name: string; uid: number; gid: number } {
  try {
    const { username, uid, gid } = userInfo();
    return { name: username, uid, gid };
  } catch {
    // A user without a name, as in many containers.
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    return { name: `user ${uid}`, uid, gid };
  }
}

/** The user with this number in /etc/passwd (passwd(5)), field by field; undefined if it has none. */
function accountOf(uid: number): string[] | undefined {
  try {
    const rows = readFileSync('/etc/passwd', 'utf8').split('\n');
    return rows.map((row) => row.split(':')).find(([, , number]) => number === String(uid));
  } catch {
    return undefined;
  }
}

/** A user's name; undefined if it isn't in /etc/passwd. */
export const userNameOf = (uid: number): string | undefined => accountOf(uid)?.[0];

/** A user's home directory; undefined if it isn't in /etc/passwd. */
export const homeDirectoryOf = (uid: number): string | undefined => accountOf(uid)?.[5];
