import { type UserInfo, userInfo } from 'node:os';
import { expect, test, vi } from 'vitest';
import { currentUser } from '../../../src/host/current-user.ts';

vi.mock('node:os', () => ({ userInfo: vi.fn() }));

test('a user is called as the system calls them', () => {
  const ada: UserInfo<string> = { username: 'ada', uid: 7, gid: 8, shell: null, homedir: '/' };
  vi.mocked(userInfo).mockReturnValue(ada);
  expect(currentUser()).toEqual({ name: 'ada', uid: 7, gid: 8 });
});

test('one without a name, as in a container, is called by the number', () => {
  vi.mocked(userInfo).mockImplementation(() => {
    throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT');
  });
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  expect(currentUser()).toEqual({ name: `user ${uid}`, uid, gid });
});
