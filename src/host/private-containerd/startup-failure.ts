import { join } from 'node:path';
import { TourError } from '../../errors.ts';
import { findObstacles, type Plan } from '../preflight/find-obstacles.ts';
import { type Machine, readIfAny } from '../preflight/machine.ts';
import { type ObstacleId, remedyOf } from '../preflight/obstacles.ts';

/** A line of containerd's log, shortened to its level and message. */
export function shortLogLine(line: string): string {
  const [, level = '', message = '', rest = ''] =
    /^time="[^"]*" level=(\w+) msg=("(?:[^"\\]|\\.)*"|\S+)(.*)$/.exec(line) ?? [];
  if (level === '') return line;
  const told = message.startsWith('"') ? message.slice(1, -1).replaceAll('\\"', '"') : message;
  return `${level}: ${told}${rest}`;
}

/** The last lines that a private containerd, or what should have started it, printed. */
export function lastLogLines(dir: string): string[] {
  return ['start.log', 'log'].flatMap((name) => {
    const text = readIfAny(join(dir, name)) ?? '';
    return text === '' ? [] : text.split('\n').slice(-3).map(shortLogLine);
  });
}

/** Phrases in the log that identify an obstacle. */
const patterns: readonly (readonly [RegExp, ObstacleId])[] = [
  [/unshare failed: No space left on device/, 'userns-none'],
  [/uid_map: Operation not permitted/, 'userns-apparmor'],
  [/unshare failed: Operation not permitted/, 'no-sys-admin'],
  [/mount: .*(permission denied|Operation not permitted)/i, 'no-sys-admin'],
  [/failed to create new OS thread|pthread_create failed|cannot fork/i, 'out-of-processes'],
  [/too many open files/i, 'out-of-files'],
  [/cannot allocate memory|out of memory/i, 'out-of-memory'],
  [/no space left on device|disk quota exceeded/i, 'disk-full'],
  [/read-only file system/i, 'workdir-read-only'],
];

export function obstacleIn(words: readonly string[]): ObstacleId | undefined {
  return patterns.find(([pattern]) => words.some((word) => pattern.test(word)))?.[1];
}

/** Obstacles that can keep a containerd from starting; others show later. */
const blocksStartup: ReadonlySet<ObstacleId> = new Set<ObstacleId>([
  'no-sys-admin',
  'emulated',
  'userns-sysctl',
  'userns-none',
  'userns-apparmor',
  'workdir-read-only',
  'disk-full',
]);

/**
 * The error for a private containerd that doesn't start, with the cause as far as known.
 * @param hangs it's running, but doesn't answer
 */
export function startupError(
  words: readonly string[],
  { machine, plan, hangs }: { machine: Machine; plan: Plan; hangs: boolean },
): TourError {
  const obstacle = findObstacles(machine, plan).find(({ id }) => blocksStartup.has(id));
  const id = obstacle?.id ?? obstacleIn(words) ?? (hangs ? 'daemon-hangs' : 'daemon-dies');
  const why = obstacle?.seen ?? (hangs ? 'It is there, and does not answer.' : '');
  const said = words.length === 0 ? [] : ['It said last:', ...words.map((word) => `  ${word}`)];
  return new TourError(`The private containerd doesn't start. ${why}`.trim(), {
    hint: [...said, remedyOf(id)].join('\n'),
  });
}
