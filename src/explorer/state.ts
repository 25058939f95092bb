import { chainIds } from '../oci/chain.ts';
import type { LayerStack } from './image/layer-stack.ts';
import type { ReadLayer, Verdict } from './image/read-blob.ts';
import type { LayoutItem, Survey, SurveyedImage } from './image/survey.ts';

/** The first bytes of a file, or why they cannot be had. */
export type Content = Uint8Array | string;

/** Whether a blob's content matches its name, as far as known. */
export type Mark = Verdict | { readonly status: 'busy'; readonly part: number };

/** A layer, as far as it has been read. */
type LayerState =
  | { readonly status: 'reading'; readonly part: number }
  | { readonly status: 'read'; readonly layer: ReadLayer }
  | { readonly status: 'bad'; readonly why: string };

/** The pages on the right side. */
export type Page =
  | { readonly kind: 'thing'; readonly path: string; readonly image: string | undefined }
  | { readonly kind: 'bytes'; readonly path: string; readonly image: string | undefined }
  | {
      readonly kind: 'entry';
      readonly path: string;
      readonly image: string | undefined;
      readonly entry: number;
    }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly image: string | undefined;
      readonly entry: number;
      /** Text where it is text, unless something else is asked for. */
      readonly view?: 'hex' | 'difference';
    }
  | { readonly kind: 'stack'; readonly image: string }
  | { readonly kind: 'help' };

/** A page with the cursor position. */
export interface PagePosition {
  readonly page: Page;
  readonly cursor: number;
  readonly top: number;
  /** The number of columns by which long rows are shifted to the left. */
  readonly shift: number;
}

export type Focus = 'tree' | 'page';

/** A row of the tree on the left. */
export interface TreeRow {
  readonly id: string;
  readonly depth: number;
  /** Whether there is something below it, and whether that is shown. */
  readonly branch: 'open' | 'closed' | undefined;
  readonly what:
    | {
        readonly is: 'thing';
        readonly path: string;
        readonly label: string;
        readonly note: string | undefined;
        readonly image: string | undefined;
      }
    | { readonly is: 'stack'; readonly image: string }
    | {
        readonly is: 'entry';
        readonly path: string;
        readonly image: string | undefined;
        /** Index in the rows of the layer. */
        readonly row: number;
      }
    | { readonly is: 'loose' };
}

/** One image's layers, stacked. */
export interface StackState {
  readonly off: ReadonlySet<number>;
  /** The combination on the screen; the previous one while a new one is being computed. */
  readonly shown: string | undefined;
  /** Directories that were folded or unfolded by hand. */
  readonly toggled: ReadonlySet<string>;
  /** The indexes of the visible rows. */
  readonly seen: readonly number[];
}

interface Search {
  readonly text: string;
  /** It is being typed. */
  readonly typing: boolean;
  /** The position at which it began: typing searches from there, and Esc returns to it. */
  readonly before:
    | Pick<ExplorerState, 'tree' | 'position' | 'open' | 'rows' | 'stacks'>
    | undefined;
}

/** Everything the explorer shows and knows. */
export interface ExplorerState {
  /** The name of the layout. */
  readonly name: string;
  /** Incremented at each reload: results of an older generation are dropped. */
  readonly generation: number;
  readonly survey: Survey;
  readonly marks: ReadonlyMap<string, Mark>;
  readonly layers: ReadonlyMap<string, LayerState>;
  /** The first bytes of blobs. */
  readonly heads: ReadonlyMap<string, Uint8Array>;
  /** The first bytes of files in layers, those read last. */
  readonly contents: ReadonlyMap<string, Content>;
  /** Rows of the tree that are unfolded, by id. */
  readonly open: ReadonlySet<string>;
  readonly rows: readonly TreeRow[];
  readonly tree: { readonly cursor: number; readonly top: number };
  readonly focus: Focus;
  readonly position: PagePosition;
  readonly history: readonly { readonly position: PagePosition; readonly focus: Focus }[];
  readonly stacks: ReadonlyMap<string, StackState>;
  /** Stacks of layers, by image and combination, the most recently used last. */
  readonly layerStacks: ReadonlyMap<string, LayerStack>;
  readonly search: Search;
  /** A message about the last key. */
  readonly note: string | undefined;
}

