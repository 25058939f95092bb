import { type Digest, sha256 } from './digest.ts';

/**
 * The chain ID of each layer applied on top of those before it: the names of containerd's snapshots.
 *
 * The first is the DiffID itself; each further one is the digest of "parent chain ID, space, DiffID".
 *
 * @param diffIds bottom layer first
 * @returns one chain ID for each DiffID, in the same order
 * @see OCI image spec, config.md "Layer ChainID"
 */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const parent = chain.at(-1);
    chain.push(parent === undefined ? diffId : sha256(`${parent} ${diffId}`));
  }
  return chain;
}
