import { statSync } from 'node:fs';
import type { Containerd } from '../host/containerd.ts';
import { ifThere, readWhole } from '../host/files.ts';
import { type Host, inWorkdir, neverStarted } from '../host/host.ts';
import { refuseUnanswered } from '../host/privilege.ts';
import type { CommandResult } from '../host/shell.ts';
import type { Progress } from './progress.ts';

/** Something a check needs is not there yet: an answer about the machine, not an error. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
  readonly what: string;
  readonly from: string;

  constructor(what: string, from: string) {
    super(`${what}: not there yet`);
    this.what = what;
    this.from = from;
  }
}

/** What is asked of the machine: what it is called, and how it is read. A fact is one that can be shown. */
export interface Query<T> {
  readonly id: string;
  /** What it is, in a learner's words: 'the DiffID of the base layer'. */
  readonly what: string;
  /** The step that creates it, as LESSON/STEP. */
  readonly from: string;
  readonly read: (observation: Observation) => Promise<T | undefined>;
}

/** One observation of the machine. It caches all it reads; every script is followed by a new one. */
export interface Observation {
  readonly host: Host;
  /** What earlier observations found and this one can't. */
  readonly progress: Progress;
  /** A fact's value; undefined if it isn't there yet. */
  get<T>(query: Query<T>): Promise<T | undefined>;
  /** A fact's value. @throws NotYet if it isn't there yet */
  need<T>(query: Query<T>): Promise<T>;
  /**
   * The containerd in use. A private one that has stopped is started again, but never for the first
   * time: an observation leaves no trace.
   * @throws NotYet if no script has started it yet
   */
  containerd(): Promise<Containerd>;
  /** Whether anything has been asked of containerd. */
  asksContainerd(): boolean;
  /**
   * Runs a tool and returns what it printed; the same call is made only once.
   * @throws TourError if it took too long, or sudo wanted a password: what it would have printed isn't known
   */
  tool(...argv: string[]): Promise<CommandResult>;
  /** Reads a file in the working directory; undefined if it isn't there. */
  file(...parts: string[]): Promise<Buffer | undefined>;
  /** A value computed from a file in the working directory; undefined if the file isn't there. */
  derive<T>(
    what: string,
    derive: (bytes: Buffer) => Promise<T> | T,
    ...parts: string[]
  ): Promise<T | undefined>;
  exists(...parts: string[]): Promise<boolean>;
  path(...parts: string[]): string;
  /** The same path as seen from the tour's own mount namespace. */
  pathFromOutside(...parts: string[]): string;
}

/** Reads what belongs to a key once, and gives the same to everything that asks for it later. */
export function readOnce() {
  const known = new Map<unknown, Promise<unknown>>();
  const once = <T>(key: unknown, read: () => Promise<T>): Promise<T> => {
    const found = known.get(key) ?? read();
    known.set(key, found);
    return found as Promise<T>;
  };
  return { known, once };
}

export function openObservation(host: Host, progress: Progress): Observation {
  const { known, once } = readOnce();
  const path = (...parts: string[]) => inWorkdir(host, ...parts);
  const observation: Observation = {
    host,
    progress,
    get: <T>(query: Query<T>) =>
      once(`fact ${query.id}`, async () => {
        try {
          return await query.read(observation);
        } catch (error) {
          if (error instanceof NotYet) return undefined;
          throw error;
        }
      }),
    need: async (query) => {
      const value = await observation.get(query);
      if (value === undefined) throw new NotYet(query.what, query.from);
      return value;
    },
    containerd: () =>
      once('containerd', async () => {
        if (neverStarted(host)) {
          throw new NotYet("the tour's containerd", '00-prerequisites/machine');
        }
        return host.containerd();
      }),
    asksContainerd: () => known.has('containerd'),
    tool: (...argv) =>
      once(`tool ${argv.join('\0')}`, async () => {
        const ran = await host.tool(...argv);
        refuseUnanswered(argv, ran);
        return ran;
      }),
    file: async (...parts) => ifThere(() => readWhole(path(...parts))),
    derive: (what, derive, ...parts) => host.fileCache.derive(path(...parts), what, derive),
    exists: async (...parts) => ifThere(() => statSync(path(...parts))) !== undefined,
    path,
    pathFromOutside: (...parts) => host.pathFromOutside(path(...parts)),
  };
  return observation;
}
