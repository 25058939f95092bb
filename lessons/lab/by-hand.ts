/* Commands of hints: mends as the learner's shell takes them, without the functions of `layout.sh`. */

/** Writes the manifest again, and the config before it if that changes, and names them by their hashes. */
export function editByHand(filters: {
  readonly config?: string;
  readonly manifest: string;
}): string {
  const { config, manifest } = filters;
  const configToo = `config=$(jq -r .config.digest[7:] "$manifest")
jq '${config}' "$config" >new && rm "$config"
config=$(sha256sum <new | cut -d' ' -f1) && mv new "$config"
jq --arg d "sha256:$config" --argjson s "$(stat -c %s "$config")" \\
  '${manifest} | .config.digest = $d | .config.size = $s' "$manifest" >new && rm "$manifest"`;
  return `cd "$OCI_DIR/blobs/sha256"
manifest=$(jq -r .manifests[0].digest[7:] ../../index.json)
${config === undefined ? `jq '${manifest}' "$manifest" >new && rm "$manifest"` : configToo}
manifest=$(sha256sum <new | cut -d' ' -f1) && mv new "$manifest"
jq --arg d "sha256:$manifest" --argjson s "$(stat -c %s "$manifest")" \\
  '.manifests[0].digest = $d | .manifests[0].size = $s' ../../index.json >../../new
mv ../../new ../../index.json`;
}

/** Packs both layers from `build` again, and writes all that is above them. */
export const rebuildByHand = `cd "$LAB" && rm -r oci/blobs && mkdir -p oci/blobs/sha256
ids= layers=
add() { h=$(sha256sum <"$1" | cut -d' ' -f1); cp "$1" "oci/blobs/sha256/$h"; s=$(stat -c %s "$1"); }
for l in base delta; do
  tar -C build/$l --format=gnu --sort=name --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \\
    --owner=0 --group=0 --numeric-owner -cf $l-layer.tar .
  gzip -nkf $l-layer.tar && add $l-layer.tar.gz
  ids="$ids\${ids:+,}\\"sha256:$(sha256sum <$l-layer.tar | cut -d' ' -f1)\\""
  layers="$layers\${layers:+,}{\\"mediaType\\":\\"application/vnd.oci.image.layer.v1.tar+gzip\\",\\"digest\\":\\"sha256:$h\\",\\"size\\":$s}"
done
arch=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
echo "{\\"architecture\\":\\"$arch\\",\\"os\\":\\"linux\\",\\"config\\":{\\"Cmd\\":[\\"/bin/sh\\"]},\\"rootfs\\":{\\"type\\":\\"layers\\",\\"diff_ids\\":[$ids]}}" >new
add new
echo "{\\"schemaVersion\\":2,\\"mediaType\\":\\"application/vnd.oci.image.manifest.v1+json\\",\\"config\\":{\\"mediaType\\":\\"application/vnd.oci.image.config.v1+json\\",\\"digest\\":\\"sha256:$h\\",\\"size\\":$s},\\"layers\\":[$layers]}" >new
add new
jq --arg d "sha256:$h" --argjson s "$s" '.manifests[0].digest = $d | .manifests[0].size = $s' oci/index.json >new
mv new oci/index.json`;

/** Packs a tree of `build` again, and puts it in place of a layer, counted from the bottom. */
export function repackByHand(layer: number, name: string): string {
  return `cd "$LAB"
tar -C build/${name} --format=gnu --sort=name --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \\
  --owner=0 --group=0 --numeric-owner -cf ${name}-layer.tar .
gzip -nkf ${name}-layer.tar
cd "$OCI_DIR/blobs/sha256"
put() { h=sha256:$(sha256sum <"$1" | cut -d' ' -f1); s=$(stat -c %s "$1"); mv "$1" "\${h#*:}"; }
manifest=$(jq -r '.manifests[0].digest[7:]' ../../index.json)
config=$(jq -r '.config.digest[7:]' "$manifest")
rm "$(jq -r '.layers[${layer}].digest[7:]' "$manifest")"
cp "$LAB/${name}-layer.tar.gz" new && put new
jq --arg h "$h" --argjson s "$s" '.layers[${layer}].digest = $h | .layers[${layer}].size = $s' "$manifest" >layers
jq --arg h "sha256:$(sha256sum <"$LAB/${name}-layer.tar" | cut -d' ' -f1)" \\
  '.rootfs.diff_ids[${layer}] = $h' "$config" >new
rm "$manifest" "$config" && put new
jq --arg h "$h" --argjson s "$s" '.config.digest = $h | .config.size = $s' layers >new
rm layers && put new
jq --arg h "$h" --argjson s "$s" '.manifests[0].digest = $h | .manifests[0].size = $s' \\
  ../../index.json >../../new
mv ../../new ../../index.json`;
}
