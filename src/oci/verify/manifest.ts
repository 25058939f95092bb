import { mediaTypes } from '../documents.ts';
import { annotations, asDescriptor, descriptor, mediaType } from './descriptor.ts';
import {
  absent,
  all,
  arrayOf,
  isObject,
  literal,
  object,
  optional,
  required,
  type Validator,
} from './shape.ts';
import { type Location, member, report, show } from './violations.ts';

/** What manifest.md and image-index.md say of both documents. */
function common(kind: 'manifest' | 'index', documentType: string) {
  return {
    schemaVersion: required(`${kind}-schema-version`, literal(`${kind}-schema-version`, 2)),
    mediaType: optional(literal(`${kind}-media-type`, documentType)),
    artifactType: optional(mediaType(`${kind}-artifact-type`)),
    subject: optional(descriptor),
    annotations: optional(annotations('annotations')),
  };
}

// A document that is an index to one reader and a manifest to another is two images under one digest.

/**
 * An image manifest (manifest.md).
 *
 * @param documentType the media type that it has if it names one: OCI's, or Docker's equivalent
 */
export function manifest(documentType: string = mediaTypes.manifest): Validator {
  return all(
    object('manifest-object', {
      ...common('manifest', documentType),
      config: required('manifest-config', descriptor),
      layers: required('manifest-layers', arrayOf('manifest-layers', descriptor)),
    }),
    artifactType,
    absent('manifest-ambiguous', ['manifests', 'fsLayers']),
  );
}

/**
 * An image index (image-index.md).
 *
 * @param documentType the media type that it has if it names one: OCI's, or Docker's equivalent
 */
export function index(documentType: string = mediaTypes.index): Validator {
  return all(
    object('index-object', {
      ...common('index', documentType),
      manifests: required('index-manifests', arrayOf('index-manifests', descriptor)),
    }),
    absent('index-ambiguous', ['config', 'layers', 'fsLayers']),
  );
}

/**
 * A manifest outside of a layout has a layer, as the schema that comes with the spec demands. The text only
 * recommends it, and in a layout an image without layers is a beginning: there it is a note.
 */
export const someLayer: Validator = (value, location) => {
  if (isObject(value) && Array.isArray(value.layers) && value.layers.length === 0) {
    report(member(location, 'layers'), 'manifest-layers', 'at least one layer', 'none');
  }
};

function artifactType(value: unknown, location: Location): void {
  if (!isObject(value) || asDescriptor(value.config)?.mediaType !== mediaTypes.empty) return;
  if (value.artifactType === undefined) {
    const expected = 'an artifactType, as the config is empty';
    report(member(location, 'artifactType'), 'manifest-artifact-type', expected, show(undefined));
  }
}
