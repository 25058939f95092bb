import { digestStream } from '../digest.ts';
import { hashOf } from '../digest-grammar.ts';
import { openRegularFile } from '../regular-file.ts';
import { config } from './config.ts';
import { asDescriptor, descriptor, embeddedContent } from './descriptor.ts';
import { readJsonDocument } from './json-document.ts';
import { index, manifest, someLayer } from './manifest.ts';
import { all, type Validator } from './shape.ts';
import { type Location, report, Violations } from './violations.ts';

const documentChecks = {
  config,
  descriptor: all(descriptor, embeddedContent),
  index: index(),
  manifest: all(manifest(), someLayer),
} as const satisfies Record<string, Validator>;

/** What a single document can be. */
export type DocumentKind = keyof typeof documentChecks;

export const documentKinds = Object.keys(documentChecks) as readonly DocumentKind[];

/**
 * Verifies one document, outside of a layout.
 *
 * @param path its file
 * @param blob for a descriptor: a file to check against its size and digest
 * @throws {TourError} if one of the files cannot be read
 */
export async function verifyDocument(
  kind: DocumentKind,
  path: string,
  blob?: string,
): Promise<Violations> {
  const violations = new Violations();
  const location = violations.in(path);
  const value = await readJsonDocument((await openRegularFile(path)).bytes, location);
  if (value === undefined) return violations;
  documentChecks[kind](value, location);
  if (blob !== undefined) await verifyContent(value, location, blob);
  return violations;
}

/** Size before hash, as descriptor.md "Verification" wants it: a wrong size needs no hash. */
async function verifyContent(value: unknown, location: Location, blob: string): Promise<void> {
  const expected = asDescriptor(value);
  if (expected === undefined) return;
  const { digest, size } = expected;
  const { size: actualSize, bytes } = await openRegularFile(blob);
  if (actualSize !== size) {
    return report(location, 'content-size', `${size} bytes`, `${blob}: ${actualSize} bytes`);
  }
  const hash = hashOf(digest);
  if (hash === undefined) {
    return report(location, 'digest-unchecked', digest, 'an algorithm that is not checked here');
  }
  const actual = await digestStream(bytes, hash);
  if (actual.digest !== digest) {
    report(location, 'content-digest', digest, `${blob}: ${actual.digest}`);
  }
}
