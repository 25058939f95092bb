import { isAlgorithm, parseDigest } from '../digest-grammar.ts';
import { kindText, type LayoutFiles } from '../layout/layout-files.ts';
import { Blobs } from './blobs.ts';
import { Graph } from './graph.ts';
import { readJsonDocument } from './json-document.ts';
import { literal, object, required, type Validator } from './shape.ts';
import { type Location, report, Violations } from './violations.ts';

/** The oci-layout file (image-layout.md "oci-layout file"). */
const layoutHeader: Validator = object('layout-header', {
  imageLayoutVersion: required('layout-header', literal('layout-version', '1.0.0')),
});

/**
 * Verifies an image layout: its files, the graph from `index.json` down to each layer's entries, and
 * every blob against its name, referenced or not.
 *
 * Memory is bounded by the documents and the number of a layer's entries, not by the bytes of blobs.
 *
 * @see OCI image spec, image-layout.md
 */
export async function verifyLayout(files: LayoutFiles): Promise<Violations> {
  const violations = new Violations();
  for (const { expected, actual } of files.violations) {
    violations.add('layout-archive', '.', expected, actual);
  }
  const header = await readFile(files, 'oci-layout', violations.in('oci-layout'));
  if (header !== undefined) layoutHeader(header, violations.in('oci-layout'));
  const blobs = new Blobs(files, violations);
  const index = await readFile(files, 'index.json', violations.in('index.json'));
  if (index !== undefined) await new Graph(files, blobs, violations).walk(index);
  await verifyAllBlobs(files, blobs, violations);
  return violations;
}

async function readFile(files: LayoutFiles, path: string, location: Location): Promise<unknown> {
  const file = await files.stat(path);
  if (file?.kind !== 'file') {
    report(location, 'layout-file', 'a regular file', kindText(file));
    return undefined;
  }
  return await readJsonDocument(files.read(path), location);
}

async function verifyAllBlobs(files: LayoutFiles, blobs: Blobs, violations: Violations) {
  const directory = await files.stat('blobs');
  if (directory?.kind !== 'directory') {
    violations.add('layout-blobs', 'blobs', 'a directory', directory?.kind ?? 'absent');
  }
  for (const algorithm of await files.list('blobs')) {
    const path = `blobs/${algorithm}`;
    const kind = (await files.stat(path))?.kind;
    if (!isAlgorithm(algorithm)) violations.add('blob-name', path, 'an algorithm', algorithm);
    else if (kind !== 'directory') violations.add('blob-kind', path, 'a directory', `a ${kind}`);
    else {
      for (const encoded of await files.list(path)) {
        const fault = parseDigest(`${algorithm}:${encoded}`);
        if (typeof fault !== 'string') await blobs.verify(`${algorithm}:${encoded}`);
        else
          violations.add('blob-name', `${path}/${encoded}`, 'the encoded part of a digest', fault);
      }
    }
  }
}
