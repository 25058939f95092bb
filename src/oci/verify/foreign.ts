import type { Foreign } from '../layout/foreign.ts';
import type { Findings } from './findings.ts';

/** Reports what something is that should be a layout, and what makes one of it. */
export function reportForeign({ what, remedy }: Foreign, findings: Findings): void {
  findings.add('layout-file', '.', 'an image layout: oci-layout, index.json and blobs/', what);
  findings.remedy = remedy;
}
