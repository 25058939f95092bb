import type { Observation } from './observation.ts';

/** A digest of the learner's image, and what it's the digest of. */
export interface OwnDigest {
  /** As it's called beside the digest: `base DiffID`. */
  readonly name: string;
  readonly of: 'base' | 'delta' | 'config' | 'manifest';
}

/** The learner's digests, by their 64 hexadecimal digits. */
export type OwnDigests = ReadonlyMap<string, OwnDigest>;

/** Reads them from the machine; those that aren't there yet are left out. */
export type ReadOwnDigests = (observation: Observation) => Promise<OwnDigests>;
