import { join } from 'node:path';
import { TourError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { labNamespace } from '../../host/lab-namespace.ts';
import { findBusybox, hostArchitecture } from '../../host/preflight/tools.ts';
import { namespaceOfTour } from '../../host/workspace.ts';

/** Where a case is: its sandbox in the working directory, and a namespace of its own. */
export interface LabPlace {
  /** The tour's machine, in the namespace of the case. */
  readonly host: Host;
  /** `$WORKDIR/lab/NN-name`. */
  readonly dir: string;
  /** The variables of the learner's shell. */
  readonly variables: Record<string, string>;
  /** Ends the scripts that are running here, and those to come. */
  readonly ending: AbortController;
}

/** A namespace has at most this many characters; the longest that the lab adds is `-lab-00-0123456-0000`. */
const mostCharacters = 76 - 20;

/** '05', which is enough to name the case. */
export function numberOf({ id }: { readonly id: string }): string {
  return id.slice(0, 2);
}

/**
 * @param id the case's
 * @throws TourError if the tour's namespace is too long to have others beside it
 */
export function placeOf(id: string, host: Host): LabPlace {
  const { workspace } = host;
  if (workspace.namespace.length > mostCharacters) {
    throw new TourError(`The namespace ${workspace.namespace} is too long for the lab.`, {
      hint: `The lab appends to it, so it can have up to ${mostCharacters} characters: --namespace NS.`,
    });
  }
  const dir = join(workspace.dir, 'lab', id);
  const namespace = labNamespace(workspace.namespace, numberOf({ id }));
  const variables = {
    LAB: dir,
    OCI_DIR: join(dir, 'oci'),
    IMAGE_TAR: join(dir, 'handroll-image.tar'),
    WORKDIR: workspace.dir,
    CTR_NAMESPACE: namespace,
    [namespaceOfTour]: workspace.namespace,
  };
  return { host: host.inNamespace(namespace), dir, variables, ending: new AbortController() };
}

/** What only our own scripts get, in addition: what the image is made of. */
export function makings({ host, variables }: LabPlace, token: string): Record<string, string> {
  const busybox = findBusybox(host.environment().PATH);
  if (busybox === undefined) {
    throw new TourError('The lab needs a static busybox, as the lessons do.', {
      hint: 'handroll-tour doctor prints the command that installs it.',
    });
  }
  return { ...variables, BUSYBOX: busybox.path, ARCH: hostArchitecture(), TOKEN: token };
}

/** A namespace for one attempt of a check. */
export function tryNamespace({ host }: LabPlace, attempt: number): string {
  return `${host.workspace.namespace}-${process.pid}-${attempt % 10_000}`;
}
