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
        'containerd runs in a user namespace, where it passes over every device in an archive without a word',
    };
  }
  if (!filesystem.supportsOverlayUpper) {
    return {
      form: 'file',
      because:
        filesystem.type === 'overlay'
          ? 'this directory lies on overlayfs, which refuses the device 0,0: that is its own mark for "gone"'
          : `this directory lies on ${filesystem.type}, which may not keep devices`,
    };
  }
  if (!asRoot && isBefore(kernel, 5, 8)) {
    return {
      form: 'file',
      because: `Linux ${kernel} lets only root make a device, even this one (5.8 and later let everybody)`,
    };
  }
  return {
    form: 'device',
    because: `this directory lies on ${filesystem.type}, and containerd runs as root`,
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
