/** The two parts of a digest string. */
interface DigestParts {
  readonly algorithm: string;
  readonly encoded: string;
}

const algorithmPattern = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*$/;
const encodedPattern = /^[a-zA-Z0-9=_-]+$/;

/** What the registered algorithms ask of the encoded part (descriptor.md "Registered algorithms"). */
const registeredAlgorithms: ReadonlyMap<string, RegExp> = new Map([
  ['sha256', /^[a-f0-9]{64}$/],
  ['sha512', /^[a-f0-9]{128}$/],
  ['blake3', /^[a-f0-9]{64}$/],
]);

/** Algorithms whose hash can be computed here. */
const computableAlgorithms = new Set(['sha256', 'sha512']);

/** Whether text is the algorithm part of a digest. */
export function isAlgorithm(text: string): boolean {
  return algorithmPattern.test(text);
}

/**
 * Splits a digest string.
 *
 * @returns the parts, or what is wrong with it, in words
 * @see OCI image spec, descriptor.md "Digests"
 */
export function parseDigest(text: string): DigestParts | string {
  const colon = text.indexOf(':');
  if (colon === -1) return 'there is no colon after an algorithm';
  const algorithm = text.slice(0, colon);
  const encoded = text.slice(colon + 1);
  if (!algorithmPattern.test(algorithm)) return 'the algorithm does not match the grammar';
  if (!encodedPattern.test(encoded)) return 'the encoded part does not match the grammar';
  const registered = registeredAlgorithms.get(algorithm);
  if (registered !== undefined && !registered.test(encoded)) {
    return `the encoded part does not match ${registered.source} of ${algorithm}`;
  }
  return { algorithm, encoded };
}

/** The `node:crypto` name of a digest's algorithm; `undefined` if it can't be computed here. */
export function hashOf(digest: string): string | undefined {
  const parts = parseDigest(digest);
  if (typeof parts === 'string' || !computableAlgorithms.has(parts.algorithm)) return undefined;
  return parts.algorithm;
}
