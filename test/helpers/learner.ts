import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import type { OwnPlace } from './host.ts';
import { ownMachine } from './machine.ts';
import { type Program, program } from './program.ts';

/** What an ordinary user of Debian has: none of the directories with root's tools. */
const usualPath = `/usr/local/bin:/usr/bin:/bin:${join(process.execPath, '..')}`;
const built = join(import.meta.dirname, '../../dist');
const password = 'correct horse';

/**
 * A machine with a learner who is not root, and a copy of /etc in which there is such a user: nobody is
 * added to the machine that the tests run on.
 * @param setup shell lines that are run in it as root
 */
export async function ownLearner(place: OwnPlace, setup = '') {
  const { parent } = place;
  const home = join(parent, 'home');
  const file = join(parent, 'dist/cli.js');
  // The bundle may lie where an ordinary user cannot read it.
  cpSync(built, join(parent, 'dist'), { recursive: true });
  const machine = await ownMachine(`
    cp -a /etc ${parent}/etc
    mount --bind ${parent}/etc /etc
    # sudo complains where a machine does not know its own name.
    echo "127.0.1.1 $(uname -n)" >>/etc/hosts
    # This machine may have a learner of its own.
    touch /etc/subuid /etc/subgid
    sed -i '/^learner:/d' /etc/passwd /etc/shadow /etc/group /etc/gshadow /etc/subuid /etc/subgid
    useradd --create-home --home-dir ${home} --shell /bin/bash learner
    chown learner ${parent}
    chmod 755 ${parent}
    echo 'learner:${password}' | chpasswd
    ${setup}
  `);
  const { uid, gid } = statSync(home);
  const lent = readFileSync(join(parent, 'etc/subuid'), 'utf8');
  const become = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups', '--'];
  const environment = { HOME: home, USER: 'learner', LOGNAME: 'learner', SHELL: '/bin/bash' };
  return {
    machine,
    home,
    file,
    uid,
    /** The first of the ids that are lent to the learner; another user may hold those before it. */
    firstSubordinateId: Number(/^learner:(\d+):/m.exec(lent)?.[1]),
    password,
    /** Says what the learner may do with sudo; without rules, nothing. */
    sudoers: (...rules: string[]): void => {
      const path = join(parent, 'etc/sudoers.d/learner');
      rmSync(path, { force: true });
      if (rules.length > 0) writeFileSync(path, `${rules.join('\n')}\n`, { mode: 0o440 });
    },
    /** The command as the learner. */
    program: (
      options: readonly string[] = ['--containerd', 'private'],
      path = usualPath,
      umask = '022',
    ): Program =>
      program(place, {
        through: [
          ...machine.through,
          ...['/bin/bash', '-c', 'umask "$1"; shift; exec "$@"', 'bash', umask],
          ...become,
          ...['/usr/bin/env', `PATH=${path}`],
        ],
        env: environment,
        options,
        file,
      }),
    /** A real terminal with the learner at it, who types this command. */
    terminal: (...args: string[]) => {
      const shell =
        'was=$(stty -g); "$@"; code=$?; [ "$was" = "$(stty -g)" ] || echo terminal changed; exit $code';
      const learnerShell = [...become, 'bash', '-c', shell, 'bash'];
      const typed = [...learnerShell, process.execPath, file, ...args];
      const [command = '', ...rest] = [
        ...machine.through,
        'setsid',
        '--ctty',
        '--wait',
        ...typed,
        ...(args.includes('--containerd') ? [] : ['--containerd', 'private']),
      ];
      const child = spawn(command, rest, {
        name: 'xterm',
        cols: 100,
        rows: 30,
        env: {
          ...process.env,
          ...environment,
          WORKDIR: place.workdir,
          CTR_NAMESPACE: place.namespace,
        },
      });
      let screen = '';
      child.onData((data) => {
        screen += data;
      });
      const ended = new Promise<number>((resolve) =>
        child.onExit(({ exitCode }) => resolve(exitCode)),
      );
      return {
        child,
        ended,
        screen: () => screen,
        /** How often sudo has asked for the password. */
        asked: () => screen.split('password for').length - 1,
      };
    },
    close: async () => {
      await machine.close();
      place.remove();
    },
  };
}

export type Learner = Awaited<ReturnType<typeof ownLearner>>;
