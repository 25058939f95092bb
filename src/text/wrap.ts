import { splitAt } from './measure.ts';

/**
 * Cuts text whose spaces count into pieces of at most this width; at least one. Where the end of a
 * word is near, the space after it is where the line breaks.
 */
export function chop(text: string, width: number): string[] {
  const room = Math.max(1, width);
  const pieces: string[] = [];
  let rest = text;
  do {
    const [head, tail] = splitAt(rest, room);
    // All of the rest fits, or its first character is wider than all the room there is.
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
