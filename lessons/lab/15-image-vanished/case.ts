import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { labCase } from '../../../src/engine/lab/case.ts';
import type { ImageContent } from '../../../src/engine/lab/content.ts';
import { type LabLook, readContents } from '../../../src/engine/lab/look.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { differs, fail, imageName, pass } from '../checks.ts';
import { withLayoutTools } from '../script.ts';

/** What the image in containerd contains; undefined if it isn't there or can't be read to its end. */
async function storedContent(look: LabLook): Promise<ImageContent | undefined> {
  const containerd = await look.containerd();
  if (!(await containerd.images()).has(imageName)) return undefined;
  const directory = mkdtempSync(join(look.host.workspace.own, 'lab', 'stored-'));
  try {
    const archive = join(directory, 'image.tar');
    const file = openSync(archive, 'w', 0o600);
    const { code } = await containerd.exportInto(file, imageName);
    closeSync(file);
    return code === 0 ? (await readContents(archive)).content : undefined;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export const imageVanished = labCase({
  id: '15-image-vanished',
  title: 'The import succeeded, and there is no such image',
  level: 1,
  after: '08-run',
  ticket: {
    from: 'the build team',
    text: text`Our pipeline imports its image into your containerd: \`unpacking handroll:latest …
      done\`, exit code 0. But the command that you run it with finds no such image. The build machine is
      deleted once a build is over, so we can't import it again. Can you still get the image to run?`,
  },
  symptom: sh`
    sudo ctr -n "$CTR_NAMESPACE" run --rm handroll:latest demo /bin/cat /etc/build-id </dev/null
  `,
  prints: /image "handroll:latest": not found/,
  namespaces: ['build'],
  breaks: sh`
    tar -C "$OCI_DIR" -cf "$IMAGE_TAR" .
    sudo ctr -n "$CTR_NAMESPACE-build" images import "$IMAGE_TAR"
    # the build machine is gone, with all that was on it
    rm -r "$LAB/build" "$OCI_DIR" "$IMAGE_TAR" "$LAB"/*-layer.tar*
  `,
  checks: [
    {
      id: 'found',
      says: "the ticket's command finds the image",
      observe: async (look) => {
        const images = await (await look.containerd()).images();
        return images.has(imageName)
          ? pass(`${imageName} is there`)
          : fail(`there is no image ${imageName} for this command`);
      },
    },
    {
      id: 'content',
      says: 'it is the image that was built: whole, with the same files and settings',
      observe: async (look) => {
        const content = await storedContent(look);
        if (content === undefined) return fail('there is none that can be read to its end');
        return differs(content, look.record.expected);
      },
    },
  ],
  hints: [
    {
      text: text`Nothing deleted the image. Two commands talk to the same containerd, and one doesn't see
        what the other did. What can be different between them?`,
    },
    {
      text: text`\`ctr images ls\` lists the images of one namespace. Which namespaces are there?`,
      command: 'sudo ctr namespaces ls',
    },
    {
      text: text`The image is in another namespace. You have no tar of it any more, but containerd can write
        one: \`ctr images export\`.`,
    },
    {
      text: text`Export it from that namespace, and import it into yours. Without \`--local\`, ctr 2.1 sometimes
        ends the archive too early; 1.6 doesn't know that option yet.`,
      command: `local=$(ctr images export --help | grep -o -m1 -e --local || :)
sudo ctr -n "$CTR_NAMESPACE-build" images export $local - handroll:latest |
  sudo ctr -n "$CTR_NAMESPACE" images import -`,
    },
  ],
  debrief: {
    was: text`The pipeline imported into another namespace of the same containerd. Images, containers and
      snapshots belong to one namespace each, and a command sees only its own. On
      disk the blobs are stored once for all namespaces; only the layers were unpacked again, for yours.`,
    find: text`\`ctr namespaces ls\` first, then \`ctr -n NS images ls\` for each of them. An empty list from
      \`ctr\` means "nothing in this namespace", which is \`default\` if you give none.`,
    field: text`Kubernetes uses the namespace k8s.io, Docker uses moby, and plain \`ctr\` uses default. So an image
      imported with plain \`ctr\` isn't there for the kubelet, which then tries to pull it.`,
    issues: ['containerd/containerd#4887', 'kubernetes/kops#9101', 'canonical/microk8s.io#210'],
    prevent: text`Scripts that always say \`-n\`, or set \`CONTAINERD_NAMESPACE\`, and a pipeline that ends by
      listing the image where it will be run.`,
  },
  solutions: [
    sh`
      # as in the last hint
      local=$(ctr images export --help | grep -o -m1 -e --local || :)
      sudo ctr -n "$CTR_NAMESPACE-build" images export $local "$LAB/again.tar" handroll:latest
      sudo ctr -n "$CTR_NAMESPACE" images import "$LAB/again.tar"
    `,
    sh`
      # by hand: its blobs as a layout, and that as a tar
      cd "$LAB"
      mkdir -p oci/blobs/sha256
      blob() {
        sudo ctr -n "$CTR_NAMESPACE-build" content get "$1" >"oci/blobs/sha256/\${1#*:}"
      }
      manifest=$(sudo ctr -n "$CTR_NAMESPACE-build" images ls | awk '$1 == "handroll:latest" { print $3 }')
      blob "$manifest"
      for digest in $(jq -r '.config.digest, .layers[].digest' "oci/blobs/sha256/\${manifest#*:}"); do
        blob "$digest"
      done
      echo '{"imageLayoutVersion": "1.0.0"}' >oci/oci-layout
      jq -n --arg digest "$manifest" --argjson size "$(stat -c %s "oci/blobs/sha256/\${manifest#*:}")" '{
        schemaVersion: 2,
        manifests: [{
          mediaType: "application/vnd.oci.image.manifest.v1+json", $digest, $size,
          annotations: { "org.opencontainers.image.ref.name": "handroll:latest" }
        }]
      }' >oci/index.json
      tar -C oci -cf handroll-image.tar .
      sudo ctr -n "$CTR_NAMESPACE" images import handroll-image.tar
    `,
  ],
  wrongMends: [
    {
      name: 'the image gets another name where it is',
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE-build" images tag handroll:latest "docker.io/library/handroll:latest"
      `,
      fails: ['found', 'content'],
    },
    {
      name: 'another image is imported under this name',
      script: withLayoutTools(sh`
        mkdir -p "$LAB/build/base/bin"
        cp "$(command -v busybox)" "$LAB/build/base/bin/busybox"
        ln -s busybox "$LAB/build/base/bin/cat"
        pack_layer base
        ARCH=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
        write_image base
        tar -C "$OCI_DIR" -cf "$IMAGE_TAR" .
        sudo ctr -n "$CTR_NAMESPACE" images import "$IMAGE_TAR"
      `),
      fails: ['content'],
    },
  ],
});
