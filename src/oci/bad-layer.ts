/** The bytes are not a layer: no tar archive, no whole gzip or zstd stream, or a damaged or truncated one. */
export class BadLayer extends Error {
  override readonly name: string = 'BadLayer';
}

/** The bytes may be a valid layer, but exceed a limit of ours. */
export class BeyondLimit extends BadLayer {
  override readonly name = 'BeyondLimit';
}
