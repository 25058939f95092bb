import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownPlace } from '../helpers/host.ts';
import { jsonLines, program, result } from '../helpers/program.ts';

describe('two tours on one machine', () => {
  const places = [ownPlace(), ownPlace()] as const;
  const [first, second] = [program(places[0]), program(places[1])];
  const [a, b] = places.map(({ workdir }) => join(workdir, 'oci')) as [string, string];

  beforeAll(async () => {
    const runs = [first, second].map((tour) => tour.run('run', '--to', '04-layout'));
    for (const { code, stderr } of await Promise.all(runs))
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
  afterAll(() => {
    for (const place of places) place.remove();
  });

  test('make the same image', async () => {
    const { code, stdout } = await first.run('compare', a, b);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^The same image, byte for byte: sha256:[0-9a-f]{64}\n$/),
    });
  });

  test('packed without --mtime, and gzip without -n: the entry and the field are named', async () => {
    utimesSync(join(places[1].workdir, 'build/delta/hello.txt'), 1_700_000_000, 1_700_000_000);
    const repack = `cd "$WORKDIR" && tar -C build/delta --format=gnu --sort=name \\
      --mode='u+rwX,go+rX,go-w' --owner=0 --group=0 --numeric-owner -cf delta-layer.tar . &&
      gzip -k -f delta-layer.tar`;
    expect(await second.run('shell', '-c', repack)).toMatchObject({ code: 0 });
    expect(await second.run('run', '--only', '04-layout')).toMatchObject({ code: 0 });
    const { code, stdout, stderr } = await first.run('compare', a, b, '--json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const differences = jsonLines(stdout).filter(({ type }) => type === 'difference');
    expect(differences).toContainEqual({
      type: 'difference',
      where: 'layer 1!./hello.txt',
      field: 'mtime',
      a: '2025-01-01 00:00:00 UTC',
      b: '2023-11-14 22:13:20 UTC',
      cause: 'build-time',
    });
    expect(differences).toContainEqual(
      expect.objectContaining({ where: 'layer 1', field: 'gzip name', b: 'delta-layer.tar' }),
    );
    // Nothing else is another, and the layer below is not mentioned.
    const causes = new Set(differences.map(({ cause }) => cause));
    expect([...causes].sort()).toEqual(['build-time', 'gzip-header']);
    expect(differences.filter(({ where }) => !String(where).startsWith('layer 1'))).toEqual([]);
    expect(result(stdout)).toMatchObject({ ok: false, findings: 0 });
    const told = await first.run('compare', a, b);
    expect(told.stdout).toContain('Built at another time: tar writes when each file was changed.');
  });
});
