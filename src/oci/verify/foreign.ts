import type { Foreign } from '../layout/foreign.ts';
import type { Violations } from './violations.ts';

/** Reports what something is that should be a layout, and what makes one of it. */
export function reportForeign({ what, remedy }: Foreign, violations: Violations): void {
  violations.add('layout-file', '.', 'an image layout: oci-layout, index.json and blobs/', what);
  violations.remedy = remedy;
}
