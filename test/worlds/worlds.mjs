// `npm run worlds`: the whole tour in Debian 12, 13 and unstable, in every way to take it, each from a
// fresh clone in a root of its own. Needs root, debootstrap, a mirror of Debian and an npm registry.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBundle, installPackages, root as project, say } from '../../.config/tree.mjs';
import { groupsOf, matrix } from './outcome.mjs';

const usage = `npm run worlds -- [--roots DIR] [--rebuild] [--world NAME]... [--way NAME]...
npm run worlds -- --npm-test [--world NAME]...
npm run worlds -- --machine NAME...

The tour in Debian 12 (bookworm), 13 (trixie) and unstable (sid), as root, with sudo, rootless and on
overlayfs, each from a fresh clone of what is committed here. Takes some minutes; the first time,
building the roots takes some more.

  --roots DIR    where the roots are kept (default ~/.cache/handroll-tour/worlds)
  --rebuild      build them again
  --world NAME   only these: bookworm, trixie, sid
  --way NAME     only these: root, sudo, rootless, rootless-alone, overlay, rootless-overlay,
                 german, turkish, docker, same; of machines also private
  --npm-test     instead of the tour, npm test in fresh roots that have nodejs, npm, git and an
                 ordinary user; twenty minutes each
  --machine NAME instead of that, the tour on a machine of its own in qemu: amd64, amd64-busy (one CPU,
                 with a load beside), arm64`;

/** Debian 12's own Node is older than what the tour needs, and its docker.io has the client in it. */
const releases = [
  { suite: 'bookworm', title: 'Debian 12', packages: [], ownNode: false },
  { suite: 'trixie', title: 'Debian 13', packages: ['nodejs', 'npm', 'docker-cli'], ownNode: true },
  {
    suite: 'sid',
    title: 'Debian unstable',
    packages: ['nodejs', 'npm', 'docker-cli'],
    ownNode: true,
  },
];

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    roots: { type: 'string', default: join(homedir(), '.cache/handroll-tour/worlds') },
    rebuild: { type: 'boolean', default: false },
    world: { type: 'string', multiple: true, default: [] },
    way: { type: 'string', multiple: true, default: [] },
    machine: { type: 'string', multiple: true, default: [] },
    'npm-test': { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const emulators = values.machine.map((id) =>
  id === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64',
);
const missing = ['debootstrap', 'unshare', 'nsenter', 'git', ...new Set(emulators)].filter(
  (name) => spawnSync('which', [name]).status !== 0,
);
if (process.getuid?.() !== 0 || missing.length > 0) {
  say(`The worlds need root${missing.map((name) => `, ${name}`).join('')}.`);
  process.exit(3);
}

installPackages();
buildBundle();
// Loaded only now: they import packages that a fresh clone has just got.
const { aptConfiguration, packagesOfTheTour, rootOf } = await import('./roots.mjs');
const { arm64From } = await import('./arm64.mjs');
const { boot, bootFile, diskOf, load, packagesOfMachines, readMachine } = await import(
  './machine.mjs'
);
const { endWorlds, network, nodeOfThisMachine, openWorld } = await import('./world.mjs');
const {
  cleanUp,
  clone,
  password,
  placeOf,
  start,
  startInClone,
  take,
  testSuite,
  traces,
  ways,
  waysOnMachines,
} = await import('./cells.mjs');

if (execFileSync('git', ['-C', project, 'status', '--porcelain'], { encoding: 'utf8' }) !== '') {
  say('What is not committed here is not in the clones.');
}
const npmCli = process.env.npm_execpath ?? '';
const { binds, env } = network(npmCli);
const machines = [
  { id: 'amd64', title: 'amd64 machine', kind: 'amd64', processors: 2, isBusy: false, patience: 4 },
  {
    id: 'amd64-busy',
    title: 'busy, one CPU',
    kind: 'amd64',
    processors: 1,
    isBusy: true,
    patience: 8,
  },
  {
    id: 'arm64',
    title: 'arm64 machine',
    kind: 'arm64',
    processors: 2,
    isBusy: false,
    patience: 15,
  },
];
const wanted = (name, chosen) => chosen.length === 0 || chosen.includes(name);
for (const [option, known] of Object.entries({
  world: releases.map(({ suite }) => suite),
  way: [...new Set([...ways, ...waysOnMachines].map(({ id }) => id))],
  machine: machines.map(({ id }) => id),
})) {
  const unknown = values[option].find((name) => !known.includes(name));
  if (unknown === undefined) continue;
  say(`There is no ${option} '${unknown}'. They are ${known.join(', ')}.`);
  process.exit(2);
}
const startTitle = 'npm start';
const bootTitle = 'boots, with systemd';
const screenTitle = 'handroll-tour';
const architectureTitle = 'the image names its machine';
const testers = [
  { as: 'root', title: 'npm test, as root' },
  { as: 'learner', title: 'npm test, as an ordinary user' },
];
const allWays = [
  ...[startTitle, bootTitle, screenTitle],
  ...new Set([...ways, ...waysOnMachines, ...testers].map(({ title }) => title)),
  architectureTitle,
];
const outcomes = new Map();
const images = [];
const taken = [];
let busyboxOfAll;
const keep = mkdtempSync(join(mkdirs(values.roots), 'run-'));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, async () => {
    await endWorlds();
    removeRun();
    process.exit(130);
  });
}
try {
  if (values.machine.length > 0) {
    for (const machine of machines.filter(({ id }) => values.machine.includes(id))) {
      taken.push(await onMachine(machine));
    }
  } else {
    for (const world of releases.filter(({ suite }) => wanted(suite, values.world))) {
      taken.push(await (values['npm-test'] ? testedIn(world) : inWorld(world)));
    }
  }
  report();
} finally {
  removeRun();
}

