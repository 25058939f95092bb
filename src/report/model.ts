/*
 * A report, before it is Markdown or HTML. Every string in it is text, never markup: what it says may
 * come from a script's output, and each renderer escapes all of it.
 */

/** A stretch of text that reads in one way. */
export interface Run {
  readonly text: string;
  /** `value` is what the machine said; `unknown` stands where it says nothing. */
  readonly role: 'text' | 'code' | 'emphasis' | 'value' | 'unknown';
}

export type Words = readonly Run[];

/** What one check says. */
export interface Finding {
  /** `changed` held once and does not now; `unseen` cannot be looked at now. */
  readonly mark: 'pass' | 'witnessed' | 'changed' | 'unseen';
  readonly says: string;
  readonly seen: string;
  /** What is to be added: when it was seen, what it is now. */
  readonly remark?: string;
}

export type Block =
  | { readonly type: 'paragraph'; readonly words: Words }
  | { readonly type: 'script'; readonly source: string }
  | { readonly type: 'output'; readonly lines: readonly string[]; readonly remark: string }
  | { readonly type: 'remark'; readonly text: string }
  | { readonly type: 'findings'; readonly findings: readonly Finding[] }
  | { readonly type: 'note'; readonly title: string; readonly paragraphs: readonly Words[] }
  | {
      readonly type: 'picture';
      /** Every space counts. */
      readonly rows: readonly Words[];
      /** What it shows, in words. */
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
