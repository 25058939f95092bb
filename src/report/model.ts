/*
 * A report, before it is Markdown or HTML. Every string in it is text, never markup: it may come from
 * a script's output, and each renderer escapes it.
 */

/** A run of text in one style. */
export interface Run {
  readonly text: string;
  /** `value` was read from the machine; `unknown` replaces a value that couldn't be. */
  readonly role: 'text' | 'code' | 'emphasis' | 'value' | 'unknown';
}

export type Words = readonly Run[];

/** The result of one check. */
export interface CheckEntry {
  /** `changed` held once and doesn't now; `unseen` can't be checked now. */
  readonly mark: 'pass' | 'witnessed' | 'changed' | 'unseen';
  readonly says: string;
  readonly seen: string;
  /** An addition: when the check passed, or what it finds now. */
  readonly remark?: string;
}

export type Block =
  | { readonly type: 'paragraph'; readonly words: Words }
  | { readonly type: 'script'; readonly source: string }
  | { readonly type: 'output'; readonly lines: readonly string[]; readonly remark: string }
  | { readonly type: 'remark'; readonly text: string }
  | { readonly type: 'findings'; readonly findings: readonly CheckEntry[] }
  | { readonly type: 'note'; readonly title: string; readonly paragraphs: readonly Words[] }
  | {
      readonly type: 'picture';
      /** Spaces are kept. */
      readonly rows: readonly Words[];
      /** A description of the picture. */
      readonly alt: string;
    }
  | {
      readonly type: 'table';
      readonly head?: readonly string[];
      readonly rows: readonly (readonly Words[])[];
    };

export interface Section {
  /** Unique in the report. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
  readonly sections: readonly Section[];
}

export interface Report {
  readonly title: string;
  readonly blocks: readonly Block[];
  readonly sections: readonly Section[];
}

export function said(text: string): Words {
  return [{ text, role: 'text' }];
}

export function code(text: string): Words {
  return [{ text, role: 'code' }];
}
