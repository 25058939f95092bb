import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, pass } from '../../src/engine/check.ts';
import { openProgress } from '../../src/engine/progress.ts';
import { sh } from '../../src/engine/script.ts';
import { openSession } from '../../src/engine/session.ts';
import { text } from '../../src/engine/text.ts';
import { TourError } from '../../src/errors.ts';
import { explorerInTour } from '../../src/explorer/in-tour.ts';
import { claim } from '../../src/host/ownership.ts';
import { runScript } from '../../src/host/shell.ts';
import { locate } from '../../src/host/workspace.ts';
import { openTour } from '../../src/ui/tour.tsx';
import { fakeHost } from './fake-host.ts';
import { aCheck, aLesson, aStep } from './small-tour.ts';

// A whole program around the screens, with lessons that need no containerd: real scripts, a real
// terminal, and ways to go wrong. The tests bundle it and start it in a terminal.

const workspace = locate();
claim(workspace);
const at = (name: string) => join(workspace.dir, name);

const there = (name: string) =>
  aCheck(name, {
    says: `${name} is there`,
    observe: async () =>
      existsSync(at(name))
        ? pass(`${name} was found`)
        : fail({ expected: name, actual: 'nothing', hint: 'Make it.' }),
  });

const lessons = [
  aLesson('01-small', [
    aStep('file', {
      title: 'Make a file',
      script: sh`touch "$WORKDIR/file"`,
      checks: [there('file')],
      visit: {
        label: 'step inside',
        leave: 'a word',
        script: sh`sh -c 'read -r word; echo "$word" >"$WORKDIR/visited"'`,
      },
    }),
    aStep('slow', {
      title: 'Take a while',
      script: sh`
        echo started
        sleep 1000 | sleep 1000
      `,
      checks: [there('slow')],
    }),
    aStep('flood', {
      title: 'Print a lot',
      script: sh`
        seq 300000
        touch "$WORKDIR/flood"
      `,
      checks: [there('flood')],
    }),
    aStep('crash', {
      title: 'Meet a bug',
      script: sh`true`,
      checks: [
        aCheck('crash', {
          observe: async () => {
            if (existsSync(at('crash'))) throw new TypeError('a bug in a check');
            return fail({ expected: 'a crash', actual: 'none', hint: 'Touch crash.' });
          },
        }),
      ],
    }),
    aStep('task', {
      title: 'Do it yourself',
      goal: text`Make a file called \`task\` in the working directory.`,
      script: sh`touch "$WORKDIR/task"`,
      expect: text`A silent touch.`,
      checks: [there('task')],
    }),
    aStep('locked', {
      title: 'Become root',
      why: text`This needs a password.`,
      script: sh`sudo touch "$WORKDIR/locked"`,
      checks: [there('locked')],
    }),
  ]),
];

const { host } = fakeHost(workspace, {
  privilege: process.env.AS_SUDO === 'true' ? 'sudo' : 'root',
  environment: (extra = {}) => ({ ...process.env, WORKDIR: workspace.dir, ...extra }),
  script: (script, { env, onOutput }) =>
    runScript(script, {
      env: { ...process.env, WORKDIR: workspace.dir, ...env },
      cwd: workspace.dir,
      onOutput,
      keepsSession: false,
      kill: (target, signal) => {
        try {
          process.kill(target, `SIG${signal}`);
        } catch {
          // All of it has ended: the tour's own kill doesn't mind either.
        }
      },
    }),
});

try {
  process.exitCode = await openTour({
    opening: process.env.OPENING === 'true',
    open: async (onBug) => {
      if (process.env.REFUSE === 'true') {
        throw new TourError('This directory is taken.', { hint: 'Take another one.' });
      }
      const session = openSession({
        lessons,
        variables: [],
        host,
        progress: openProgress(workspace, { keep: true }),
        onBug,
      });
      session.dispatch({ type: 'survey' });
      await session.settled();
      const start = process.env.START ?? 'file';
      session.dispatch({ type: 'open', key: `01-small/${start}`, observe: true });
      return session;
    },
    glossary: async () => [],
    explorer: async () => explorerInTour,
    lab: async () => ({
      cases: new Map(),
      open: () => Promise.reject(new Error('there is no lab')),
    }),
    otherTerminal: '. ~/container-demo/.handroll-tour/env',
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    color: true,
    ascii: false,
  });
} catch (error) {
  const known = error instanceof TourError;
  process.stderr.write(known ? `${error.message}\n` : `${(error as Error).stack}\n`);
  process.exitCode = known ? error.exit : 70;
}
writeFileSync(join(workspace.own, 'ended'), `${process.exitCode}\n`);
