import type { AnyFact } from '../../src/engine/fact.ts';
import { processDirectory, second, upperdir } from './container.ts';
import { mountTable, snapshotDirs, snapshotsRoot, topChainId } from './containerd.ts';
import { diffIds, digests, sizes } from './layers.ts';
import { configDigest, configSize, manifestDigest, manifestSize } from './layout.ts';
import { architecture, busybox, namespace, workdir } from './machine.ts';

/** Everything that has a name in the learner's shells, in the order in which the tour makes it. */
export const variables: readonly AnyFact[] = [
  workdir,
  namespace,
  busybox,
  architecture,
  diffIds.base,
  diffIds.delta,
  digests.base,
  digests.delta,
  sizes.base,
  sizes.delta,
  configDigest,
  configSize,
  manifestDigest,
  manifestSize,
  topChainId,
  snapshotsRoot,
  snapshotDirs.base,
  snapshotDirs.delta,
  upperdir,
  second.upperdir,
  processDirectory,
  mountTable,
];
