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

/** One look at the machine: what is read in it is read once. Taken anew after every script. */
export interface Look {
  readonly host: Host;
  /** What was seen earlier and cannot be seen now. */
  readonly progress: Progress;
  /** A fact's value; undefined while it is not there. */
  get<T>(fact: Fact<T>): Promise<T | undefined>;
  /** A fact's value. @throws NotYet */
  need<T>(fact: Fact<T>): Promise<T>;
  /**
   * The containerd in use. A private one is started again, but never for the first time: looking
   * leaves no trace.
   * @throws NotYet if a script has not started it yet
   */
  containerd(): Promise<Containerd>;
  /** What an outside tool printed; the same call is made once. */
  tool(...argv: string[]): Promise<Ran>;
  /** A file in the working directory; undefined if it is not there. */
  file(...parts: string[]): Promise<Buffer | undefined>;
  /** What the bytes of a file in the working directory come to; undefined if it is not there. */
  derived<T>(
    what: string,
    derive: (bytes: Buffer) => Promise<T> | T,
    ...parts: string[]
  ): Promise<T | undefined>;
  exists(...parts: string[]): Promise<boolean>;
  path(...parts: string[]): string;
  /** The same, as it is from out here where a script has mounted something. */
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
 * Facts as they read, by their id; those that are known.
 * @param otherwise what is known in another way of a fact that cannot be read now
 */
export async function readings(
  facts: readonly AnyFact[],
  look: Look,
  otherwise: (fact: AnyFact) => unknown = () => undefined,
): Promise<Map<string, string>> {
  const known = await Promise.all(
    facts.map(async (fact): Promise<[string, string][]> => {
      // What cannot be read is not known: the checks say why.
      const value = (await look.get(fact).catch(() => undefined)) ?? otherwise(fact);
      return value === undefined ? [] : [[fact.id, fact.show(value)]];
    }),
  );
  return new Map(known.flat());
}
