import { mediaTypes } from '../documents.ts';
import { annotations, descriptor, mediaType } from './descriptor.ts';
import {
  absent,
  all,
  arrayOf,
  literal,
  object,
  optional,
  required,
  type Validator,
} from './shape.ts';

/**
 * An image index (image-index.md).
 *
 * @param documentType the media type it must have if it says one: OCI's, or Docker's equivalent
 */
export function index(documentType: string = mediaTypes.index): Validator {
  return all(
    object('index-object', {
      schemaVersion: required('index-schema-version', literal('index-schema-version', 2)),
      mediaType: optional(literal('index-media-type', documentType)),
      artifactType: optional(mediaType('index-artifact-type')),
      manifests: required('index-manifests', arrayOf('index-manifests', descriptor)),
      subject: optional(descriptor),
      annotations: optional(annotations('annotations')),
    }),
    // What is an index to one reader and a manifest to another is two images under one digest.
    absent('index-ambiguous', ['config', 'layers', 'fsLayers']),
  );
}
