import { type Theme, themeOf } from '../../src/ui/theme.ts';

const utf8 = { LANG: 'C.UTF-8', TERM: 'xterm-256color' };

/** One theme for each kind of terminal and person. */
export const themes = {
  color: themeOf({ env: utf8, color: true, ascii: false }),
  plain: themeOf({ env: { ...utf8, NO_COLOR: '1' }, color: true, ascii: false }),
  ascii: themeOf({ env: utf8, color: false, ascii: true }),
  dumb: themeOf({ env: { ...utf8, TERM: 'dumb' }, color: true, ascii: false }),
  spoken: themeOf({ env: { ...utf8, INK_SCREEN_READER: 'true' }, color: true, ascii: false }),
} satisfies Record<string, Theme>;
