import { parseJson } from '../documents.ts';
import { jsonViolations } from '../json-violations.ts';
import { type Location, report } from './violations.ts';

/** Registries refuse manifests of a few MiB; nothing real comes near this. */
const maxBytes = 16 * 1024 * 1024;

/**
 * Reads a JSON document, and reports what is wrong with it as JSON.
 *
 * @returns the value, or `undefined` if it cannot be had
 * @see OCI image spec, considerations.md "JSON"
 */
export async function readJsonDocument(
  source: AsyncIterable<Uint8Array>,
  location: Location,
): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      report(location, 'json-size', `at most ${maxBytes} bytes`, 'more');
      return undefined;
    }
    chunks.push(chunk);
  }
  const parsed = parseJson(Buffer.concat(chunks));
  if (!parsed.ok) {
    const expected = parsed.error === 'encoding' ? 'UTF-8' : 'a JSON text';
    report(location, `json-${parsed.error}`, expected, parsed.why);
    return undefined;
  }
  for (const { kind, pointer } of jsonViolations(parsed.text)) {
    const at = { ...location, pointer };
    if (kind === 'duplicate') report(at, 'json-duplicate-name', 'a name once', 'the name again');
    else report(at, 'json-code-point', 'characters', 'a lone surrogate or a noncharacter');
  }
  return parsed.value;
}
