export interface LayoutFile {
  /** `file` is a regular file; nothing else is ever opened. */
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  /** Bytes, of a file. */
  readonly size: number;
  /** Where a symlink leads. */
  readonly target?: string;
}

/** A description of what is there instead of a regular file. */
export function kindText(file: LayoutFile | undefined): string {
  if (file === undefined) return 'absent';
  if (file.kind === 'symlink' && file.target !== undefined) return `a symlink to ${file.target}`;
  return file.kind === 'other' ? 'neither file nor directory' : `a ${file.kind}`;
}

/**
 * The files of an image layout, in a directory or an archive. Nothing outside of the layout is ever read:
 * symlinks aren't followed.
 *
 * @see OCI image spec, image-layout.md "Content"
 */
export interface LayoutFiles {
  /** Whether they are in a directory; otherwise they are in an archive. */
  readonly isDirectory: boolean;
  /** What is wrong with the archive, if the files are in one. */
  readonly violations: readonly LayoutViolation[];
  /** @param path relative to the layout, parts separated by `/` */
  stat(path: string): Promise<LayoutFile | undefined>;
  /** The names in a directory, sorted; empty if there is no such directory. The root is an empty path. */
  list(path: string): Promise<string[]>;
  /** The bytes of a regular file; rejects on anything else. */
  read(path: string): AsyncIterable<Uint8Array>;
}

export interface LayoutViolation {
  readonly expected: string;
  readonly actual: string;
}
