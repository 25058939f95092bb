// What apt on this machine is told, as far as a root of another release needs it. Pure.

/**
 * The mirror that this machine takes Debian's packages from.
 *
 * @param {readonly string[]} files the texts of sources.list and of sources.list.d, both forms
 * @param {string} codename of this machine's release
 * @returns {string | undefined}
 */
export function mirrorIn(files, codename) {
  const all = files.flatMap((text) => [...deb822(text), ...oneLine(text)]);
  const debian = all.filter(({ components }) => components.includes('main'));
  const own = debian.find(({ suites }) => suites.includes(codename));
  return own?.uri;
}

/** @param {string} text */
function deb822(text) {
  return text.split(/\n[ \t]*\n/).flatMap((stanza) => {
    const fields = new Map();
    for (const line of stanza.split('\n')) {
      const [, name, value] = /^([A-Za-z-]+):\s*(.*)$/.exec(line) ?? [];
      if (name !== undefined) fields.set(name.toLowerCase(), words(value ?? ''));
    }
    const isBinary = fields.get('types')?.includes('deb') && fields.get('enabled')?.[0] !== 'no';
    const [uri] = fields.get('uris') ?? [];
    if (!isBinary || uri === undefined) return [];
    return [
      { uri, suites: fields.get('suites') ?? [], components: fields.get('components') ?? [] },
    ];
  });
}

/** @param {string} text */
function oneLine(text) {
  return text.split('\n').flatMap((line) => {
    const [, uri, suite, components] =
      /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line) ?? [];
    return uri === undefined ? [] : [{ uri, suites: [suite], components: words(components ?? '') }];
  });
}

/** @param {string} text */
const words = (text) => text.split(/\s+/).filter(Boolean);

/**
 * How this machine's apt gets at a mirror: through which proxy, and whether it asks how old it is.
 *
 * @param {string} dump what `apt-config dump` prints
 * @returns {string[]} options for another apt
 */
export function aptOptions(dump) {
  const settings = /^(Acquire::(?:Check-|Retries|\w+::(?:Proxy|CaInfo|Timeout))\S*) "(.+)";$/gm;
  return [...dump.matchAll(settings)].flatMap(([, name, value]) => ['-o', `${name}=${value}`]);
}

/**
 * The proxy for plain HTTP in such options: debootstrap knows it only as a variable.
 *
 * @param {readonly string[]} options
 */
export function httpProxyIn(options) {
  const prefix = 'Acquire::http::Proxy=';
  return options.find((option) => option.startsWith(prefix))?.slice(prefix.length);
}