export const noSearch: Search = { text: '', typing: false, before: undefined };

export function positionOn(page: Page): PagePosition {
  return { page, cursor: 0, top: 0, shift: 0 };
}

export function itemAt(state: Pick<ExplorerState, 'survey'>, path: string): LayoutItem | undefined {
  return state.survey.items.get(path);
}

export function imageAt(
  { survey }: Pick<ExplorerState, 'survey'>,
  path: string | undefined,
): SurveyedImage | undefined {
  return path === undefined ? undefined : survey.images.get(path);
}

/** The image something belongs to, where nothing says which: the first that has it. */
export function imageWith(
  { survey }: Pick<ExplorerState, 'survey'>,
  path: string,
): string | undefined {
  return survey.owners.get(path);
}

/** The page of a row of the tree; none for a heading. */
export function pageOf(
  { layers }: Pick<ExplorerState, 'layers'>,
  { what }: TreeRow,
): Page | undefined {
  switch (what.is) {
    case 'thing':
      return { kind: 'thing', path: what.path, image: what.image };
    case 'stack':
      return { kind: 'stack', image: what.image };
    case 'entry': {
      const found = layers.get(what.path);
      const entry = found?.status === 'read' ? found.layer.rows[what.row]?.item : undefined;
      if (entry === undefined) return undefined;
      return { kind: 'entry', path: what.path, image: what.image, entry };
    }
    case 'loose':
      return undefined;
  }
}

/** The names of one layer. */
export interface Names {
  /** Of the uncompressed bytes, as they were read now. */
  readonly diffId: string | undefined;
  /** What the config says in its place. */
  readonly said: string | undefined;
  /** Of this layer upon those below, as far as their DiffIDs are known. */
  readonly chainId: string | undefined;
}

/** The names of an image's layers, bottom first. */
export function namesOf(state: ExplorerState, image: SurveyedImage): Names[] {
  const config = image.config === undefined ? undefined : itemAt(state, image.config);
  const diffIds = image.layers.map((path) => diffIdAt(state, path));
  const said = image.layers.map((_, position) => config?.diffIds[position]);
  const first = diffIds.findIndex((diffId, at) => (diffId ?? said[at]) === undefined);
  const known = diffIds.slice(0, first === -1 ? undefined : first);
  const chain = chainIds(known.map((diffId, at) => diffId ?? said[at] ?? ''));
  return diffIds.map((diffId, at) => ({ diffId, said: said[at], chainId: chain[at] }));
}

/** The names of one layer, in an image or alone. */
export function namesAt(state: ExplorerState, path: string, image: string | undefined): Names {
  const owner = imageAt(state, image);
  const names = owner && namesOf(state, owner)[owner.layers.indexOf(path)];
  if (names !== undefined) return names;
  return { diffId: diffIdAt(state, path), said: undefined, chainId: undefined };
}

/** Whether a layer has been packed: only then has it hashes. In a layout every layer is a blob. */
export function isPacked(path: string): boolean {
  return path.startsWith('blobs/');
}

/** The DiffID of a layer that was packed and read. */
export function diffIdAt(
  { layers }: Pick<ExplorerState, 'layers'>,
  path: string,
): string | undefined {
  const found = layers.get(path);
  return found?.status === 'read' && isPacked(path) ? found.layer.diffId : undefined;
}

/** A combination of layers, by name. */
export function combination(image: SurveyedImage, off: ReadonlySet<number>): string {
  return `${image.path} ${image.layers.map((_, layer) => (off.has(layer) ? 0 : 1)).join('')}`;
}

const allOn: StackState = { off: new Set(), shown: undefined, toggled: new Set(), seen: [] };

export function stackAt({ stacks }: Pick<ExplorerState, 'stacks'>, image: string): StackState {
  return stacks.get(image) ?? allOn;
}
