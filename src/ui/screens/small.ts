import { type Document, stack } from '../document.ts';
import { span } from '../line.ts';
import type { Size } from '../view.ts';
import { wrap } from '../wrap.ts';

const smallest: Size = { columns: 60, rows: 16 };

export function isTooSmall({ columns, rows }: Size): boolean {
  return columns < smallest.columns || rows < smallest.rows;
}

export function smallDocument(size: Size, width: number): Document {
  const told = `This window is ${size.columns} by ${size.rows}, and the tour needs ${smallest.columns} by ${smallest.rows}. Make it bigger and the page comes back as it was. Nothing stops meanwhile.`;
  return stack([{ lines: wrap([span(told)], width) }]);
}
