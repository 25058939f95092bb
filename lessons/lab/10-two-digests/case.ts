import { labCase } from '../../../src/engine/lab/case.ts';
import { differingPaths } from '../../../src/engine/lab/content.ts';
import type { LabLook, Tried } from '../../../src/engine/lab/look.ts';
import { type Script, sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { fail, pass } from '../checks.ts';
import breaks from './breaks.sh';

/** Builds once more on a machine of another kind, on another day, and then with a change in the tree. */
const elsewhere = sh`
  machine=$(dirname "$IMAGE_TAR")/laboratory
  mkdir -p "$machine/bin"
  umask 027
  cp -r "$LAB/build" "$machine/trees"
  find "$machine/trees" -exec touch -h -d '2024-02-03 04:05:06' {} +
  # Its clock is forty days behind, unless date is asked about another time than now.
  cat >"$machine/bin/date" <<'DATE'
#!/bin/bash
PATH=\${PATH//"$(dirname "$0"):"/}
for argument; do
  case $argument in
    -I*) ;;
    --date* | --reference* | --file* | -[!-]*[drf]* | -[drf]*) exec date "$@" ;;
  esac
done
exec date -d '40 days ago' "$@"
DATE
  chmod +x "$machine/bin/date"
  build() { PATH=$machine/bin:$PATH TZ=JST-9 USER=guest bash "$LAB/build.sh" "$machine/trees" "$machine/$1"; }
  build oci
  echo "laboratory: $(jq -r '.manifests[0].digest' "$machine/oci/index.json")"
  echo 'another greeting' >"$machine/trees/delta/hello.txt"
  build changed
`;

/** The digests that a script printed, by machine. */
function digestsIn({ output }: Tried): Map<string, string> {
  const lines = output.matchAll(/^(\w+): (sha256:[0-9a-f]{64})$/gm);
  return new Map([...lines].map(([, machine = '', digest = '']) => [machine, digest]));
}

const cannotBuild = ({ output, code }: Tried) =>
  fail(`the build ends with: ${output.trim().split('\n').at(-1) || `exit code ${code}`}`);

/** The digest that both builds of the ticket's command have; undefined if they differ. */
async function digestOfTicket(look: LabLook): Promise<string | undefined> {
  const digests = digestsIn(await look.retry());
  const laptop = digests.get('laptop');
  return laptop === digests.get('server') ? laptop : undefined;
}

/** Mends whichever line depends on the machine. */
const mendsAll = sh`
  sed -i -e 's/^  gzip "/  gzip -n "/' -e "s/--mtime='[^']*'/--mtime=@1735689600/" \
    -e "s/--sort=name/--sort=name --mode='u+rwX,go+rX,go-w'/" \
    -e 's/--owner="$USER:0" --group="$USER:0"/--owner=0 --group=0 --numeric-owner/' \
    -e 's/--format=posix/--format=gnu/' -e 's/^created=.*/created=2025-01-01T00:00:00Z/' "$LAB/build.sh"
`;

/** All is mended, and then one thing is changed for the worse. */
const mendedBut = ({ source }: Script): Script => ({ source: `${mendsAll.source}\n${source}` });

export const twoDigests = labCase({
  id: '10-two-digests',
  title: 'One tree, two machines, two digests',
  level: 3,
  after: '05-import',
  ticket: {
    from: 'the release team',
    text: text`We build every release twice, on a laptop and on the build server, and compare the digests of the
      manifests. They differ each time, though the trees are the same. \`build.sh\` in your sandbox is our build
      script. Please mend the script: it'll run on other machines than these two, too. Below, the two machines
      are played by two environments; \`laptop\` and \`server\` contain what they built.`,
  },
  symptom: sh`
    build_on() {
      machine=$(dirname "$IMAGE_TAR")/$1
      rm -rf "$machine" && mkdir "$machine"
      (
        umask "$2"
        cp -r "$LAB/build" "$machine/trees"
        TZ=$3 USER=$4 bash "$LAB/build.sh" "$machine/trees" "$machine/oci"
      )
      echo "$1: $(jq -r '.manifests[0].digest' "$machine/oci/index.json")"
    }
    build_on laptop 022 CET-1 dev
    build_on server 077 UTC0 ci
  `,
  prints: /^laptop: (sha256:[0-9a-f]{64})\s+server: (?!\1)sha256:[0-9a-f]{64}\s*$/m,
  breaks: { source: breaks },
  checks: [
    {
      id: 'command',
      says: 'the laptop and the server build the same digest',
      observe: async (look) => {
        const tried = await look.retry();
        if (tried.code !== 0) return cannotBuild(tried);
        const digests = digestsIn(tried);
        const [laptop, server] = [digests.get('laptop'), digests.get('server')];
        return laptop !== undefined && laptop === server
          ? pass(laptop)
          : fail('the two digests differ');
      },
    },
    {
      id: 'elsewhere',
      says: 'any other machine builds this digest, too',
      observe: async (look) => {
        const tried = await look.attempt(elsewhere);
        if (tried.code !== 0) return cannotBuild(tried);
        const digest = digestsIn(tried).get('laboratory');
        return digest !== undefined && digest === (await digestOfTicket(look))
          ? pass('a third machine does')
          : fail('not all three machines build the same one');
      },
    },
    {
      id: 'content',
      says: 'the image is valid, and contains what was built before',
      observe: async (look) => {
        const tried = await look.retry();
        if (tried.code !== 0) return cannotBuild(tried);
        const { content, violations } = await tried.layout('laptop/oci');
        const { expected } = look.record;
        if (content === undefined) return fail('the image cannot be read to its end');
        if (violations.count > 0) return fail('handroll-tour verify has findings');
        const same =
          differingPaths(content.tree, expected.tree).length === 0 &&
          content.config === expected.config;
        return same ? pass(`${content.tree.length} paths`) : fail('its files or settings differ');
      },
    },
    {
      id: 'change',
      says: 'a change in the tree is in the image, and has another digest',
      observe: async (look) => {
        const tried = await look.attempt(elsewhere);
        if (tried.code !== 0) return cannotBuild(tried);
        const [before, after] = [
          await tried.layout('laboratory/oci'),
          await tried.layout('laboratory/changed'),
        ];
        if (before.content === undefined || after.content === undefined) {
          return fail('the image cannot be read to its end');
        }
        const changed = differingPaths(before.content.tree, after.content.tree).length;
        return changed === 1 && before.manifest !== after.manifest
          ? pass('one file was changed, and the digest is another one')
          : fail('one file was changed, and the image is not what the tree is');
      },
    },
  ],
  hints: [
    {
      text: text`Don't read the script yet. A manifest contains the hashes of the config and the layers: find the
        lowest hash that differs, and you know which line of the script to read.`,
    },
    {
      text: text`If only the layers' digests differ, it's the header of gzip. If the DiffIDs do, it's a field in the
        headers of tar: times, modes, owners or an extended header. If the layers are the same, it's the config.`,
    },
    {
      text: text`Compare the DiffIDs, the layers' digests and the configs of the two. Or let a tool do it.`,
      command: 'handroll-tour compare "$LAB/laptop/oci" "$LAB/server/oci"',
    },
    {
      text: text`Whichever it is, these options fix it.`,
      command: `sed -i -e 's/^  gzip "/  gzip -n "/' -e "s/--mtime='[^']*'/--mtime=@1735689600/" \\
  -e "s/--sort=name/--sort=name --mode='u+rwX,go+rX,go-w'/" \\
  -e 's/--owner="$USER:0" --group="$USER:0"/--owner=0 --group=0 --numeric-owner/' \\
  -e 's/--format=posix/--format=gnu/' -e 's/^created=.*/created=2025-01-01T00:00:00Z/' "$LAB/build.sh"`,
    },
  ],
  debrief: {
    was: text`One line of the script depended on the machine, and your sandbox had one of these: gzip's header with
      the name of a temporary file and a time (\`-n\` leaves both out); \`--mtime\` with a date and no time zone;
      no \`--mode\`, so the umask of the checkout; owners by name; \`--format=posix\`, which stores the times of
      access and change; or the time of the build as \`created\` in the config. Reset the case to get another.`,
    find: text`From the bottom up. Same DiffIDs and other digests: compression. Other DiffIDs: tar headers, and
      \`diff <(tar tvf A) <(tar tvf B)\` with \`--full-time --numeric-owner\` shows most of them. Same layers: the
      config. \`handroll-tour compare A B\` does that, and names the field.`,
    field: text`Builders' trackers have them: a compressor that writes the time, a checkout with
      another umask, the same instant written in two time zones, a library that puts its process ID in the
      names of extended headers. It costs caches and signatures: the same image, stored and checked twice.`,
    issues: [
      'aspect-build/rules_py#1395',
      'siderolabs/talos#4096',
      'dotnet/sdk#55689',
      'fluxcd/flux2#6074',
    ],
    prevent: text`Build twice in CI, in two environments that differ in everything that shouldn't matter, and compare.
      Take the one time that a build needs from \`SOURCE_DATE_EPOCH\`.`,
  },
  solutions: [
    mendsAll,
    sh`
      # other means: the environment is fixed, the modes are changed in the tree, an older format
      sed -i -e '5i export TZ=UTC USER=root' -e 's/^  gzip\( -n\)* "/  gzip --no-name "/' -e 's/--format=[a-z]*/--format=ustar/' \
        -e 's/^created=.*/created=$(date -u -d @1735689600 +%FT%TZ)\nchmod -R u=rwX,go=rX "$trees"/' "$LAB/build.sh"
    `,
  ],
  wrongMends: [
    {
      name: "the server's image is replaced by the laptop's",
      script: sh`
        rm -r "$LAB/server/oci"
        cp -r "$LAB/laptop/oci" "$LAB/server/oci"
      `,
      fails: ['command', 'elsewhere'],
    },
    {
      name: 'the time of the build is rounded to the day',
      script: mendedBut(sh`
        sed -i 's/^created=.*/created=$(date -u +%Y-%m-%dT00:00:00Z)/' "$LAB/build.sh"
      `),
      fails: ['elsewhere'],
    },
    {
      name: "a file's time is rounded to the day",
      script: mendedBut(sh`
        day='$(($(stat -c %Y "$trees/base/hello.txt") / 86400 * 86400))'
        sed -i "s|--mtime=@1735689600|--mtime=@$day|" "$LAB/build.sh"
      `),
      fails: ['elsewhere'],
    },
    {
      name: 'the script copies what was built once',
      script: sh`
        cp -r "$LAB/laptop/oci" "$LAB/first"
        echo 'mkdir -p "$2" && cp -r "$LAB/first/." "$2"' >"$LAB/build.sh"
      `,
      fails: ['change'],
    },
  ],
});
