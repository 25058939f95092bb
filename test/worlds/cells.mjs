// The ways in which the tour is taken in a world.

import { jsonLinesIn, readRun, readSuite } from './outcome.mjs';

export const password = 'correct horse';
export const clone = '/home/learner/handroll-tour';
const cli = `${clone}/dist/cli.js`;

/**
 * One way: who takes the tour, where, and what is done to the world before.
 *
 * @typedef {object} Way
 * @property {string} title
 * @property {string} id
 * @property {'root' | 'learner'} as
 * @property {readonly string[]} [options]
 * @property {string} [workdir] where it is not the usual one
 * @property {boolean} [typed] in a terminal, where a password is asked for
 * @property {Record<string, string>} [env] what the learner's environment has besides
 * @property {string} [setup] shell lines that change the world for this way
 * @property {string} [after] shell lines that take that back
 * @property {readonly string[]} [foreign] directories in which others write while the tour is taken
 * @property {string} [others] shell lines that list what others have there, which must not change
 * @property {boolean} [oneBusybox] with the busybox of the first world
 */

/**
 * A way in another language. The setup fails where the language is not in force, since the cell would then
 * show nothing.
 *
 * @param {string} language
 * @param {string} locale
 * @param {string} directory what a message in it calls one
 */
const speaking = (language, locale, directory) => ({
  env: { LANGUAGE: language, LC_ALL: `${locale}.UTF-8`, LANG: `${locale}.UTF-8` },
  setup: `localedef -i ${locale} -f UTF-8 ${locale}.UTF-8
    LC_ALL=${locale}.UTF-8 LANGUAGE=${language} cat /none 2>&1 | grep ${directory}`,
});

/*
 * Docker and the tour share the containerd of the world. Its files are on a tmpfs: an overlay cannot be
 * written on an overlay, and what a containerd keeps for itself is not compared. Docker has no network
 * here, since the world has that of this machine.
 */
const dockerIsRunning = `
  mount -t tmpfs tmpfs /mnt
  containerd --root /mnt/containerd --state /mnt/containerd-state >/mnt/log 2>&1 &
  for tries in $(seq 100); do ctr version >/dev/null 2>&1 && break; sleep 0.1; done
  dockerd --containerd /run/containerd/containerd.sock --data-root /mnt/docker --exec-root /mnt/docker-run \
    --bridge none --iptables=false --ip-forward=false --ip-masq=false --cgroup-parent /worlds-beside \
    >>/mnt/log 2>&1 &
  for tries in $(seq 300); do docker version >/dev/null 2>&1 && break; sleep 0.1; done
  tar -C / -ch bin/busybox | docker import - theirs:1 >/dev/null
  docker run -d --network none --name theirs theirs:1 /bin/busybox sleep 1d >/dev/null`;

const dockerIsGone = `
  docker rm -f theirs >/dev/null
  find /sys/fs/cgroup -depth -type d -path '*/worlds-beside*' -exec rmdir {} +`;

/** The container must still run, and everything in any namespace of containerd be what it was. */
const whatDockerHas = `
  docker exec theirs /bin/busybox echo it runs
  docker images --digests --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}} {{.Digest}}'
  docker ps -a --no-trunc --format '{{.ID}} {{.Image}} {{.Names}} {{.State}}'
  for namespace in $(ctr namespaces ls -q); do
    echo "$namespace"
    for kind in images containers snapshots content tasks; do ctr -n "$namespace" $kind ls; done
  done`;

