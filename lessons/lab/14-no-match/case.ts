import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { hostArchitecture } from '../../../src/host/preflight/tools.ts';
import { fail, layoutOf, pass, sameImage, ticketRuns } from '../checks.ts';
import { runImage, withLayoutTools } from '../script.ts';
import adds from './adds.sh';

const here = hostArchitecture();
const other = here === 'amd64' ? 'arm64' : 'amd64';

export const noMatch = labCase({
  id: '14-no-match',
  title: 'A release for two platforms has no match for this one',
  level: 2,
  after: '08-run',
  ticket: {
    from: 'the release team',
    text: text`We release for two platforms, and both images are in this layout. The other platform's
      machines import it. On yours there's "no match". But nothing is missing. Please mend the layout for your
      machine, and don't break it for the other.`,
  },
  symptom: runImage,
  prints: /no match for platform in manifest/,
  adds: withLayoutTools(adds),
  breaks: withLayoutTools(sh`
    edit_nested_index --arg other "$(other_arch)" '.manifests[1].platform.architecture = $other'
  `),
  checks: [
    ticketRuns,
    ...sameImage,
    {
      id: 'both',
      says: 'each of the two platforms gets its own image',
      observe: async (look) => {
        const layout = await layoutOf(look);
        if (typeof layout === 'string') return fail(layout);
        const { content, elsewhere } = layout;
        const getOwn =
          content?.architecture === here && elsewhere.get(other)?.architecture === other;
        return getOwn
          ? pass('index.json leads to both')
          : fail("one gets no image, or the other's");
      },
    },
  ],
  hints: [
    {
      text: text`containerd takes the manifest whose platform is this machine's. Where does it read the platform of a
        manifest?`,
    },
    {
      text: text`index.json names one blob, which is an index itself, and that names the two manifests.`,
      command: `cd "$OCI_DIR/blobs/sha256"
jq . "$(jq -r '.manifests[0].digest[7:]' ../../index.json)"`,
    },
    {
      text: text`Both entries claim the same platform. The configs tell which manifest is whose: compare
        \`architecture\` in both.`,
      command: `cd "$OCI_DIR/blobs/sha256"
for m in $(jq -r '.manifests[].digest[7:]' "$(jq -r '.manifests[0].digest[7:]' ../../index.json)"); do
  echo "$m" "$(jq -r .architecture "$(jq -r '.config.digest[7:]' "$m")")"
done`,
    },
    {
      text: text`The second entry is your platform's. The index gets another digest, so index.json has to
        change, too.`,
      command: `cd "$OCI_DIR/blobs/sha256"
arch=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
old=$(jq -r '.manifests[0].digest[7:]' ../../index.json)
jq --arg a "$arch" '.manifests[1].platform.architecture = $a' "$old" >new && rm "$old"
h=$(sha256sum <new | cut -d' ' -f1) && mv new "$h"
jq --arg h "sha256:$h" --argjson s "$(stat -c %s "$h")" \\
  '.manifests[0].digest = $h | .manifests[0].size = $s' ../../index.json >../../new
mv ../../new ../../index.json`,
    },
  ],
  debrief: {
    was: text`Both entries of the index claimed the other platform. containerd chooses by the \`platform\` in
      the index if there is one, before it opens a manifest or config, so your image was never looked at. Only if
      an entry has no platform does it read the config.`,
    find: text`\`ctr images ls\` has the platforms of an index, \`skopeo inspect --raw\` has the index
      itself. \`handroll-tour verify "$OCI_DIR"\` compares each entry's platform with the config.`,
    field: text`Indexes that are put together by scripts, from builds that ran one after the other. Or the
      platform is right and its blobs were never copied: \`docker save\` and \`ctr images export\` can
      leave out all other platforms, and the index still names them.`,
    issues: [
      'containerd/containerd#5926',
      'containerd/containerd#6906',
      'containerd/containerd#3103',
    ],
    prevent: text`A builder that takes the platform of an entry from the image's config instead of an argument, and
      a pull for each platform (\`--platform\`) in the pipeline.`,
  },
  solutions: [
    withLayoutTools(sh`
      arch=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
      edit_nested_index --arg arch "$arch" '.manifests[1].platform.architecture = $arch'
    `),
    withLayoutTools(sh`
      # without the index in between
      arch=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
      index=$(manifest_hash)
      edit_index --arg arch "$arch" --slurpfile index "$OCI_DIR/blobs/sha256/$index" '
        .manifests = [
          $index[0].manifests[1] + {
            platform: { os: "linux", architecture: $arch },
            annotations: { "org.opencontainers.image.ref.name": "handroll:latest" }
          },
          $index[0].manifests[0]
        ]'
      rm "$OCI_DIR/blobs/sha256/$index"
    `),
  ],
  wrongMends: [
    {
      name: 'the first entry gets this platform, so each has the other one',
      script: withLayoutTools(sh`
        arch=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
        edit_nested_index --arg arch "$arch" '.manifests[0].platform.architecture = $arch'
      `),
      fails: ['command', 'valid', 'content', 'both'],
    },
    {
      name: 'the platforms are left out',
      script: withLayoutTools(sh`edit_nested_index 'del(.manifests[].platform)'`),
      fails: ['command', 'content', 'both'],
    },
    {
      name: "the other platform's image is left out",
      script: withLayoutTools(sh`
        arch=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
        edit_nested_index --arg arch "$arch" \
          '.manifests[1].platform.architecture = $arch | del(.manifests[0])'
      `),
      fails: ['content', 'both'],
    },
    {
      name: "the other platform gets a config of its own, over this platform's layers",
      script: withLayoutTools(sh`
        arch=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
        edit_nested_index --arg arch "$arch" '.manifests[1].platform.architecture = $arch'
        cd "$OCI_DIR/blobs/sha256"
        index=$(manifest_hash)
        other=$(jq -r '.manifests[0].platform.architecture' "$index")
        manifest=$(jq -r '.manifests[1].digest[7:]' "$index")
        config=$(jq -r '.config.digest[7:]' "$manifest")
        config=$(jq --arg other "$other" '.architecture = $other' "$config" | store_text)
        manifest=$(
          jq --argjson new "$(descriptor config.v1+json "$config")" '.config += $new' "$manifest" | store_text
        )
        edit_nested_index --argjson new "$(descriptor manifest.v1+json "$manifest")" '.manifests[0] += $new'
      `),
      fails: ['content'],
    },
    {
      name: "the other platform's image has lost a layer, and its command is another one",
      script: withLayoutTools(sh`
        arch=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
        edit_nested_index --arg arch "$arch" '.manifests[1].platform.architecture = $arch'
        cd "$OCI_DIR/blobs/sha256"
        manifest=$(jq -r '.manifests[0].digest[7:]' "$(manifest_hash)")
        config=$(jq -r '.config.digest[7:]' "$manifest")
        config=$(jq 'del(.rootfs.diff_ids[1]) | .config.Cmd = ["/nope"]' "$config" | store_text)
        manifest=$(
          jq --argjson new "$(descriptor config.v1+json "$config")" \
            'del(.layers[1]) | .config += $new' "$manifest" | store_text
        )
        edit_nested_index --argjson new "$(descriptor manifest.v1+json "$manifest")" '.manifests[0] += $new'
      `),
      fails: ['content'],
    },
    {
      name: 'the index is mended, and index.json still has its old digest',
      script: withLayoutTools(sh`
        arch=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
        index=$OCI_DIR/blobs/sha256/$(manifest_hash)
        jq --arg arch "$arch" '.manifests[1].platform.architecture = $arch' "$index" >"$LAB/new"
        mv "$LAB/new" "$index"
      `),
      fails: ['command', 'valid'],
    },
  ],
});
