import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openLayout } from '../../../src/oci/layout/open-layout.ts';
import { widthOf } from '../../../src/ui/line.ts';
import { explorer } from '../../helpers/explorer.ts';

const directory = fileURLToPath(new URL('../../../../shared/cases', import.meta.url));
const isThere = existsSync(join(directory, 'index.json'));
const cases: readonly { readonly file: string; readonly kind: string }[] = isThere
  ? JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8')).cases
  : [];
const layouts = cases.filter(({ kind }) => kind === 'layout').map(({ file }) => file);

/** Opens, follows, switches, looks at bytes, comes back: all that there is, from every row. */
const everything = ['enter', 'enter', 'x', 'escape', 't', 'space', 'G', 'enter', 't'];

describe.runIf(isThere)('layouts of other projects can be gone through', () => {
  test.each(layouts)('%s', async (file) => {
    const it = await explorer(await openLayout(join(directory, file)));
    for (let row = 0; row < 12; row++) {
      for (const key of everything) await it.press(key);
      for (const line of it.content()) expect(widthOf(line)).toBeLessThan(80);
      while (it.state().focus === 'page') await it.press('escape');
      await it.press('right', 'down');
    }
    it.stop();
  });
});
