import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { WhiteoutForm } from '../oci/whiteout.ts';
import { isBefore } from './kernel.ts';
import type { Filesystem } from './preflight/filesystem.ts';
import type { Privilege } from './privilege.ts';

/** The form of whiteouts on this machine, and the reason for it. */
export interface WhiteoutChoice {
  readonly form: WhiteoutForm;
  readonly because: string;
}

/** What the choice depends on. */
export interface WhiteoutConditions {
  /** The file system of the working directory. */
  readonly filesystem: Filesystem;
  /** Whether containerd unpacks the layer in a user namespace. */
  readonly inUserNamespace: boolean;
  /** Whether root makes the whiteout. */
  readonly asRoot: boolean;
  /** The release that `uname -r` prints. */
  readonly kernel: string;
}

/**
 * Chooses the article's device if it can be made here and containerd will recognise it; otherwise the
 * empty regular file of the image spec, which containerd always recognises.
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

/** Chooses for this machine, without trying anything out. */
export function whiteoutHere(filesystem: Filesystem, privilege: Privilege): WhiteoutChoice {
  return chooseWhiteout({
    filesystem,
    inUserNamespace:
      privilege === 'rootless' || mapsUsers(readFileSync('/proc/self/uid_map', 'utf8')),
    asRoot: privilege === 'root',
    kernel: release(),
  });
}

/** Whether a `/proc/PID/uid_map` is a user namespace's: only the initial one maps all ids to themselves. */
export function mapsUsers(uidMap: string): boolean {
  return uidMap.trim().split(/\s+/).join(' ') !== '0 0 4294967295';
}
