import { createHash } from 'node:crypto';
import { hashOf, parseDigest } from '../digest-grammar.ts';
import { type Descriptor, mediaTypes } from '../documents.ts';
import type { Rule } from './rules.ts';
import {
  all,
  arrayOf,
  isObject,
  mapOf,
  object,
  optional,
  required,
  string,
  type Validator,
} from './shape.ts';
import { type Location, report, show } from './violations.ts';

/** RFC 6838, section 4.2. */
const mediaTypePattern =
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;
/** RFC 3986: a scheme, then only characters that may stand in a URI. */
const uriPattern =
  /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/;
/** RFC 4648, section 4. */
const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const maxInt64 = 2 ** 63;
/** The content of the empty descriptor: `{}`. */
const emptyDescriptor = {
  digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  size: 2,
} as const;

/** A media type name, under the rule of where it stands. */
export function mediaType(rule: Rule): Validator {
  return string(rule, mediaTypePattern, 'type/subtype as RFC 6838 names them');
}

/** Annotations, and labels, which follow the same rules (annotations.md). */
export function annotations(rule: Rule): Validator {
  return mapOf(rule, string(rule));
}

/** A digest by its grammar, and by what its algorithm asks if it is registered. */
export function digest(rule: Rule): Validator {
  return (value, location) => {
    if (typeof value !== 'string') return report(location, rule, 'a digest', show(value));
    const parts = parseDigest(value);
    if (typeof parts === 'string')
      report(location, rule, 'algorithm:encoded', `${show(value)}: ${parts}`);
  };
}

const size: Validator = (value, location) => {
  const isSize = Number.isInteger(value) && Number(value) >= 0 && Number(value) <= maxInt64;
  if (!isSize) report(location, 'descriptor-size', 'a number of bytes', show(value));
};

const platform = object('descriptor-platform', {
  architecture: required('descriptor-platform', string('descriptor-platform')),
  os: required('descriptor-platform', string('descriptor-platform')),
  'os.version': optional(string('descriptor-platform')),
  'os.features': optional(arrayOf('descriptor-platform', string('descriptor-platform'))),
  variant: optional(string('descriptor-platform')),
});

const fields = object('descriptor-object', {
  mediaType: required('descriptor-media-type', mediaType('descriptor-media-type')),
  digest: required('descriptor-digest', digest('descriptor-digest')),
  size: required('descriptor-size', size),
  urls: optional(
    arrayOf('descriptor-urls', string('descriptor-urls', uriPattern, 'a URI (RFC 3986)')),
  ),
  annotations: optional(annotations('annotations')),
  data: optional(string('descriptor-data', base64Pattern, 'Base 64 (RFC 4648, section 4)')),
  artifactType: optional(mediaType('descriptor-artifact-type')),
  platform: optional(platform),
});

/** A descriptor within a document (descriptor.md). */
export const descriptor: Validator = all(fields, emptyContent);

/**
 * The content that a descriptor embeds, against its size and digest.
 *
 * Apart from {@link descriptor}, because this reads content, and verifying one document reads none.
 *
 * @see OCI image spec, descriptor.md "Properties", data
 */
export function embeddedContent(value: unknown, location: Location): void {
  const found = asDescriptor(value);
  if (found?.data === undefined || !base64Pattern.test(found.data)) return;
  const bytes = Buffer.from(found.data, 'base64');
  if (bytes.length !== found.size) {
    report(location, 'descriptor-data', `data of ${found.size} bytes`, `${bytes.length} bytes`);
    return;
  }
  const hash = hashOf(found.digest);
  if (hash === undefined) return;
  const actual = `${hash}:${createHash(hash).update(bytes).digest('hex')}`;
  if (actual !== found.digest)
    report(location, 'descriptor-data', `data of ${found.digest}`, actual);
}

function emptyContent(value: unknown, location: Location): void {
  const found = asDescriptor(value);
  if (found?.mediaType !== mediaTypes.empty) return;
  const isOther = found.digest.startsWith('sha256:') && found.digest !== emptyDescriptor.digest;
  if (found.size !== emptyDescriptor.size || isOther) {
    const actual = `${found.size} bytes, ${found.digest}`;
    report(location, 'descriptor-empty', `the two bytes {}, ${emptyDescriptor.digest}`, actual);
  }
}

/** A value as a descriptor that can be followed, whatever else is wrong with it. */
export function asDescriptor(value: unknown): Descriptor | undefined {
  if (!isObject(value)) return undefined;
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || typeof size !== 'number') {
    return undefined;
  }
  if (typeof parseDigest(digest) === 'string') return undefined;
  const { data, urls, platform, annotations } = value;
  return {
    mediaType,
    digest,
    size,
    ...(typeof data === 'string' ? { data } : {}),
    ...(Array.isArray(urls) ? { urls } : {}),
    ...(isPlatform(platform) ? { platform } : {}),
    ...(isTexts(annotations) ? { annotations } : {}),
  };
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isPlatform(value: unknown): value is NonNullable<Descriptor['platform']> {
  return isObject(value) && typeof value.architecture === 'string' && typeof value.os === 'string';
}
