import { type Script, sh } from '../../src/engine/script.ts';
import goodImageText from './good-image.sh';
import layoutTools from './layout.sh';

/** A script of the lab's own, with the functions of `layout.sh` before it. */
export function withLayoutTools(script: Script | string): Script {
  const source = typeof script === 'string' ? script : script.source;
  return { source: `${layoutTools.trim()}\n\n${source.trim()}` };
}

/** Builds the image that every case begins with. */
export const goodImage: Script = withLayoutTools(goodImageText);

/** Packs the layout and imports it, as lesson 05 does: the command of many tickets. */
export const importImage: Script = sh`
  tar -C "$OCI_DIR" -cf "$IMAGE_TAR" .
  sudo ctr -n "$CTR_NAMESPACE" images import "$IMAGE_TAR"
`;

/** Imports the image, and reads a file in a container of it. */
export const runImage: Script = {
  source: `${importImage.source}\n${
    sh`
      timeout -k 1 30 sudo ctr -n "$CTR_NAMESPACE" run --rm handroll:latest demo \
        /bin/sh -c 'cat /etc/build-id' </dev/null
    `.source
  }`,
};

/** For a last hint: packs `build/base` anew, and puts it in place of the bottom layer. */
export const repackBase = `cd "$LAB"
tar -C build/base --format=gnu --sort=name --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \\
  --owner=0 --group=0 --numeric-owner -cf base-layer.tar .
gzip -nkf base-layer.tar
cd "$OCI_DIR/blobs/sha256"
put() { h=sha256:$(sha256sum <"$1" | cut -d' ' -f1); s=$(stat -c %s "$1"); mv "$1" "\${h#*:}"; }
manifest=$(jq -r '.manifests[0].digest[7:]' ../../index.json)
config=$(jq -r '.config.digest[7:]' "$manifest")
rm "$(jq -r '.layers[0].digest[7:]' "$manifest")"
cp "$LAB/base-layer.tar.gz" new && put new
jq --arg h "$h" --argjson s "$s" '.layers[0].digest = $h | .layers[0].size = $s' "$manifest" >layers
jq --arg h "sha256:$(sha256sum <"$LAB/base-layer.tar" | cut -d' ' -f1)" \\
  '.rootfs.diff_ids[0] = $h' "$config" >new
rm "$manifest" "$config" && put new
jq --arg h "$h" --argjson s "$s" '.config.digest = $h | .config.size = $s' layers >new
rm layers && put new
jq --arg h "$h" --argjson s "$s" '.manifests[0].digest = $h | .manifests[0].size = $s' \\
  ../../index.json >../../new
mv ../../new ../../index.json`;
