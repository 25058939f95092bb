import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/** The user as whom the tour was called. */
export function currentUser(): { name: string; uid: number; gid: number } {
  try {
    const { username, uid, gid } = userInfo();
    return { name: username, uid, gid };
  } catch {
    // A user without a name: containers are given such numbers.
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

/** What a user is called here; undefined if /etc/passwd does not say. */
export const userNameOf = (uid: number): string | undefined => accountOf(uid)?.[0];

/** A user's home directory; undefined if /etc/passwd does not say. */
export const homeDirectoryOf = (uid: number): string | undefined => accountOf(uid)?.[5];
