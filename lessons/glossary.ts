import { fact } from '../src/engine/fact.ts';
import type { Term } from '../src/engine/glossary.ts';
import { text } from '../src/engine/text.ts';
import { merge } from '../src/oci/merge.ts';
import { whiteoutOf } from '../src/oci/whiteout.ts';
import { containerMount, task, upperdir } from './facts/container.ts';
import {
  chain,
  containerdInUse,
  mountTable,
  snapshotDirs,
  snapshotList,
  snapshotsRoot,
  topChainId,
} from './facts/containerd.ts';
import { brief, diffIds, digests, sizes, tars } from './facts/layers.ts';
import {
  configDigest,
  configSize,
  index,
  manifest,
  manifestDigest,
  manifestSize,
  storedBlobs,
} from './facts/layout.ts';
import { architecture, busybox, namespace } from './facts/machine.ts';
import { trees } from './facts/trees.ts';

// Facts that only the glossary tells. They are read when it is opened, and never before.

const mediaType = fact<string>('glossary.media-type', {
  what: "the manifest's media type",
  from: '04-layout/manifest',
  read: async (observation) => (await observation.get(manifest))?.value.mediaType,
});

const indexTarget = fact<string>('glossary.index-target', {
  what: 'what index.json points at',
  from: '04-layout/index',
  read: async (observation) => (await observation.get(index))?.manifests?.[0]?.digest,
  show: brief,
});

const layoutDirectory = fact<string>('glossary.layout', {
  what: 'the image layout',
  from: '04-layout/layers',
  read: async (observation) =>
    (await observation.exists('oci', 'oci-layout')) ? observation.path('oci') : undefined,
});

const imageNames = fact<string[]>('glossary.names', {
  what: "the image's names in containerd",
  from: '05-import/import',
  read: async (observation) => {
    const names = [...(await (await observation.containerd()).images()).keys()];
    return names.length === 0 ? undefined : names.sort();
  },
  show: (names) => names.join(' and '),
});

const storedContent = fact<string[]>('glossary.content', {
  what: "the blobs in containerd's content store",
  from: '05-import/import',
  read: async (observation) => {
    const content = await (await observation.containerd()).content();
    return content.length === 0 ? undefined : content;
  },
  show: (all) => `${all.length} blobs`,
});

const leases = fact<string[]>('glossary.leases', {
  what: 'the leases of the namespace',
  from: '00-prerequisites/machine',
  read: async (observation) => (await observation.containerd()).leases(),
  show: (all) => (all.length === 0 ? 'no leases' : all.join(', ')),
});

const whiteouts = fact<string[]>('glossary.whiteouts', {
  what: 'the whiteouts of delta',
  from: '03-layers/tar',
  read: async (observation) => {
    const layer = await observation.get(tars.delta);
    const paths = layer?.entries.map(({ path }) => path);
    return paths?.filter((path) => whiteoutOf(path) !== undefined);
  },
  show: (paths) => paths.join(', '),
});

const opaques = fact<number>('glossary.opaque', {
  what: 'the opaque directories of delta',
  from: '03-layers/tar',
  read: async (observation) => {
    const layer = await observation.get(tars.delta);
    return layer?.entries.filter(({ path }) => whiteoutOf(path)?.kind === 'opaque').length;
  },
  show: (count) => (count === 0 ? 'none' : String(count)),
});

const mergedPaths = fact<number>('glossary.merged', {
  what: 'the paths of both layers together',
  from: '03-layers/tar',
  read: async (observation) => {
    const [base, delta] = [await observation.get(tars.base), await observation.get(tars.delta)];
    if (base === undefined || delta === undefined) return undefined;
    return merge([base.entries, delta.entries]).size;
  },
  show: (count) => `${count} paths`,
});

const pinnedTime = fact<Date>('glossary.mtime', {
  what: 'the time in the tar of base',
  from: '03-layers/tar',
  read: async (observation) => {
    const seconds = (await observation.get(tars.base))?.entries[0]?.mtime;
    return seconds === undefined ? undefined : new Date(seconds * 1000);
  },
  show: (time) => time.toISOString().replace('.000Z', ' UTC').replace('T', ' '),
});

