/** The bytes are not a layer: no tar archive, no whole gzip or zstd stream, or a damaged or truncated one. */
export class BadLayer extends Error {
  override readonly name = 'BadLayer';
}
