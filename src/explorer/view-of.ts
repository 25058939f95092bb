import type { Drawing, PageView } from './page-view.ts';
import { bytesView } from './pages/bytes.ts';
import { documentView } from './pages/document.ts';
import { entryView } from './pages/entry.ts';
import { fileView } from './pages/file.ts';
import { helpView } from './pages/help.ts';
import { layerView } from './pages/layer.ts';
import { stackView } from './pages/stack.ts';
import type { Page } from './state.ts';

/** The view of a page. */
export function viewOf(page: Page, drawing: Drawing): PageView {
  switch (page.kind) {
    case 'thing': {
      const kind = drawing.state.survey.items.get(page.path)?.kind;
      return kind === 'layer' ? layerView(page, drawing) : documentView(page, drawing);
    }
    case 'bytes':
      return bytesView(page, drawing);
    case 'entry':
      return entryView(page, drawing);
    case 'file':
      return fileView(page, drawing);
    case 'stack':
      return stackView(page, drawing);
    case 'help':
      return helpView(drawing);
  }
}
