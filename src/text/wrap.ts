import { splitAt } from './measure.ts';

/**
 * Cuts text into pieces of at most this width and keeps its spaces; there is always at least one piece.
 * It breaks at a space if there is one in the second half of a piece.
 */
export function chop(text: string, width: number): string[] {
  const room = Math.max(1, width);
  const pieces: string[] = [];
  let rest = text;
  do {
    const [head, tail] = splitAt(rest, room);
    // The rest fits, or its first character is wider than the whole room.
    const end = tail === '' || head === '' ? rest.length : breakIn(head, tail, room);
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).replace(/^ /, '');
  } while (rest !== '');
  return pieces;
}

function breakIn(head: string, tail: string, room: number): number {
  if (tail.startsWith(' ')) return head.length;
  const space = head.lastIndexOf(' ');
  return space > room / 2 ? space : head.length;
}
