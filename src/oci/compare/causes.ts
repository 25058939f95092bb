/**
 * What tar and gzip write into a layer apart from the files, and the option that makes it reproducible.
 * `compare` prints these for two layers that differ, lesson 03 for a layer that isn't reproducible.
 */
export const packingOptions = {
  'build-time':
    'tar writes when each file was changed. With --mtime=@1735689600, or any other date that stays, it does not matter.',
  owner:
    'tar writes who owns each file. With --owner=0 --group=0 --numeric-owner it does not matter.',
  'owner-names':
    'tar writes the names of owners as this machine has them. With --numeric-owner it writes none.',
  permissions:
    "tar writes each file's permissions. With --mode='u+rwX,go+rX,go-w' it does not matter.",
  order:
    'Without --sort=name tar takes files in whatever order the disk has them, and that is chance.',
  'gzip-header':
    "gzip without -n writes the file's name and time into its header. This changes the digest, never the DiffID.",
} as const;

/**
 * What usually causes a difference, in a sentence or two. The keys are part of `compare --json`, so
 * they must not change.
 */
export const causeTexts = {
  'build-time': `Built at another time: ${packingOptions['build-time']}`,
  owner: `Packed by another user: ${packingOptions.owner}`,
  'owner-names': packingOptions['owner-names'],
  permissions: `Made under another umask: ${packingOptions.permissions}`,
  order: packingOptions.order,
  names: 'Packed from another place: `tar -C DIR .` writes ./bin, `tar -C DIR bin` writes bin.',
  format:
    'Another tar, or another --format: GNU tar writes gnu unless told otherwise, busybox and Go write ustar or pax.',
  pax: 'tar --format=posix writes more than ustar has room for: times of access, the number of its own process. --format=gnu or ustar does not.',
  xattrs:
    'Extended attributes are part of a file: a capability, an ACL or a label is lost, or is another. tar packs them only with --xattrs, and some builders drop security.capability.',
  sparse:
    'The same file, stored with its holes left out: tar --sparse does that. The spec advises against it, as not all readers of tar expand it.',
  'hard-links':
    'The same content, linked otherwise: hard links were kept in one and packed as files in the other, or another of the names came first. What is unpacked reads the same.',
  content:
    'The file that was packed is another one: another version of a program (a busybox of another release), or an edit.',
  entries: 'The trees that were packed are not the same: something was added, or left out.',
  whiteout:
    'The whiteout is a device in one and an empty regular file, the form of the spec, in the other: where no device can be made or packed, the file is what remains.',
  padding:
    'The same entries, with more or fewer zeros behind: GNU tar fills up to 10240 bytes, others stop after two blocks.',
  'gzip-header': packingOptions['gzip-header'],
  'gzip-data':
    'Another compressor or level: gzip, pigz, zlib and Go make different bytes of the same tar, and the variable GZIP gives gzip options. This changes the digest, never the DiffID.',
  'media-type':
    "Docker's name and OCI's for the same kind of thing. The document that says it has another digest for it, what it names has not.",
  compression: 'Stored in another way. This changes the digest, never the DiffID.',
  'config-time':
    'Builders write the time of the build into the config. A fixed date, or none, makes it the same each time.',
  'time-zone':
    "The same instant, written in another time zone: that of the machine, or of the builder's TZ. With TZ=UTC it is written the same everywhere.",
  platform: 'Built for another platform, which is named in the config.',
  value: 'Written with another value.',
  notation:
    'The same JSON in other bytes, and the digest is the hash of the bytes: `jq` prints other spaces than `jq -c`, and a newline at the end counts too.',
} as const;

/** What usually causes a difference. */
export type Cause = keyof typeof causeTexts;
