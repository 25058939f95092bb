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

/**
 * An image manifest (manifest.md).
 *
 * @param documentType the media type it must have if it says one: OCI's, or Docker's equivalent
 */
export function manifest(documentType: string = mediaTypes.manifest): Validator {
  return all(
    object('manifest-object', {
      schemaVersion: required('manifest-schema-version', literal('manifest-schema-version', 2)),
      mediaType: optional(literal('manifest-media-type', documentType)),
      artifactType: optional(mediaType('manifest-artifact-type')),
      config: required('manifest-config', descriptor),
      layers: required('manifest-layers', arrayOf('manifest-layers', descriptor)),
      subject: optional(descriptor),
      annotations: optional(annotations('annotations')),
    }),
    artifactType,
    // What is a manifest to one reader and an index to another is two images under one digest.
    absent('manifest-ambiguous', ['manifests', 'fsLayers']),
  );
}

/**
 * A manifest by itself has a layer, as the schema that comes with the spec demands. The text only
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
