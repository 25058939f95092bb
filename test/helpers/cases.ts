import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DocumentKind } from '../../src/oci/verify/verify-document.ts';

/** A layout, document or layer of another project, with its verdict; only what is used here. */
export interface Case {
  readonly file: string;
  readonly kind: DocumentKind | 'layout' | 'layer-tar';
  readonly form?: 'tar' | 'oci-layout-file';
  readonly expect: 'valid' | 'invalid';
  readonly reason: string;
  readonly contested?: string;
  readonly blob?: string;
  readonly mediaType?: string;
  readonly lower?: readonly string[];
  readonly merged?: readonly string[];
  readonly present?: readonly string[];
  readonly absent?: readonly string[];
  readonly contents?: Readonly<Record<string, string>>;
  readonly sameFile?: readonly [string, string];
  readonly names?: readonly string[];
  readonly diffID?: string;
}

/** They are no part of this repository: `IMAGE_CASES` names their directory. */
const directory = process.env.IMAGE_CASES;
const index = directory === undefined ? undefined : join(directory, 'index.json');

/** Where there are none, the tests on them are left out. */
export const areThereCases = index !== undefined && existsSync(index);

export const pathOf = (file: string) => join(directory ?? '', file);

export function readCases(): readonly Case[] {
  return JSON.parse(readFileSync(index ?? '', 'utf8')).cases;
}