/** @type {readonly Way[]} */
export const ways = [
  { id: 'root', title: 'root', as: 'root' },
  {
    id: 'sudo',
    title: 'sudo, with a password',
    as: 'learner',
    options: ['--privilege', 'sudo'],
    typed: true,
    setup: `echo 'learner ALL=(ALL) ALL' >/etc/sudoers.d/learner; chmod 440 /etc/sudoers.d/learner`,
  },
  {
    id: 'rootless',
    title: 'rootless',
    as: 'learner',
    options: ['--privilege', 'rootless'],
    setup: 'rm -f /etc/sudoers.d/learner',
  },
  {
    id: 'rootless-alone',
    title: 'rootless, no newuidmap',
    as: 'learner',
    options: ['--privilege', 'rootless'],
    setup:
      'rm -f /etc/sudoers.d/learner; mkdir -p /opt/away; mv /usr/bin/newuidmap /usr/bin/newgidmap /opt/away',
    after: 'mv /opt/away/* /usr/bin',
  },
  { id: 'overlay', title: 'root, on overlayfs', as: 'root', workdir: '/srv/tour' },
  {
    id: 'rootless-overlay',
    title: 'rootless, on overlayfs',
    as: 'learner',
    options: ['--privilege', 'rootless'],
    workdir: '/srv/learner/tour',
    setup: 'mkdir -p /srv/learner; chown learner: /srv/learner',
  },
  { id: 'german', title: 'root, in German', as: 'root', ...speaking('de', 'de_DE', 'Verzeichnis') },
  {
    id: 'turkish',
    title: 'rootless, in Turkish',
    as: 'learner',
    options: ['--privilege', 'rootless'],
    ...speaking('tr', 'tr_TR', 'dizin'),
  },
  {
    id: 'docker',
    title: 'root, beside Docker',
    as: 'root',
    options: ['--containerd', 'system'],
    setup: dockerIsRunning,
    after: dockerIsGone,
    // The system's containerd makes directories there for a namespace, and keeps them.
    foreign: ['/run/containerd'],
    others: whatDockerHas,
  },
  // The image is the same wherever it is made only if the same program goes into it.
  { id: 'same', title: 'root, one busybox for all', as: 'root', oneBusybox: true },
];

const ofSystemd = [
  'systemd',
  'credentials',
  'udev',
  'user',
  'log',
  'lock',
  'containerd',
  'worlds',
].map((name) => `/run/${name}`);

/** @type {readonly Way[]} */
const ownWaysOnMachines = [
  ...ways.filter(({ id }) => ['root', 'sudo', 'rootless'].includes(id)),
  {
    id: 'private',
    title: 'root, private containerd',
    as: 'root',
    workdir: '/root/private-demo',
    options: ['--containerd', 'private'],
  },
];

/** The ways on a machine of its own: systemd and its containerd write there all the time. */
export const waysOnMachines = ownWaysOnMachines.map((way) => ({
  ...way,
  foreign: [...ofSystemd, '/var/lib/systemd', '/var/lib/containerd', '/var/lib/private'],
}));

/** `npm start` in the clone. */
export const startInClone = ['bash', '-c', `cd ${clone} && exec npm start`];

/** A command of the learner's, until the first lesson is on the screen. */
export async function start(world, argv, env) {
  const it = await world.terminal(argv, { as: 'learner', env });
  try {
    await walkToLesson(it, 600);
    if (!lessonIsSeen(it)) return { ok: false, told: 'no lesson', why: lastLine(it.screen()) };
    it.type('q');
    const code = await it.ended(30);
    return code === 0
      ? { ok: true, told: 'lesson 00' }
      : { ok: false, told: 'lesson 00', why: `it was left with q, and ended with ${code}` };
  } finally {
    it.kill();
  }
}

/** From whatever the tour opens with to its first lesson, with Enter; or until the tour ends. */
export async function walkToLesson(it, seconds) {
  const until = performance.now() + seconds * 1000;
  let runs = await it.sees(/handroll-tour|Prerequisites/, seconds);
  while (runs && !lessonIsSeen(it) && performance.now() < until) {
    it.type('\r');
    runs = await it.sees(firstLesson, 5).catch(() => true);
  }
}

const firstLesson = /Prerequisites .* step 1 of/;
export const lessonIsSeen = (it) => firstLesson.test(it.screen());

const lastLine = (screen) => screen.trim().split('\n').at(-1)?.trim() || 'the screen stays empty';

/** `npm test` in a clone of its own in a home, with its output in a file beside it. */
export async function testSuite(world, as, env) {
  const script = 'cd ~/handroll-tour && exec npm test >~/npm-test.log 2>&1';
  const { code } = await world.run(['bash', '-c', script], { as, env });
  const { stdout } = await world.run(['bash', '-c', 'cat ~/npm-test.log'], { as });
  return { ...readSuite(code, stdout), output: stdout };
}

