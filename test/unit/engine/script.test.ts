import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import {
  needsRoot,
  reachesContainerd,
  render,
  type Script,
  sh,
} from '../../../src/engine/script.ts';

describe('sh', () => {
  test.each<[string, Script, string]>([
    ['one line', sh`echo hello`, 'echo hello'],
    [
      'the indentation that all lines share goes',
      sh`
        for one in a b; do
          echo "$one"
        done

        echo end
      `,
      'for one in a b; do\n  echo "$one"\ndone\n\necho end',
    ],
    [
      'a first line beside the backtick has no indentation to share',
      sh`if true; then
          echo yes
        fi`,
      'if true; then\n  echo yes\nfi',
    ],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's.
    ['a shell expansion', sh`echo "\${name:-none}"`, 'echo "${name:-none}"'],
    ['a backtick', sh`echo \`date\``, 'echo `date`'],
    ['a backslash that the shell is to see', sh`printf 'a\tb\0\n'`, "printf 'a\\tb\\0\\n'"],
    [
      'a line that goes on',
      sh`
        echo a \
          b
      `,
      'echo a \\\n  b',
    ],
    ['an escaped dollar', sh`echo "\\$HOME"`, 'echo "\\$HOME"'],
    ['a regular expression', sh`grep '^a\.b\\$'`, "grep '^a\\.b\\$'"],
    ['nothing', sh``, ''],
  ])('%s', (_, script, source) => {
    expect(script.source).toBe(source);
  });

  test('bash reads it as it was written', () => {
    const { source } = sh`
      name=world
      printf '%s\n' "hello \${name}" 'a\b' "\\$name"
    `;
    expect(execFileSync('bash', ['-c', source], { encoding: 'utf8' })).toBe(
      'hello world\na\\b\n$name\n',
    );
  });

  test('takes no values: they travel as variables', () => {
    const name = 'x; rm -rf /';
    // @ts-expect-error interpolating a value into a script is a mistake, and tsc says so
    expect(sh`echo ${name}`.source).not.toContain(name);
  });
});

describe('render', () => {
  const script = sh`
    sudo ctr -n "$CTR_NAMESPACE" images ls | grep -q demo
    if sudo ctr tasks ls; then sudo umount "$WORKDIR/merged"; fi
    echo "pseudo sudoku"
  `;
  const whiteout = () => ({ form: 'device', because: '' }) as const;
  const onDisk = { type: 'ext4', target: '/', supportsLayers: true, supportsOverlayUpper: true };
  const filesystem = () => onDisk;
  const direct = { viaWrapper: false, address: undefined };
  const named = { viaWrapper: false, address: '/run/other.sock' };
  const wrapped = { viaWrapper: true, address: undefined };
  const lines = (ctr: string, sudo: string) =>
    [
      `${ctr} -n "$CTR_NAMESPACE" images ls | grep -q demo`,
      `if ${ctr} tasks ls; then ${sudo}umount "$WORKDIR/merged"; fi`,
      'echo "pseudo sudoku"',
    ].join('\n');

  test.each([
    ['root', 'root', direct, lines('ctr', '')],
    ['root, another socket', 'root', named, lines('ctr', '')],
    ['root, a private containerd', 'root', wrapped, lines('ctr', '')],
    ['sudo', 'sudo', direct, lines('sudo ctr', 'sudo ')],
    [
      'sudo, another socket',
      'sudo',
      named,
      lines('sudo ctr --address "$CONTAINERD_ADDRESS"', 'sudo '),
    ],
    ['sudo, a private containerd', 'sudo', wrapped, lines('ctr', 'sudo ')],
    ['rootless', 'rootless', wrapped, lines('ctr', '')],
  ] as const)('%s', (_, privilege, containerdAccess, expected) => {
    expect(render(script, { privilege, containerdAccess, whiteout, filesystem })).toBe(expected);
  });

  test.each([
    ['device', 'mknod "$WORKDIR/build/delta/data/.wh.config.txt" c 0 0'],
    ['file', 'touch "$WORKDIR/build/delta/data/.wh.config.txt"'],
  ] as const)('a whiteout is made as a %s', (form, expected) => {
    const made = sh`
      mknod "$WORKDIR/build/delta/data/.wh.config.txt" c 0 0
      mknod "$SNAPSHOT/data/config.txt" c 0 0
      mknod "$WORKDIR/.wh.null" c 1 3
    `;
    const chosen = () => ({ form, because: '' });
    expect(
      render(made, {
        privilege: 'root',
        containerdAccess: direct,
        whiteout: chosen,
        filesystem,
      }).split('\n'),
    ).toEqual([
      expected,
      'mknod "$SNAPSHOT/data/config.txt" c 0 0',
      'mknod "$WORKDIR/.wh.null" c 1 3',
    ]);
  });

  test.each([
    [true, 'mkdir overlay\nmkdir overlay/upper'],
    [
      false,
      'mkdir overlay\n# in memory\nsudo mount -t tmpfs handroll-tour overlay\nmkdir overlay/upper',
    ],
  ])('an upperdir where the directory carries one: %s', (supportsOverlayUpper, expected) => {
    const made = sh`
      mkdir overlay
      # in memory
      sudo mount -t tmpfs handroll-tour overlay
      mkdir overlay/upper
    `;
    const there = () => ({ ...onDisk, supportsOverlayUpper });
    const ways = {
      privilege: 'sudo',
      containerdAccess: wrapped,
      whiteout,
      filesystem: there,
    } as const;
    expect(render(made, ways)).toBe(expected);
  });

  test('what needs no root is the same for everybody', () => {
    const plain = sh`tar -cf "$WORKDIR/a.tar" .`;
    for (const privilege of ['root', 'sudo', 'rootless'] as const) {
      for (const containerdAccess of [direct, named, wrapped]) {
        expect(render(plain, { privilege, containerdAccess, whiteout, filesystem })).toBe(
          plain.source,
        );
      }
    }
  });
});

test.each<[Script, boolean, boolean]>([
  [sh`sudo ctr version`, true, true],
  [sh`sudo umount x`, true, false],
  [sh`command -v ctr`, false, false],
  [sh`echo pseudo sudoku electron ctrl`, false, false],
])('%j: root %s, containerd %s', (script, root, containerd) => {
  expect(needsRoot(script)).toBe(root);
  expect(reachesContainerd(script)).toBe(containerd);
});