const runcVersion = fact<string>('glossary.runc', {
  what: 'the runc of this machine',
  from: '00-prerequisites/machine',
  read: async (observation) => {
    const { code, stdout } = await observation.tool('runc', '--version');
    return code === 0 ? stdout.split('\n')[0] : undefined;
  },
});

/** The field's words, in the order in which an image is built. */
export const glossary: readonly Term[] = [
  {
    term: 'image',
    forms: ['images', 'container image'],
    explanation: text`A manifest, and the config and layers that it names. No single file is the image: the
      manifest's digest identifies all of it.`,
    yours: text`Yours has the manifest ${manifestDigest}.`,
  },
  {
    term: 'OCI',
    forms: ['Open Container Initiative'],
    explanation: text`The Open Container Initiative, which publishes the specifications for images, runtimes
      and registries. Docker, containerd and podman follow them.`,
    yours: text`You follow its image specification in ${layoutDirectory}.`,
  },
  {
    term: 'layer',
    spec: 'layer.md',
    forms: ['layers'],
    explanation: text`A tar of the files that one step of a build adds, changes or deletes. Its DiffID is
      the hash of the tar, its digest the hash of the file as stored, which is usually compressed.`,
    yours: text`You made two: base, DiffID ${diffIds.base}, and delta, DiffID ${diffIds.delta}.`,
  },
  {
    term: 'whiteout',
    spec: 'layer.md#whiteouts',
    forms: ['whiteouts'],
    explanation: text`An entry in a layer that hides a path of the layers below. In a tar its name is
      \`.wh.\` plus the hidden name. On an overlay it's a character device 0,0 with the hidden name itself.`,
    yours: text`The tar of your delta has ${whiteouts}.`,
    along: ['opaque'],
  },
  {
    term: 'opaque',
    spec: 'layer.md#opaque-whiteout',
    forms: ['opaque whiteout'],
    explanation: text`A whiteout that hides everything a directory contains in the layers below: a file
      \`.wh..wh..opq\` in a tar, an extended attribute of the directory on an overlay.`,
    yours: text`Opaque directories in your delta: ${opaques}.`,
  },
  {
    term: 'tar',
    forms: ['tars', 'archive', 'archives'],
    explanation: text`An archive: for each entry a header of 512 bytes, followed by the file's bytes. The
      headers are hashed as well.`,
    yours: text`Your base has ${tars.base}, your delta ${tars.delta}.`,
    along: ['mtime'],
  },
  {
    term: 'mtime',
    forms: ['modification time'],
    explanation: text`When a file was last changed. A tar stores it for every entry, so it changes the
      DiffID unless you fix it.`,
    yours: text`The entries of your base have ${pinnedTime}.`,
  },
  {
    term: 'reproducible',
    forms: ['reproducibly', 'reproducibility'],
    explanation: text`Built again from the same files, an image has the same bytes, and so the same digest.
      You can check a build by building it yourself.`,
    yours: text`If your colleagues build base from the same busybox, they get ${diffIds.base} too.`,
  },
  {
    term: 'digest',
    spec: 'descriptor.md#digests',
    forms: ['digests'],
    explanation: text`A hash used as a name: \`sha256:\` and 64 hex digits. A *layer digest* is the hash of
      the layer as stored, here after gzip.`,
    yours: text`Your base-layer.tar.gz has ${digests.base}.`,
  },
  {
    term: 'DiffID',
    spec: 'config.md#layer-diffid',
    forms: ['DiffIDs'],
    explanation: text`The hash of a layer's tar before compression. The config lists the DiffIDs, and
      containerd checks them while it unpacks.`,
    yours: text`Base has ${diffIds.base}, delta has ${diffIds.delta}.`,
  },
  {
    term: 'gzip',
    explanation: text`Compression for storing and sending layers. Its header has room for a file name and a
      time, so the same tar can become files with different digests.`,
    yours: text`Compressed, your layers have ${sizes.base} and ${sizes.delta} bytes.`,
  },
  {
    term: 'blob',
    forms: ['blobs'],
    explanation: text`Bytes stored under their own digest. A blob can be a layer or a JSON document; its
      name doesn't tell you which.`,
    yours: text`Your oci/blobs/sha256 has ${storedBlobs}.`,
  },
  {
    term: 'descriptor',
    spec: 'descriptor.md',
    forms: ['descriptors'],
    explanation: text`How one document refers to a blob: media type, digest and size. That's enough to check
      a download before anyone uses it.`,
    yours: text`The one for your manifest has ${manifestDigest} and ${manifestSize} bytes.`,
  },
  {
    term: 'media type',
    spec: 'media-types.md',
    forms: ['media types', 'mediaType'],
    explanation: text`The kind of a blob, such as a manifest or a gzipped layer, in the words of the OCI
      specification. It's in the descriptor, since the blob's name doesn't show it.`,
    yours: text`Your manifest's is ${mediaType}.`,
  },
  {
    term: 'config',
    spec: 'config.md',
    forms: ['configs'],
    explanation: text`The JSON document with the command to start, the platform, and the DiffIDs of the
      layers, bottom first. The specification calls its digest the image ID.
      Nothing compares its architecture with the programs in the layers.`,
    yours: text`Yours is ${configDigest}, ${configSize} bytes, for ${architecture}.`,
  },
  {
    term: 'manifest',
    spec: 'manifest.md',
    forms: ['manifests'],
    explanation: text`The JSON document that lists the config and the layers by digest. \`docker pull name@sha256:…\`
      can ask for it by digest.`,
    yours: text`Yours is ${manifestDigest}, ${manifestSize} bytes.`,
  },
  {
    term: 'index',
    spec: 'image-index.md',
    forms: ['indexes', 'index.json'],
    explanation: text`A list of manifests. A layout is read from its index.json, and an index lets one name
      serve several platforms.`,
    yours: text`Your index.json lists ${indexTarget}.`,
  },
  {
    term: 'image layout',
    spec: 'image-layout.md',
    forms: ['OCI layout', 'layout', 'layouts', 'oci-layout'],
    explanation: text`A directory format for images: a file oci-layout, an index.json, and blobs named by
      their digests. Any tool that knows the OCI specification can read it.`,
    yours: text`Yours is ${layoutDirectory}.`,
  },
  {
    term: 'reference',
    forms: ['references', 'tag', 'tags', 'tagged'],
    explanation: text`A name for a digest, such as \`handroll:latest\`. The part after the name is the tag,
      which can be moved to another digest at any time.`,
    yours: text`In containerd your image has the name ${imageNames}.`,
  },
  {
    term: 'registry',
    forms: ['registries'],
    explanation: text`A server that stores blobs and manifests by digest, and tags that refer to manifests.
      A push uploads only the blobs that the registry doesn't have yet.`,
    yours: text`For your image it would need ${storedBlobs}.`,
  },
  {
    term: 'containerd',
    explanation: text`The daemon that stores images, unpacks them and manages containers. It works under
      Docker and Kubernetes; \`ctr\` is its bare command line.`,
    yours: text`This one: ${containerdInUse}.`,
  },
  {
    term: 'namespace',
    forms: ['namespaces'],
    explanation: text`A label in containerd that keeps one client's images, containers and snapshots apart
      from another's. The kernel's namespaces are something else: they limit what a process can see.`,
    yours: text`Yours is ${namespace}.`,
  },
  {
    term: 'content store',
    explanation: text`Where containerd keeps blobs, under their digests and unchanged.`,
    yours: text`In your namespace it has ${storedContent}.`,
  },
  {
    term: 'chain ID',
    spec: 'config.md#layer-chainid',
    forms: ['chain IDs', 'ChainID', 'ChainIDs'],
    explanation: text`The name of a stack of layers. For the first layer it's the DiffID; for each further
      layer it's the hash of the chain ID below, a space, and the layer's DiffID.`,
    yours: text`Yours, bottom first: ${chain}.`,
  },
  {
    term: 'snapshot',
    forms: ['snapshots'],
    explanation: text`An unpacked layer, as a directory in its position in the stack. Committed snapshots
      never change; each container gets an active one for its own changes.`,
    yours: text`Your namespace has ${snapshotList}; the top layer is ${topChainId}.`,
  },
  {
    term: 'snapshotter',
    forms: ['snapshotters'],
    explanation: text`The part of containerd that makes snapshots. The one named overlayfs keeps a directory
      for each, and the kernel stacks them.`,
    yours: text`Yours keeps them in ${snapshotsRoot}.`,
  },
  {
    term: 'mount',
    forms: ['mounts', 'mounted', 'unmount', 'mountinfo'],
    explanation: text`Attaches a filesystem to a directory, which then shows that filesystem's files. No
      file is copied. After the unmount the directory shows its own files again.`,
    yours: text`Your containerd's mount table is ${mountTable}.`,
  },
  {
    term: 'overlayfs',
    forms: ['overlay'],
    explanation: text`The kernel's filesystem that shows several directories as one. Where two of them have
      a file of the same name, you see the upper one; directories of the same name are merged.`,
    yours: text`Your two layers merge to ${mergedPaths}.`,
  },
  {
    term: 'copy-up',
    forms: ['copied up'],
    explanation: text`What overlayfs does before a process can change a file from a lowerdir: it copies the
      whole file to the upperdir. After that, the copy is changed.`,
    yours: text`Your container's copies go to ${upperdir}.`,
  },
  {
    term: 'lowerdir',
    forms: ['lowerdirs', 'lower directory', 'lower directories'],
    explanation: text`The read-only directories of an overlay. The mount option lists them top first, while
      an image lists its layers bottom first.`,
    yours: text`Yours are ${snapshotDirs.delta}, then ${snapshotDirs.base}.`,
  },
  {
    term: 'upperdir',
    forms: ['upper directory'],
    explanation: text`The writable directory of an overlay. New files, changed copies and whiteouts go
      there, so it holds everything that a container has changed.`,
    yours: text`Your container's is ${upperdir}.`,
    along: ['workdir'],
  },
  {
    term: 'workdir',
    explanation: text`A directory that overlayfs needs for its own work, next to the upperdir on the same
      filesystem. (The tour's \`$WORKDIR\` is unrelated.)`,
    yours: text`Your container's is next to the upperdir of ${containerMount}.`,
  },
  {
    term: 'merged',
    forms: ['merge', 'merged view'],
    explanation: text`What you see through an overlay: all its directories as one, without the paths that a
      whiteout hides.`,
    yours: text`Your trees have ${trees.base} and ${trees.delta}; merged they have ${mergedPaths}.`,
  },
  {
    term: 'container',
    forms: ['containers'],
    explanation: text`A process with its own root filesystem and its own view of the machine, made of kernel
      namespaces and a control group. Its root comes from the image, which doesn't change.`,
    yours: text`Yours is ${task}.`,
  },
  {
    term: 'task',
    forms: ['tasks'],
    explanation: text`containerd's word for a container that is running. A container without a task is only a
      record: an image, a snapshot and a config for the runtime.`,
    yours: text`Yours is ${task}.`,
  },
  {
    term: 'runc',
    explanation: text`The program that starts a container's process: it sets up namespaces, mounts and
      limits, starts the process and exits.`,
    yours: text`Here: ${runcVersion}.`,
    along: ['shim', 'OCI runtime spec'],
  },
  {
    term: 'shim',
    forms: ['shims'],
    explanation: text`A small process per container or pod. It stays as the container's parent after runc has
      exited, so containerd can be restarted without stopping containers.`,
    yours: text`The process that your shim looks after: ${task}.`,
  },
  {
    term: 'OCI runtime spec',
    forms: ['runtime spec', 'runtime specification'],
    explanation: text`The specification of runc's input: a directory with a root filesystem and a
      config.json that lists process, mounts and namespaces. containerd writes that file from the image's
      config and your options.`,
    yours: text`Yours was made from the image config ${configDigest}.`,
  },
  {
    term: 'garbage collection',
    forms: ['garbage', 'garbage collector', 'collector', 'collected'],
    explanation: text`containerd deletes blobs and snapshots that no image, container or lease refers to any
      more.`,
    yours: text`Kept in your namespace: ${storedContent}, ${snapshotList}.`,
    along: ['lease'],
  },
  {
    term: 'lease',
    forms: ['leases'],
    explanation: text`A temporary hold on blobs and snapshots that no image refers to yet, for example
      during an import. The garbage collector leaves them alone.`,
    yours: text`Your namespace has ${leases}.`,
  },
  {
    term: 'busybox',
    explanation: text`Many Unix commands in one program. Linked statically it needs no other file, which
      makes it a complete userland for a tiny image.`,
    yours: text`Yours was copied from ${busybox}.`,
  },
];
