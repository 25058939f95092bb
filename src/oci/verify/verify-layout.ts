import { isAlgorithm, parseDigest } from '../digest-grammar.ts';
import { kindText, type LayoutFiles } from '../layout/layout-files.ts';
import { Blobs } from './blobs.ts';
import { Findings, type Place, report } from './findings.ts';
import { Graph } from './graph.ts';
import { readJsonDocument } from './json-document.ts';
import { type Check, literal, object, required } from './shape.ts';

/** The oci-layout file (image-layout.md "oci-layout file"). */
const layoutHeader: Check = object('layout-header', {
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
export async function verifyLayout(files: LayoutFiles): Promise<Findings> {
  const findings = new Findings();
  for (const { expected, actual } of files.faults) {
    findings.add('layout-archive', '.', expected, actual);
  }
  const header = await readFile(files, 'oci-layout', findings.in('oci-layout'));
  if (header !== undefined) layoutHeader(header, findings.in('oci-layout'));
  const blobs = new Blobs(files, findings);
  const index = await readFile(files, 'index.json', findings.in('index.json'));
  if (index !== undefined) await new Graph(files, blobs, findings).walk(index);
  await verifyAllBlobs(files, blobs, findings);
  return findings;
}

async function readFile(files: LayoutFiles, path: string, place: Place): Promise<unknown> {
  const file = await files.look(path);
  if (file?.kind !== 'file') {
    report(place, 'layout-file', 'a regular file', kindText(file));
    return undefined;
  }
  return await readJsonDocument(files.read(path), place);
}

async function verifyAllBlobs(files: LayoutFiles, blobs: Blobs, findings: Findings) {
  const directory = await files.look('blobs');
  if (directory?.kind !== 'directory') {
    findings.add('layout-blobs', 'blobs', 'a directory', directory?.kind ?? 'absent');
  }
  for (const algorithm of await files.list('blobs')) {
    const path = `blobs/${algorithm}`;
    const kind = (await files.look(path))?.kind;
    if (!isAlgorithm(algorithm)) findings.add('blob-name', path, 'an algorithm', algorithm);
    else if (kind !== 'directory') findings.add('blob-kind', path, 'a directory', `a ${kind}`);
    else {
      for (const encoded of await files.list(path)) {
        const fault = parseDigest(`${algorithm}:${encoded}`);
        if (typeof fault !== 'string') await blobs.verify(`${algorithm}:${encoded}`);
        else findings.add('blob-name', `${path}/${encoded}`, 'the encoded part of a digest', fault);
      }
    }
  }
}
