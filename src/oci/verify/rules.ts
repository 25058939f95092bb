/**
 * Where each rule of `verify` stands in the OCI image spec: file and heading, as in its repository.
 *
 * Rules under {@link noteRules} are recommendations, or say what could not be looked at: they do not make
 * an image invalid.
 */
export const ruleTexts = {
  'layout-archive': 'image-layout.md#oci-image-layout-specification',
  'layout-file': 'image-layout.md#content',
  'layout-header': 'image-layout.md#oci-layout-file',
  'layout-version': 'image-layout.md#oci-layout-file',
  'layout-index': 'image-layout.md#indexjson-file',
  'layout-blobs': 'image-layout.md#content',
  'blob-name': 'image-layout.md#blobs',
  'blob-kind': 'image-layout.md#blobs',
  'blob-content': 'image-layout.md#blobs',
  'blob-missing': 'image-layout.md#blobs',

  'json-size': 'descriptor.md#embedded-content',
  'json-encoding': 'considerations.md#json',
  'json-syntax': 'considerations.md#json',
  'json-duplicate-name': 'considerations.md#json',
  'json-code-point': 'considerations.md#json',

  'descriptor-object': 'descriptor.md#properties',
  'descriptor-media-type': 'descriptor.md#properties',
  'descriptor-size': 'descriptor.md#properties',
  'descriptor-urls': 'descriptor.md#properties',
  'descriptor-data': 'descriptor.md#properties',
  'descriptor-artifact-type': 'descriptor.md#properties',
  'descriptor-digest': 'descriptor.md#digests',
  'descriptor-platform': 'image-index.md#image-index-property-descriptions',
  'descriptor-empty': 'manifest.md#guidance-for-an-empty-descriptor',
  'content-size': 'descriptor.md#verification',
  'content-digest': 'descriptor.md#verification',
  annotations: 'annotations.md#rules',

  'index-object': 'image-index.md#image-index-property-descriptions',
  'index-schema-version': 'image-index.md#image-index-property-descriptions',
  'index-media-type': 'image-index.md#image-index-property-descriptions',
  'index-artifact-type': 'image-index.md#image-index-property-descriptions',
  'index-manifests': 'image-index.md#image-index-property-descriptions',
  'index-ambiguous': 'image-index.md#image-index-property-descriptions',

  'manifest-object': 'manifest.md#image-manifest-property-descriptions',
  'manifest-schema-version': 'manifest.md#image-manifest-property-descriptions',
  'manifest-media-type': 'manifest.md#image-manifest-property-descriptions',
  'manifest-artifact-type': 'manifest.md#image-manifest-property-descriptions',
  'manifest-config': 'manifest.md#image-manifest-property-descriptions',
  'manifest-layers': 'manifest.md#image-manifest-property-descriptions',
  'manifest-no-layers': 'manifest.md#image-manifest-property-descriptions',
  'manifest-ambiguous': 'manifest.md#image-manifest-property-descriptions',

  'config-object': 'config.md#properties',
  'config-field': 'config.md#properties',
  'config-created': 'config.md#properties',
  'config-env': 'config.md#properties',
  'config-labels': 'annotations.md#rules',
  'config-rootfs': 'config.md#properties',
  'config-history': 'config.md#properties',
  'config-diff-id': 'config.md#layer-diffid',
  'config-diff-id-count': 'config.md#properties',
  'config-media-type': 'manifest.md#image-manifest-property-descriptions',
  'config-architecture': 'config.md#properties',
  'config-history-count': 'config.md#properties',
  'config-platform': 'image-index.md#image-index-property-descriptions',

  'layer-compression': 'media-types.md#oci-image-media-types',
  'layer-media-type': 'media-types.md#compatibility-matrix',
  'layer-archive': 'layer.md#distributable-format',
  'layer-duplicate': 'layer.md#distributable-format',
  'layer-path': 'layer.md#applying-changesets',
  'layer-type': 'layer.md#file-types',
  'layer-sparse': 'layer.md#file-attributes',
  'layer-attributes': 'layer.md#file-attributes',
  'layer-hard-link': 'layer.md#hardlinks',
  'layer-hard-link-below': 'layer.md#hardlinks',
  'layer-symlink-below': 'layer.md#applying-changesets',
  'layer-whiteout': 'layer.md#whiteouts',
  'layer-whiteout-file': 'layer.md#whiteouts',
  'layer-whiteout-late': 'layer.md#whiteouts',
  'layer-whiteout-parent': 'layer.md#whiteouts',
  'layer-whiteout-device': 'layer.md#whiteouts',

  'digest-unchecked': 'descriptor.md#registered-algorithms',
  'digest-algorithm': 'descriptor.md#registered-algorithms',
  'diff-id-unchecked': 'config.md#layer-diffid',
  limit: 'a limit of handroll-tour, not of the spec',
} as const;

export type Rule = keyof typeof ruleTexts;

/**
 * Rules whose violations are only noted. Many are about what the spec allows, or only advises against, and some
 * tool refuses or reads otherwise: the note says which, as observed with containerd 1.6, umoci 0.4 and
 * skopeo 1.9.
 */
export const noteRules: ReadonlySet<Rule> = new Set<Rule>([
  'manifest-no-layers',
  'config-media-type',
  'config-architecture',
  'config-history-count',
  'layer-media-type',
  'layer-type',
  'layer-sparse',
  'layer-attributes',
  'layer-hard-link-below',
  'layer-symlink-below',
  'layer-whiteout-file',
  'layer-whiteout-late',
  'layer-whiteout-parent',
  'layer-whiteout-device',
  'digest-algorithm',
  'limit',
  'digest-unchecked',
  'diff-id-unchecked',
]);
