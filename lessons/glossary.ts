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
  from: '04-layout/marker',
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
    explanation: text`A manifest and everything it points at: a config, and layers. No file is called the
      image; whoever has the hash of the manifest has its name for all of it.`,
    yours: text`Yours is the one whose manifest is ${manifestDigest}.`,
  },
  {
    term: 'layer',
    forms: ['layers'],
    explanation: text`A tar with what one step of a build adds, changes or takes away. It goes by two hashes:
      a DiffID before compression, a Digest after.`,
    yours: text`Yours are base, DiffID ${diffIds.base}, and delta, DiffID ${diffIds.delta}.`,
  },
  {
    term: 'whiteout',
    forms: ['whiteouts'],
    explanation: text`How a layer says that a file below it is gone: in a tar an entry with \`.wh.\` before the
      name, on an overlay a character device 0,0 under the name itself.`,
    yours: text`Yours, in the tar of delta: ${whiteouts}.`,
    along: ['opaque'],
  },
  {
    term: 'opaque',
    forms: ['opaque whiteout'],
    explanation: text`A whiteout for all that a directory holds below: \`.wh..wh..opq\` in a tar, an extended
      attribute of the directory on an overlay.`,
    yours: text`In your delta there are: ${opaques}.`,
  },
  {
    term: 'tar',
    forms: ['tars', 'archive', 'archives'],
    explanation: text`An archive: a header of 512 bytes for each entry, then its bytes, one after the other. The
      headers are part of what is hashed.`,
    yours: text`Yours: ${tars.base} in base, ${tars.delta} in delta.`,
    along: ['mtime'],
  },
  {
    term: 'mtime',
    forms: ['modification time'],
    explanation: text`When a file was last changed. Every tar header has it, so it is part of the DiffID unless
      it is pinned.`,
    yours: text`In your tar of base it reads ${pinnedTime}.`,
  },
  {
    term: 'reproducible',
    forms: ['reproducibly', 'reproducibility'],
    explanation: text`Built again, by anybody, from the same files, it comes out as the same bytes: so one hash
      can be compared instead of trusting whoever built it.`,
    yours: text`Whoever builds your base as you did gets ${diffIds.base}.`,
  },
  {
    term: 'digest',
    forms: ['digests'],
    explanation: text`The name of bytes by what they are: \`sha256:\` and 64 hexadecimal digits. With a capital,
      beside DiffID, it is that of the compressed layer.`,
    yours: text`Your base-layer.tar.gz is ${digests.base}.`,
  },
  {
    term: 'DiffID',
    forms: ['DiffIDs'],
    explanation: text`The hash of a layer's tar before compression. The config lists them, and containerd
      compares them with what it unpacks.`,
    yours: text`Yours: base ${diffIds.base}, delta ${diffIds.delta}.`,
  },
  {
    term: 'gzip',
    explanation: text`Compression for the way through the network. Its header has room for a name and a time,
      so one tar can become many files, each with a Digest of its own.`,
    yours: text`Compressed, your layers take ${sizes.base} bytes and ${sizes.delta} bytes.`,
  },
  {
    term: 'blob',
    forms: ['blobs'],
    explanation: text`Bytes that are stored under their own hash. A blob can be a layer or a document; nothing
      in its name tells which.`,
    yours: text`Under your oci/blobs/sha256: ${storedBlobs}.`,
  },
  {
    term: 'descriptor',
    forms: ['descriptors'],
    explanation: text`How one document points at a blob: media type, digest, size. With these three a download
      can be checked before it is used.`,
    yours: text`The one of your manifest says ${manifestDigest}, ${manifestSize} bytes.`,
  },
  {
    term: 'media type',
    forms: ['media types', 'mediaType'],
    explanation: text`What kind of thing a blob is, in the words of the specification. It stands in the
      descriptor and not in the blob's name.`,
    yours: text`Your manifest's is ${mediaType}.`,
  },
  {
    term: 'config',
    forms: ['configs'],
    explanation: text`The document that says what to run and lists the DiffIDs of the layers, bottom first. Its
      digest is what many tools call the image ID.`,
    yours: text`Yours is ${configDigest}, ${configSize} bytes, for ${architecture}.`,
  },
  {
    term: 'manifest',
    forms: ['manifests'],
    explanation: text`The document that names the config and the layers by their Digests. Its own digest is the
      name of the whole image.`,
    yours: text`Yours is ${manifestDigest}, ${manifestSize} bytes.`,
  },
  {
    term: 'index',
    forms: ['indexes', 'index.json'],
    explanation: text`A list of manifests: where a layout begins to be read, and how one name can stand for an
      image on several architectures.`,
    yours: text`Your index.json points at ${indexTarget}.`,
  },
  {
    term: 'image layout',
    forms: ['OCI layout', 'layout', 'layouts', 'oci-layout'],
    explanation: text`An image as a directory: a marker file, an index.json, and blobs under their hashes. Any
      tool that knows the specification can read it.`,
    yours: text`Yours is ${layoutDirectory}.`,
  },
  {
    term: 'reference',
    forms: ['references', 'tag', 'tags', 'tagged'],
    explanation: text`A name that somebody gave to a digest, and may give to another one tomorrow:
      \`handroll:latest\`. The part after the colon is the tag.`,
    yours: text`In containerd yours is called ${imageNames}.`,
  },
  {
    term: 'containerd',
    explanation: text`The daemon that stores images, unpacks them and keeps watch over containers. Docker and
      Kubernetes use it, and \`ctr\` talks to it.`,
    yours: text`The one in use here: ${containerdInUse}.`,
  },
  {
    term: 'namespace',
    forms: ['namespaces'],
    explanation: text`In containerd a set of names that does not see other sets: images, containers and snapshots
      of one namespace are nobody else's. The kernel's namespaces are another thing of the same name.`,
    yours: text`Yours is ${namespace}.`,
  },
  {
    term: 'content store',
    explanation: text`Where containerd keeps blobs, compressed as they came, each under its digest.`,
    yours: text`In your namespace it holds ${storedContent}.`,
  },
  {
    term: 'chain ID',
    forms: ['chain IDs', 'ChainID', 'ChainIDs'],
    explanation: text`The name of a stack of layers: the first DiffID, then for every further layer the hash of the
      name so far, a space, and the next DiffID.`,
    yours: text`Yours, bottom first: ${chain}.`,
  },
  {
    term: 'snapshot',
    forms: ['snapshots'],
    explanation: text`A layer unpacked on top of those below it, as a directory that can be mounted. Committed
      ones do not change; a container gets an active one of its own.`,
    yours: text`In your namespace there are ${snapshotList}; the upper one is ${topChainId}.`,
  },
  {
    term: 'snapshotter',
    forms: ['snapshotters'],
    explanation: text`The part of containerd that makes snapshots. The one called overlayfs keeps a directory for
      each, and has the kernel stack them.`,
    yours: text`Yours keeps them in ${snapshotsRoot}.`,
  },
  {
    term: 'mount',
    forms: ['mounts', 'mounted', 'unmount', 'mountinfo'],
    explanation: text`What makes a directory show another file system. Nothing is copied, and when it is taken
      away, what was there before is seen again.`,
    yours: text`The table of the mounts that your containerd sees is ${mountTable}.`,
  },
  {
    term: 'overlayfs',
    forms: ['overlay'],
    explanation: text`The kernel's way to lay directories over one another: the uppermost that has a name answers
      for it.`,
    yours: text`Your two layers have ${mergedPaths} that way.`,
  },
  {
    term: 'lowerdir',
    forms: ['lowerdirs', 'lower directory', 'lower directories'],
    explanation: text`The directories of an overlay that are only read, the uppermost first: the reverse of the
      order in which an image lists its layers.`,
    yours: text`Yours: ${snapshotDirs.delta}, then ${snapshotDirs.base}.`,
  },
  {
    term: 'upperdir',
    forms: ['upper directory'],
    explanation: text`The one directory of an overlay that is written to: new files, changed copies, and whiteouts
      for what was deleted. It is all that a container has changed.`,
    yours: text`Your container's is ${upperdir}.`,
    along: ['workdir'],
  },
  {
    term: 'workdir',
    explanation: text`A directory that overlayfs needs beside the upperdir, on the same file system, to prepare
      changes that must appear at once. (The tour's own \`$WORKDIR\` is something else.)`,
    yours: text`Your container's lies beside ${containerMount}.`,
  },
  {
    term: 'merged',
    forms: ['merge', 'merged view'],
    explanation: text`What an overlay shows: all its directories as one, upper over lower, without what a whiteout
      hides.`,
    yours: text`Of ${trees.base} and ${trees.delta} that comes to ${mergedPaths}.`,
  },
  {
    term: 'container',
    forms: ['containers'],
    explanation: text`A process with a root and a view of the machine of its own. The image is where the root came
      from, and knows nothing of it.`,
    yours: text`Yours is ${task}.`,
  },
  {
    term: 'runc',
    explanation: text`The program that makes a process a container: it sets up namespaces, mounts and limits,
      starts it, and is gone.`,
    yours: text`Here: ${runcVersion}.`,
    along: ['shim', 'OCI runtime spec'],
  },
  {
    term: 'shim',
    forms: ['shims'],
    explanation: text`A small process for each container, which stays as its parent when runc is gone, so that
      containerd itself may be restarted.`,
    yours: text`The child that yours looks after: ${task}.`,
  },
  {
    term: 'OCI runtime spec',
    forms: ['runtime spec', 'runtime specification'],
    explanation: text`The document that runc is given: which root, which process, which mounts. containerd makes it
      from the image's config and from what you asked for.`,
    yours: text`The one of yours was made from the config ${configDigest}.`,
  },
  {
    term: 'garbage collection',
    forms: ['garbage', 'garbage collector', 'collector', 'collected'],
    explanation: text`containerd deletes blobs and snapshots that nothing refers to any more: no image, no
      container, no lease.`,
    yours: text`What is kept in your namespace: ${storedContent}, ${snapshotList}.`,
    along: ['lease'],
  },
  {
    term: 'lease',
    forms: ['leases'],
    explanation: text`A hold on blobs and snapshots that are not named by an image yet, such as during an import,
      so that the collector leaves them alone.`,
    yours: text`In your namespace there are ${leases}.`,
  },
  {
    term: 'busybox',
    explanation: text`A whole set of Unix commands in one program. Linked statically it needs no other file, which
      makes it the smallest root that one can log into.`,
    yours: text`Yours was copied from ${busybox}.`,
  },
];
