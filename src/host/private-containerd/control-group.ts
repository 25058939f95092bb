import { sha256 } from '../../oci/digest.ts';
import type { Workspace } from '../workspace.ts';

/**
 * The parent control group of a private containerd's containers, in every hierarchy. By default a
 * container's group is `/NAMESPACE/ID`, which may belong to a container of another daemon: newer
 * versions of runc refuse to share a group, older ones kill the processes in it.
 */
export function ownControlGroup({ dir, namespace }: Workspace): string {
  return `${namespace}-${sha256(Buffer.from(dir)).slice('sha256:'.length, 'sha256:'.length + 8)}`;
}
