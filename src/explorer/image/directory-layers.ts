import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TourError } from '../../errors.ts';
import { bytesOf } from '../../host/shell.ts';
import type { LayoutFiles } from '../../oci/layout/layout-files.ts';
import type { LayoutItem, Survey } from './survey.ts';

/** The one image that the directories make: it has no manifest yet to be named by. */
const imageName = 'layers';

/**
 * Directories that are going to be layers, before anything is packed. Each is read through a tar that is
 * made in memory and thrown away. That tar isn't the layer's, so nothing here has a hash.
 */
export class DirectoryLayers implements LayoutFiles {
  readonly isDirectory = true;
  readonly violations = [];
  readonly #tars: ReadonlyMap<string, Buffer>;

  private constructor(tars: ReadonlyMap<string, Buffer>) {
    this.#tars = tars;
  }

  /**
   * @param directories bottom first, relative to `parent`; those that don't exist are left out
   * @throws TourError if one can't be read
   */
  static async open(parent: string, directories: readonly string[]): Promise<DirectoryLayers> {
    const tars = new Map<string, Buffer>();
    for (const path of directories) {
      const directory = join(parent, path);
      if (!existsSync(directory)) continue;
      const packed = await bytesOf(['tar', '-C', directory, '--sort=name', '-c', '.']);
      if (packed === undefined) throw new TourError(`${directory} can't be read.`);
      tars.set(path, packed);
    }
    return new DirectoryLayers(tars);
  }

  async stat(path: string) {
    const bytes = this.#tars.get(path);
    return bytes === undefined ? undefined : ({ kind: 'file', size: bytes.length } as const);
  }

  async list(): Promise<string[]> {
    return [];
  }

  async *read(path: string): AsyncGenerator<Uint8Array> {
    const bytes = this.#tars.get(path);
    if (bytes === undefined) throw new Error(`${path} is no layer`);
    yield bytes;
  }

  /** What there is to show: the stack, and each directory in it. */
  survey(): Survey {
    const layers = [...this.#tars.keys()];
    const items = [...this.#tars].map(([path, { length: size }]): [string, LayoutItem] => {
      const unknown = {
        digest: undefined,
        mediaType: undefined,
        damage: undefined,
        json: undefined,
      };
      return [path, { ...unknown, path, kind: 'layer', size, parts: [], diffIds: [] }];
    });
    return {
      items: new Map(items),
      roots: layers,
      loose: [],
      images: new Map([[imageName, { path: imageName, config: undefined, layers }]]),
      owners: new Map(layers.map((path) => [path, imageName])),
      remarks: [],
    };
  }
}
