import { sha256 } from '../../oci/digest.ts';
import type { Workspace } from '../workspace.ts';

/**
 * The control group, in every hierarchy, below which a private containerd's containers are, as
 * `/NAMESPACE/ID`. Left alone, runc would put them right there, where those of any other daemon on the
 * machine are with the same two names: later versions refuse to share a group, earlier ones end what
 * they find in it.
 */
export function ownControlGroup({ dir, namespace }: Workspace): string {
  return `${namespace}-${sha256(Buffer.from(dir)).slice('sha256:'.length, 'sha256:'.length + 8)}`;
}
