import { type Check, check as checkOfAny } from '../src/engine/check.ts';

/** What the article claims about the learner's machine, by lesson. Every check observes one of these. */
export const claims = {
  P1: 'Linux with containerd, runc, ctr, jq, tree, GNU tar, gzip, sha256sum, stat',
  P2: 'busybox is statically linked',
  P3: 'a working directory `$WORKDIR` (default `~/container-demo`) exists',
  P4: 'everything happens in the containerd namespace `$CTR_NAMESPACE` (default `spelunking`), isolated from the rest',
  I1: 'index -> manifest -> config + ordered layers',
  I2: 'content addressing: one changed byte is noticed',
  F1: 'base: `bin/busybox`, links `sh` `ls` `cat` -> `busybox`, `hello.txt` = "hello from base", `data/config.txt` = "base config"',
  F2: 'delta: `hello.txt` = "hello from delta", `data/.wh.config.txt` is a whiteout made with `mknod c 0 0`',
  F3: 'the tree listing shows all of it',
  F4: 'an equivalent Dockerfile exists',
  L1: 'DiffID = sha256 of the uncompressed tar',
  L2: 'Digest = sha256 of the compressed blob; size in bytes recorded',
  L3: 'pinned order, mtime, owner make the archive deterministic: same input, same hash',
  L4: 'same input, same Digest',
  L5: 'the delta tar contains the whiteout',
  O1: '`oci-layout` says imageLayoutVersion 1.0.0',
  O2: 'blobs/sha256 holds exactly four blobs, each named by its hash',
  O3: 'config: architecture, os linux, rootfs.type layers, diff_ids in order, Cmd /bin/sh',
  O4: 'manifest: schemaVersion 2, media types, descriptors with true digest and size, layers in order',
  O5: 'index.json points at the manifest, annotated ref.name `handroll:latest`',
  M1: 'a tar of the layout imports with `ctr images import --base-name handroll`',
  M2: 'the image is listed as `docker.io/library/handroll:latest`',
  M3: 'layers were unpacked at import',
  V1: 'lowerdirs read-only, upperdir takes the writes, topmost wins, one merged view',
  V2: 'deleting through the mount leaves a whiteout in the upperdir',
  S1: 'the content store holds our blobs verbatim',
  S2: 'two snapshots, chained by parent',
  S3: 'each snapshot is a directory `fs/` with that layer unpacked',
  S4: 'in the delta snapshot the whiteout became an overlay whiteout',
  S5: 'no overlay is mounted yet',
  R1: 'the container starts from our image',
  R2: '`ls /` looks like one ordinary filesystem',
  R3: '`/hello.txt` reads "hello from delta"',
  R4: "the base's `bin` shows through",
  R5: '`/data` is empty',
  R6: 'on the host the base snapshot still has both files',
  R7: '`/proc/1/mountinfo` shows one overlay: lowerdir delta then base, upperdir, workdir',
  R8: 'what the container writes lands in upperdir and is gone with the container',
  Z1: 'trees -> tars -> layout -> content store -> snapshots -> overlay -> process',
  D1: 'a file identical in both layers need not be in the upper one',
  C1: 'container, image, working directory removed',
  W1: 'the lower layers are read-only and shared: every container stacks its own changes on top',
  W2: 'a base that many images use is on disk once',
  W3: 'it is like a stack of transparencies: what is seen from above is one picture',
} as const satisfies Readonly<Record<string, string>>;

export type ClaimId = keyof typeof claims;

/** A check that observes a claim of the article. What goes wrong is told in the lesson's diagnoses. */
export function check<const Id extends string>(
  id: Id,
  definition: Omit<Check, 'id' | 'claim' | 'diagnoser'> & { readonly claim: ClaimId },
): Check<Id> {
  return checkOfAny(id, definition);
}
