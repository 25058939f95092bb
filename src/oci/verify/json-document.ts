import { jsonFaults } from '../json-faults.ts';
import { type Place, report } from './findings.ts';

/** Registries refuse manifests of a few MiB; nothing real comes near this. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads a JSON document, and reports what is wrong with it as JSON.
 *
 * @returns the value, or `undefined` if it cannot be had
 * @see OCI image spec, considerations.md "JSON"
 */
export async function readJsonDocument(
  source: AsyncIterable<Uint8Array>,
  place: Place,
): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) {
      report(place, 'json-size', `at most ${MAX_BYTES} bytes`, 'more');
      return undefined;
    }
    chunks.push(chunk);
  }
  const text = decode(Buffer.concat(chunks), place);
  return text === undefined ? undefined : parse(text, place);
}

function decode(bytes: Uint8Array, place: Place): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    report(place, 'json-encoding', 'UTF-8', 'bytes that are not');
    return undefined;
  }
}

function parse(text: string, place: Place): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    report(place, 'json-syntax', 'a JSON text', (error as Error).message);
    return undefined;
  }
  for (const { kind, pointer } of jsonFaults(text)) {
    const at = { ...place, path: `${place.path}#${pointer}` };
    if (kind === 'duplicate') report(at, 'json-duplicate-name', 'a name once', 'the name again');
    else report(at, 'json-code-point', 'characters', 'a lone surrogate or a noncharacter');
  }
  return value;
}
