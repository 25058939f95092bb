#!/bin/bash
# shellcheck disable=SC2016 # The variables in single quotes are those of build.sh.
# Writes a build script in which one thing depends on the machine; the sandbox's token decides which.
chmod -R u+rwX,go+rX,go-w "$LAB/build"
cat >"$LAB/build.sh" <<'BUILD'
#!/bin/bash
# build.sh TREES LAYOUT: packs TREES/base and TREES/delta, and writes an image of the two.
set -euo pipefail
shopt -s inherit_errexit
trees=$1
layout=$2
created=2025-01-01T00:00:00Z
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
mkdir -p "$layout/blobs/sha256"

# Stores a file under its hash, and prints its descriptor.
store() {
  local hash
  hash=$(sha256sum <"$2" | cut -d' ' -f1)
  cp "$2" "$layout/blobs/sha256/$hash"
  echo "{\"mediaType\":\"application/vnd.oci.image.$1\",\"digest\":\"sha256:$hash\",\"size\":$(stat -c %s "$2")}"
}

ids='' layers=''
for name in base delta; do
  tar=$(mktemp "$work/$name-XXXXXX")
  tar -C "$trees/$name" \
    --format=gnu --sort=name \
    --mtime=@1735689600 \
    --mode='u+rwX,go+rX,go-w' \
    --owner=0 --group=0 --numeric-owner \
    -cf "$tar" .
  ids+=${ids:+,}\"sha256:$(sha256sum <"$tar" | cut -d' ' -f1)\"
  gzip -n "$tar"
  layers+=${layers:+,}$(store layer.v1.tar+gzip "$tar.gz")
done

cat >"$work/config" <<JSON
{"created":"$created","architecture":"ARCH","os":"linux","config":{"Cmd":["/bin/sh"]},
"rootfs":{"type":"layers","diff_ids":[$ids]}}
JSON
cat >"$work/manifest" <<JSON
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
"config":$(store config.v1+json "$work/config"),"layers":[$layers]}
JSON
echo "{\"schemaVersion\":2,\"manifests\":[$(store manifest.v1+json "$work/manifest")]}" >"$layout/index.json"
echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
BUILD
break_it() { sed -i "$1" "$LAB/build.sh"; }
break_it "s/ARCH/$ARCH/"
case $((0x${TOKEN:0:6} % 6)) in
  0) break_it 's/^  gzip -n /  gzip /' ;;
  1) break_it "s/--mtime=@1735689600/--mtime='2025-01-01 00:00:00'/" ;;
  2) break_it '/--mode=/d' ;;
  3) break_it 's/--owner=0 --group=0 --numeric-owner/--owner="$USER:0" --group="$USER:0"/' ;;
  4) break_it 's/--format=gnu/--format=posix/' ;;
  5) break_it 's/^created=.*/created=$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)/' ;;
esac
