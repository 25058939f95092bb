import { userInfo } from 'node:os';

/** The user as whom the tour was called. */
export function whoever(): { name: string; uid: number; gid: number } {
  try {
    const { username, uid, gid } = userInfo();
    return { name: username, uid, gid };
  } catch {
    // A user without a name: containers are given such numbers.
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    return { name: `user ${uid}`, uid, gid };
  }
}
