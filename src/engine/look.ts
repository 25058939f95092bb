import { statSync } from 'node:fs';
import { failedWith } from '../errors.ts';
import type { Containerd } from '../host/containerd.ts';
import { readWhole } from '../host/files.ts';
import { type Host, inWorkdir, neverStarted } from '../host/host.ts';
import type { Ran } from '../host/shell.ts';
import type { AnyFact, Fact } from './fact.ts';
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

/** One look at the machine, which caches all it reads. A new one is taken after every script. */
export interface Look {
  readonly host: Host;
  /** What earlier looks found and this one can't. */
  readonly progress: Progress;
  /** A fact's value; undefined if it isn't there yet. */
  get<T>(fact: Fact<T>): Promise<T | undefined>;
  /** A fact's value. @throws NotYet if it isn't there yet */
  need<T>(fact: Fact<T>): Promise<T>;
  /**
   * The containerd in use. A private one that has stopped is started again, but never for the first
   * time: a look leaves no trace.
   * @throws NotYet if no script has started it yet
   */
  containerd(): Promise<Containerd>;
  /** Runs a tool and returns what it printed; the same call is made only once. */
  tool(...argv: string[]): Promise<Ran>;
  /** Reads a file in the working directory; undefined if it isn't there. */
  file(...parts: string[]): Promise<Buffer | undefined>;
  /** A value computed from a file in the working directory; undefined if the file isn't there. */
  derived<T>(
    what: string,
    derive: (bytes: Buffer) => Promise<T> | T,
    ...parts: string[]
  ): Promise<T | undefined>;
  exists(...parts: string[]): Promise<boolean>;
  path(...parts: string[]): string;
  /** The same path as seen from the tour's own mount namespace. */
  seen(...parts: string[]): string;
}

export function lookAt(host: Host, progress: Progress): Look {
  const known = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, read: () => Promise<T>): Promise<T> => {
    const found = known.get(key) ?? read();
    known.set(key, found);
    return found as Promise<T>;
  };
  const path = (...parts: string[]) => inWorkdir(host, ...parts);
  const look: Look = {
    host,
    progress,
    get: <T>(fact: Fact<T>) =>
      once(`fact ${fact.id}`, async () => {
        try {
          return await fact.read(look);
        } catch (error) {
          if (error instanceof NotYet) return undefined;
          throw error;
        }
      }),
    need: async (fact) => {
      const value = await look.get(fact);
      if (value === undefined) throw new NotYet(fact.what, fact.from);
      return value;
    },
    containerd: () =>
      once('containerd', async () => {
        if (neverStarted(host)) {
          throw new NotYet("the tour's containerd", '00-prerequisites/containerd');
        }
        return host.containerd();
      }),
    tool: (...argv) => once(`tool ${argv.join('\0')}`, () => host.tool(...argv)),
    file: async (...parts) => {
      try {
        return readWhole(path(...parts));
      } catch (error) {
        if (failedWith(error, 'ENOENT', 'ENOTDIR')) return undefined;
        throw error;
      }
    },
    derived: (what, derive, ...parts) => host.derivations.of(path(...parts), what, derive),
    exists: async (...parts) => {
      try {
        statSync(path(...parts));
        return true;
      } catch (error) {
        if (failedWith(error, 'ENOENT', 'ENOTDIR')) return false;
        throw error;
      }
    },
    path,
    seen: (...parts) => host.seen(path(...parts)),
  };
  return look;
}

/**
 * The known facts as text, by their id.
 * @param otherwise gives the value of a fact that can't be read now, if it's known from elsewhere
 */
export async function readings(
  facts: readonly AnyFact[],
  look: Look,
  otherwise: (fact: AnyFact) => unknown = () => undefined,
): Promise<Map<string, string>> {
  const known = await Promise.all(
    facts.map(async (fact): Promise<[string, string][]> => {
      // A fact that can't be read counts as unknown: the checks say why.
      const value = (await look.get(fact).catch(() => undefined)) ?? otherwise(fact);
      return value === undefined ? [] : [[fact.id, fact.show(value)]];
    }),
  );
  return new Map(known.flat());
}
