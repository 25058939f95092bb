import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { rebuildByHand } from '../by-hand.ts';
import { sameImage, ticketPrints } from '../checks.ts';
import { withLayoutTools } from '../script.ts';

export const permissionDenied = labCase({
  id: '11-permission-denied',
  title: 'The container has no permission to start its shell, and it runs as root',
  level: 2,
  after: '08-run',
  ticket: {
    from: 'the build team',
    text: text`We made our build reproducible, and now no container starts: "permission denied". It runs as root,
      so who denies root what? In \`build/base/bin\`, \`ls -l\` shows that busybox is executable.`,
  },
  symptom: sh`
    tar -C "$OCI_DIR" -cf "$IMAGE_TAR" .
    sudo ctr -n "$CTR_NAMESPACE" images import "$IMAGE_TAR"
    sudo ctr -n "$CTR_NAMESPACE" run --rm handroll:latest lab /bin/sh -c 'echo it runs' </dev/null
  `,
  prints: /\/bin\/sh"?: permission denied/,
  breaks: withLayoutTools(sh`
    # the modes are the same on every machine
    pack_layer base 0644
    pack_layer delta 0644
    replace_layer 0 base
    replace_layer 1 delta
  `),
  checks: [ticketPrints('the container starts its shell', /^it runs\s*$/m), ...sameImage],
  hints: [
    {
      text: text`Who sees the mode that \`ls -l\` shows in \`build/\`: the container, or only you?`,
    },
    {
      text: text`A container gets its files from the layers. Look at the modes there.`,
      command: 'tar tvf "$LAB/base-layer.tar"; tar tvf "$LAB/delta-layer.tar"',
    },
    {
      text: text`Every entry in both layers has the mode 0644, and the directories have it, too. Root may read what
        it likes, but it can't execute a file without any x. tar's \`--mode\` also takes what \`chmod\` takes:
        \`u+rwX,go+rX,go-w\`. A capital X is for directories and for what is executable already.`,
    },
    {
      text: text`Pack both layers with a mode that leaves the x where it was, and build the image again.`,
      command: rebuildByHand,
    },
  ],
  debrief: {
    was: text`Both layers were packed with \`--mode=0644\`, which makes the modes independent of the umask, and takes
      the x from busybox and from every directory. Root passes directories without it. To execute a file, even
      root needs an x on it, so \`/bin/sh\` failed first.`,
    find: text`\`tar tv\` of the layer shows the modes that a container gets. "permission denied" for a command that is
      there means a mode, a mount with noexec, or a security module; "no such file" means something else.`,
    field: text`The bit gets lost where files pass through something that doesn't keep it: a CI artifact, a zip, a
      checkout on Windows, a restrictive umask. The tree on the builder's machine is then right, and the image isn't.`,
    issues: [
      'Unpackerr/unpackerr#675',
      'Griesbacher/omd-grafana-container#1',
      'jupyterhub/repo2docker#775',
    ],
    prevent: text`A test that starts the container. In a Dockerfile, \`COPY --chmod\` sets a mode, whatever the checkout
      has; in tar, \`--mode\` with letters mends only what it should.`,
  },
  solutions: [
    withLayoutTools(sh`
      pack_layer base
      pack_layer delta
      replace_layer 0 base
      replace_layer 1 delta
    `),
    withLayoutTools(sh`
      # numbers, but others for directories and programs
      rm -r "$OCI_DIR"
      chmod -R u=rwX,go=rX "$LAB/build"
      for layer in base delta; do
        tar -C "$LAB/build/$layer" --owner=0 --group=0 --numeric-owner -czf "$LAB/$layer-layer.tar.gz" .
        gunzip -kf "$LAB/$layer-layer.tar.gz"
      done
      ARCH=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
      write_image base delta
    `),
  ],
  wrongMends: [
    {
      name: 'busybox gets its x in build/, and nothing is packed',
      script: sh`chmod 755 "$LAB/build/base/bin/busybox"`,
      fails: ['command', 'content'],
    },
    {
      name: 'only the base is packed again',
      script: withLayoutTools(sh`
        pack_layer base
        replace_layer 0 base
      `),
      fails: ['content'],
    },
    {
      name: 'everything gets an x',
      script: withLayoutTools(sh`
        pack_layer base 0755
        pack_layer delta 0755
        replace_layer 0 base
        replace_layer 1 delta
      `),
      fails: ['content'],
    },
  ],
});
