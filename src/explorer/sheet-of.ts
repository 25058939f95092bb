import type { Drawing, Sheet } from './sheet.ts';
import { bytesSheet } from './sheets/bytes.ts';
import { documentSheet } from './sheets/document.ts';
import { entrySheet } from './sheets/entry.ts';
import { fileSheet } from './sheets/file.ts';
import { helpSheet } from './sheets/help.ts';
import { layerSheet } from './sheets/layer.ts';
import { stackSheet } from './sheets/stack.ts';
import type { Page } from './state.ts';

/** The sheet of a page. */
export function sheetOf(page: Page, drawing: Drawing): Sheet {
  switch (page.kind) {
    case 'thing': {
      const kind = drawing.state.survey.things.get(page.path)?.kind;
      return kind === 'layer' ? layerSheet(page, drawing) : documentSheet(page, drawing);
    }
    case 'bytes':
      return bytesSheet(page, drawing);
    case 'entry':
      return entrySheet(page, drawing);
    case 'file':
      return fileSheet(page, drawing);
    case 'stack':
      return stackSheet(page, drawing);
    case 'help':
      return helpSheet(drawing);
  }
}
