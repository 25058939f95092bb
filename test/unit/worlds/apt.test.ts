import { describe, expect, test } from 'vitest';
import { aptOptions, httpProxyIn, mirrorIn } from '../../worlds/apt.mjs';

describe("this machine's mirror of Debian", () => {
  const deb822 = `Types: deb
# a remark
URIs: http://mirror.example/debian-security
Suites: trixie-security
Components: main

Types: deb deb-src
URIs: http://mirror.example/debian http://other.example/debian
Suites: trixie trixie-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;
  test.each<[string, string[], string | undefined]>([
    ['deb822', [deb822], 'http://mirror.example/debian'],
    ['one line', ['deb http://mirror.example/debian trixie main'], 'http://mirror.example/debian'],
    [
      'one line with options and a remark',
      [
        '# deb http://no.example trixie main\ndeb [arch=amd64 signed-by=/k] http://a.example trixie main # mine',
      ],
      'http://a.example',
    ],
    [
      'another project',
      ['deb http://tool.example/apt stable main', deb822],
      'http://mirror.example/debian',
    ],
    ['sources only', ['deb-src http://mirror.example/debian trixie main'], undefined],
    ['one that is switched off', [deb822.replaceAll('Types:', 'Enabled: no\nTypes:')], undefined],
    ['nothing', [], undefined],
  ])('%s', (_, files, expected) => {
    expect(mirrorIn(files, 'trixie')).toBe(expected);
  });
});

test('what apt is told goes along to the other root, and only what concerns the way there', () => {
  const dump = `APT::Architecture "amd64";
Acquire::Check-Valid-Until "false";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::https::CaInfo "/etc/ca.pem";
Acquire::http::Proxy::mirror.example "DIRECT";
Acquire::Languages "none";
Dir::Cache "var/cache/apt";
`;
  const options = aptOptions(dump);
  expect(options.filter((option) => option !== '-o')).toEqual([
    'Acquire::Check-Valid-Until=false',
    'Acquire::http::Proxy=http://proxy.example:3128',
    'Acquire::https::CaInfo=/etc/ca.pem',
    'Acquire::http::Proxy::mirror.example=DIRECT',
  ]);
  expect(options.filter((option) => option === '-o')).toHaveLength(4);
  expect(httpProxyIn(options)).toBe('http://proxy.example:3128');
  expect(httpProxyIn(aptOptions('Acquire::Retries "3";\n'))).toBeUndefined();
});