/** What was in a world may take a moment to end, and write until then. */
function removeRun() {
  rmSync(keep, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

async function inWorld(world) {
  const root = rootOf(
    {
      ...world,
      name: world.suite,
      packages: [...packagesOfTheTour, 'locales', 'docker.io', ...world.packages],
    },
    { roots: values.roots, rebuild: values.rebuild, say },
  );
  const run = join(keep, world.suite);
  const node = world.ownNode ? { binds: new Map(), setup: '' } : nodeOfThisMachine(npmCli);
  busyboxOfAll ??= join(root, 'usr/bin/busybox');
  const open = (setup = '', more = []) =>
    openWorld({
      root,
      run,
      binds: new Map([...binds, ...node.binds, ...more]),
      setup: `${node.setup}\n${setup}`,
    });
  const newHere = await open(`
    useradd --create-home --shell /bin/bash learner
    echo 'learner:${password}' | chpasswd`);
  const { stdout } = await newHere.run([
    'bash',
    '-c',
    `id -u learner; containerd --version | sed 's/ [^ ]*$//; s/.* //; s/~.*//; s/+.*//'; node --version; busybox | sed -n '1s/^BusyBox v\\([^ ]*\\).*/\\1/p'`,
  ]);
  const [uid, containerd, nodeVersion, busybox] = stdout.split('\n');
  await newHere.close();
  const here = join(run, clone);
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', project, here]);
  execFileSync('chown', ['-R', `${uid}:${uid}`, here]);
  const versions = [
    `containerd ${containerd}`,
    `node ${nodeVersion?.slice(1)}${world.ownNode ? '' : ', not its own'}`,
    `busybox ${busybox}`,
  ];
  say(`${world.title}: ${versions.join(', ')}`);

  // It installs and builds, so it is not left out: the others take the tour that it built.
  await cell(
    startTitle,
    world,
    () => open(),
    (it) => start(it, startInClone, env),
  );
  for (const way of ways.filter(({ id }) => wanted(id, values.way))) {
    const busybox = way.oneBusybox ? [[busyboxOfAll, '/usr/bin/busybox']] : [];
    const opened = () => open(way.setup, busybox);
    await cell(way.title, world, opened, (it) => wholeTour(it, way, world, run), way.after);
  }
  return { title: world.title, versions };
}

/**
 * A cell: a world that is entered, work in it, and what came of it.
 *
 * @param {string} title
 * @param {{ title: string }} world
 * @param {() => Promise<any>} open
 * @param {(it: any) => Promise<any>} work
 * @param {string} [after] shell lines that take back what was done for it
 */
async function cell(title, world, open, work, after = ':') {
  const begun = performance.now();
  let it;
  let outcome;
  try {
    it = await open();
    outcome = await work(it);
  } catch (error) {
    outcome = { ok: false, told: 'no end', why: error.message };
  } finally {
    await it?.run(['bash', '-c', after]);
    await it?.close();
  }
  const seconds = (performance.now() - begun) / 1000;
  outcomes.set(`${title}\n${world.title}`, { ...outcome, seconds });
  const { ok, told, why } = outcome;
  say(`  ${ok ? '✔' : '✗'} ${title}: ${told}, ${seconds.toFixed(0)} s${why ? `: ${why}` : ''}`);
}

/** The tour on a machine that boots: nothing of this one's is in it but what was built here. */
async function onMachine(machine) {
  const { id, title, kind, processors, isBusy, patience } = machine;
  const run = join(keep, id);
  mkdirSync(run);
  const amd64 = rootOf(
    {
      name: 'machine-amd64',
      suite: 'trixie',
      title: 'The machine',
      packages: [...packagesOfTheTour, ...packagesOfMachines],
    },
    { roots: values.roots, rebuild: values.rebuild, say },
  );
  const { root, kernel, initrd } =
    kind === 'amd64'
      ? { root: amd64, kernel: bootFile(amd64, 'vmlinuz-'), initrd: bootFile(amd64, 'initrd.img-') }
      : arm64From(amd64, { roots: values.roots, rebuild: values.rebuild, say });
  const disk = diskOf({ root, tools: amd64, folder: run, project });
  say(`${title}:`);
  let it;
  const open = async () => it;
  const bootIt = async () => {
    it = await boot({ kind, kernel, initrd, disk, folder: run, processors, patience });
    return it;
  };
  await cell(bootTitle, machine, bootIt, async () => {
    const read = await readMachine(it, kind);
    if (isBusy) await it.run(['bash', '-c', load]);
    return read;
  });
  if (it === undefined) return { title, versions: [] };
  try {
    await cell(screenTitle, machine, open, () => start(it, ['handroll-tour'], {}));
    for (const way of waysOnMachines.filter(({ id: wayId }) => wanted(wayId, values.way))) {
      const opened = async () => {
        if (way.setup !== undefined) await it.run(['bash', '-c', way.setup]);
        return it;
      };
      await cell(way.title, machine, opened, () => wholeTour(it, way, machine, run));
    }
    await cell(architectureTitle, machine, open, async () => {
      const own = images.filter(({ cell: name }) => name.startsWith(`${title}, `));
      const named = [...new Set(own.map(({ architecture }) => architecture))].join(', ');
      return { ok: named === kind, told: named };
    });
  } finally {
    await it.off();
  }
  return { title, versions: [] };
}

/** `npm test` in a root that has nothing but nodejs, npm, git and an ordinary user. */
async function testedIn(world) {
  const name = `${world.suite}-fresh`;
  const packages = ['git', 'ca-certificates', ...(world.ownNode ? ['nodejs', 'npm'] : [])];
  const { suite, title } = world;
  const root = rootOf(
    { name, suite, title, packages },
    { roots: values.roots, rebuild: values.rebuild, say },
  );
  const fresh = join(keep, 'clone');
  if (!existsSync(fresh)) {
    execFileSync('git', ['clone', '--quiet', '--no-hardlinks', project, fresh]);
  }
  const apt = join(keep, `${name}.conf`);
  writeFileSync(apt, aptConfiguration());
  const node = world.ownNode ? { binds: new Map(), setup: '' } : nodeOfThisMachine(npmCli);
  say(`${title}, fresh`);
  for (const { as, title: cellTitle } of testers) {
    // What one installs must not be there for the other.
    const run = join(keep, `${name}-${as}`);
    const open = () =>
      openWorld({
        root,
        run,
        binds: new Map([
          ...binds,
          ...node.binds,
          [apt, '/etc/apt/apt.conf.d/90worlds'],
          [fresh, '/opt/handroll-tour'],
        ]),
        setup: `${node.setup}
          useradd --create-home --shell /bin/bash learner
          cp -a /opt/handroll-tour ~${as}/
          chown -R ${as}: ~${as}/handroll-tour`,
      });
    await cell(cellTitle, world, open, async (it) => {
      const { output, ...outcome } = await testSuite(it, as, env);
      const log = join(values.roots, `${name}-${as}.log`);
      writeFileSync(log, output);
      return outcome.ok ? outcome : { ...outcome, why: `${outcome.why} (${log})` };
    });
  }
  return { title, versions: [] };
}

async function wholeTour(it, way, world, run) {
  const before = await traces(it, way);
  const outcome = await take(it, way, env);
  const { WORKDIR } = placeOf(way);
  await keepImage(it, WORKDIR, `${world.title}, ${way.title}`, join(run, `${way.id}-image`));
  const left = await cleanUp(it, way, env, before);
  if (left === undefined) return outcome;
  return { ...outcome, ok: false, why: [outcome.why, left].filter(Boolean).join('; ') };
}

/** Copies the layout that was made, and reads which image it is. */
async function keepImage(it, workdir, cell, path) {
  const sent = await it.run(['bash', '-c', `tar -C ${workdir} -c oci | base64 -w0`]);
  mkdirSync(path, { recursive: true });
  const { status } = spawnSync('tar', ['-C', path, '-x'], {
    input: Buffer.from(sent.stdout, 'base64'),
  });
  if (status !== 0) return;
  const layout = join(path, 'oci');
  const layers = spawnSync(
    process.execPath,
    [join(project, 'dist/cli.js'), 'layers', layout, '--json'],
    {
      encoding: 'utf8',
      maxBuffer: Number.POSITIVE_INFINITY,
    },
  );
  if (layers.status !== 0) return;
  const entries = layers.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const read = (digest) =>
    JSON.parse(readFileSync(join(layout, 'blobs', digest.replace(':', '/')), 'utf8'));
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  const manifest = index.manifests[0].digest;
  const { config, layers: stored } = read(manifest);
  images.push({
    cell,
    layout,
    whiteout: entries.find(({ whiteout }) => whiteout)?.kind,
    busybox: entries.find(({ path: name }) => name?.endsWith('bin/busybox'))?.digest,
    architecture: read(config.digest).architecture,
    digests: [...stored.map(({ digest }) => digest), config.digest, manifest],
  });
}

function report() {
  console.log('');
  const outcomeOf = (way, world) => outcomes.get(`${way}\n${world}`);
  const chosen = allWays.filter((way) => taken.some(({ title }) => outcomeOf(way, title)));
  for (const line of matrix(taken, chosen, outcomeOf)) console.log(line);
  console.log('');
  let same = true;
  for (const { images: group, others } of groupsOf(images)) {
    const [first] = group;
    const short = first.digests.map((digest) => digest.slice(7, 15)).join(' ');
    console.log(
      `${group.length - others.length} of ${group.length} images with a ${first.whiteout} for a whiteout and busybox ${first.busybox?.slice(7, 15)}: ${short}`,
    );
    for (const other of others) {
      same = false;
      console.log(`\n${first.cell} is A, ${other.cell} is B:`);
      const argv = [join(project, 'dist/cli.js'), 'compare', first.layout, other.layout];
      spawnSync(process.execPath, argv, { stdio: 'inherit' });
    }
  }
  const all = [...outcomes.values()];
  const green = all.filter(({ ok }) => ok).length;
  console.log(`\n${green} of ${all.length} cells are green.`);
  process.exitCode = green === all.length && same ? 0 : 1;
}

function mkdirs(path) {
  mkdirSync(path, { recursive: true });
  return path;
}