/**
 * The whole tour, in one way.
 *
 * @param {Way} way
 */
export async function take(world, way, env) {
  const finished = await command(world, way, env, 'run', '--json');
  return readRun(finished);
}

/**
 * What is there besides the system: files, our control groups, mounts, processes, and what others have.
 * Taken before and after.
 */
export async function traces(world, way) {
  const env = { ...placeOf(way), CLONE: clone };
  const isForeign = (path) =>
    way.foreign?.some((folder) => path === folder || path.startsWith(`${folder}/`));
  const linesOf = async (script) => {
    const { code, stdout, stderr } = await world.run(['bash', '-ec', script], { env });
    if (code !== 0) throw new Error(`what is there cannot be told: ${stderr.trim()}`);
    return stdout.split('\n').filter(Boolean);
  };
  return {
    files: new Set((await linesOf(find)).filter((path) => !isForeign(path))),
    mounts: mountPointsIn(await world.mountinfo()).filter((path) => !isForeign(path)),
    processes: new Set(await world.processes()),
    others: await linesOf(way.others ?? ':'),
  };
}

/** sudo remembers who said the password; that is its own. */
const find = String.raw`
  find /etc /home /opt /root /run /srv /tmp /var/lib /var/tmp \
    \( -path "$CLONE" -o -path /run/sudo -o -path /var/lib/sudo \) -prune -o -print
  find /sys/fs/cgroup -depth -type d -path "*/$CTR_NAMESPACE*" 2>/dev/null || :`;

/** Cleans up, and says what is left all the same. */
export async function cleanUp(world, way, env, before) {
  const { code, stdout, stderr } = await command(world, way, env, 'cleanup', '--json');
  const left = jsonLinesIn(stdout).filter(({ type }) => type === 'left');
  if (left.length > 0) {
    return `cleanup leaves ${left.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`;
  }
  if (code !== 0) return `cleanup ended with ${code}: ${stderr.trim().split('\n').at(-1)}`;
  // What held the private containerd lets go with the command; its namespace ends a moment later.
  const more = async () => (await world.processes()).filter((each) => !before.processes.has(each));
  for (let tries = 0; (await more()).length > 0 && tries < 50; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const [running] = await more();
  if (running !== undefined) return `after cleanup this still runs: ${running}`;
  const after = await traces(world, way);
  const found = [...after.files].filter((path) => !before.files.has(path));
  if (found.length > 0) return `after cleanup there is still ${found.slice(0, 5).join(', ')}`;
  const mounted = difference(before.mounts, after.mounts);
  if (mounted !== undefined) return `the mounts are not as they were: ${mounted}`;
  const changed = difference(before.others, after.others);
  return changed === undefined ? undefined : `what others have is not as it was: ${changed}`;
}

/** Where something is mounted; what is mounted over another mount has one more line. */
const mountPointsIn = (mountinfo) =>
  mountinfo
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[4])
    .sort()
    .map((path, index, all) => (path === all[index - 1] ? `${path}, again` : path));

/** The first line that only one of them has. */
function difference(before, after) {
  const gone = before.find((line) => !after.includes(line));
  if (gone !== undefined) return `no longer ${gone}`;
  const added = after.find((line) => !before.includes(line));
  return added === undefined ? undefined : `now also ${added}`;
}

export function placeOf({ id, as, workdir }) {
  const home = as === 'root' ? '/root' : '/home/learner';
  return { WORKDIR: workdir ?? `${home}/container-demo`, CTR_NAMESPACE: `worlds-${id}` };
}

/** A command of ours, with its output; in a terminal, the password is typed when it is asked for. */
async function command(world, way, env, ...args) {
  const argv = ['node', cli, ...args, ...(way.options ?? [])];
  const options = { as: way.as, env: { ...env, ...way.env, ...placeOf(way) } };
  if (way.typed !== true) return await world.run(argv, options);
  const it = await world.terminal(argv, options);
  try {
    await it.sees(/^\[sudo\].*: *$/m, 120);
    it.type(`${password}\r`);
    const code = await it.ended(600);
    return { code, stdout: it.written(), stderr: '' };
  } finally {
    it.kill();
  }
}
