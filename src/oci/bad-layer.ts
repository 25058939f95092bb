/** The bytes are not a layer: no tar archive, no whole gzip or zstd stream, or a damaged or truncated one. */
export class BadLayer extends Error {
  override readonly name: string = 'BadLayer';
}

/** The bytes may well be a layer, and go beyond what is read here. */
export class BeyondLimit extends BadLayer {
  override readonly name = 'BeyondLimit';
}
