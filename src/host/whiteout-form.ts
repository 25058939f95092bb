import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { WhiteoutForm } from '../oci/whiteout.ts';
import { isBefore } from './kernel.ts';
import type { Filesystem } from './preflight/filesystem.ts';
import type { Privilege } from './privilege.ts';

/** How the tour makes its whiteout on this machine, and what it saw that decides it. */
export interface WhiteoutChoice {
  readonly form: WhiteoutForm;
  readonly because: string;
}

/** What the choice depends on. */
export interface WhiteoutConditions {
  /** What the whiteout would be made on. */
  readonly filesystem: Filesystem;
  /** containerd will unpack the layer in a user namespace. */
  readonly inUserNamespace: boolean;
  /** Who makes it is root. */
  readonly asRoot: boolean;
  /** Of the kernel, as `uname -r` has it. */
  readonly kernel: string;
}

/**
 * The article's device wherever it can be made and will be acted on; elsewhere the empty regular file
 * of the image spec, which containerd takes everywhere.
 */
export function chooseWhiteout(seen: WhiteoutConditions): WhiteoutChoice {
  const { filesystem, inUserNamespace, asRoot, kernel } = seen;
  if (inUserNamespace) {
    return {
      form: 'file',
      because:
        'containerd runs in a user namespace, where it silently skips every device in a layer',
    };
  }
  if (!filesystem.supportsOverlayUpper) {
    return {
      form: 'file',
      because:
        filesystem.type === 'overlay'
          ? 'your directory is on overlayfs, which refuses the device 0,0: overlayfs uses that device itself to mark deleted files'
          : `your directory is on ${filesystem.type}, which may not store devices`,
    };
  }
  if (!asRoot && isBefore(kernel, 5, 8)) {
    return {
      form: 'file',
      because: `Linux ${kernel} lets only root make a device, even this one (since 5.8 any user may make it)`,
    };
  }
  return {
    form: 'device',
    because: `your directory is on ${filesystem.type}, and containerd runs as root`,
  };
}

/** Reads the circumstances; tries nothing out, so that looking leaves no trace. */
export function whiteoutHere(filesystem: Filesystem, privilege: Privilege): WhiteoutChoice {
  return chooseWhiteout({
    filesystem,
    inUserNamespace:
      privilege === 'rootless' || mapsUsers(readFileSync('/proc/self/uid_map', 'utf8')),
    asRoot: privilege === 'root',
    kernel: release(),
  });
}

/** Whether a `/proc/PID/uid_map` is one of a user namespace: only the first maps all ids to themselves. */
export function mapsUsers(uidMap: string): boolean {
  return uidMap.trim().split(/\s+/).join(' ') !== '0 0 4294967295';
}
