import type { IBufferCell, IBufferLine } from '@xterm/headless';
import { type Line, type Span, type Style, span } from '../line.ts';

/*
 * A row of an emulated terminal as a line of the screen. Programs in the shell have the colours that they
 * chose: the first sixteen by name, as the learner's terminal has them, the others by number.
 */

const named = [
  'black',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'white',
  'blackBright',
  'redBright',
  'greenBright',
  'yellowBright',
  'blueBright',
  'magentaBright',
  'cyanBright',
  'whiteBright',
] as const;

/** The columns of a terminal's row, up to the last one that shows something. */
export function spansOf(row: IBufferLine, cell: IBufferCell): Line {
  const spans: Span[] = [];
  let text = '';
  let style: Style | undefined;
  const end = () => {
    if (text !== '') spans.push(style === undefined ? span(text) : { text, role: 'text', style });
    text = '';
  };
  for (let at = 0; at < row.length; at += 1) {
    row.getCell(at, cell);
    // The second half of a wide character.
    if (cell.getWidth() === 0) continue;
    const own = styleOf(cell);
    if (own !== style) {
      end();
      style = own;
    }
    text += cell.isInvisible() ? ' '.repeat(cell.getWidth()) : charactersIn(cell);
  }
  if (style === undefined) text = text.trimEnd();
  end();
  return spans;
}

/**
 * A cell's characters, without those that join it with the next cell or make it wider: a terminal gives
 * each cell its own place.
 */
function charactersIn(cell: IBufferCell): string {
  const characters = cell.getChars();
  return characters.length < 2
    ? characters || ' '
    : characters.replace(/[\u200d\ufe0e\ufe0f]/g, '');
}

/** Equal styles are one object, so that lines can be compared. */
const styles = new Map<string, Style>();
/** A program may use any number of colours. */
const maxStyles = 4096;

function styleOf(cell: IBufferCell): Style | undefined {
  if (cell.isAttributeDefault()) return undefined;
  const color = foregroundOf(cell);
  const backgroundColor = backgroundOf(cell);
  const style: Style = {
    ...(color !== undefined && { color }),
    ...(backgroundColor !== undefined && { backgroundColor }),
    ...(cell.isBold() !== 0 && { bold: true }),
    ...(cell.isDim() !== 0 && { dimColor: true }),
    ...(cell.isItalic() !== 0 && { italic: true }),
    ...(cell.isUnderline() !== 0 && { underline: true }),
    ...(cell.isStrikethrough() !== 0 && { strikethrough: true }),
    ...(cell.isInverse() !== 0 && { inverse: true }),
  };
  const key = JSON.stringify(style);
  // A link or another attribute that isn't shown here.
  if (key === '{}') return undefined;
  const known = styles.get(key);
  if (known !== undefined) return known;
  if (styles.size >= maxStyles) styles.clear();
  styles.set(key, style);
  return style;
}

function foregroundOf(cell: IBufferCell): string | undefined {
  if (cell.isFgPalette()) return ofPalette(cell.getFgColor());
  return cell.isFgRGB() ? hex(cell.getFgColor()) : undefined;
}

function backgroundOf(cell: IBufferCell): string | undefined {
  if (cell.isBgPalette()) return ofPalette(cell.getBgColor());
  return cell.isBgRGB() ? hex(cell.getBgColor()) : undefined;
}

function ofPalette(index: number): string {
  return named[index] ?? `ansi256(${index})`;
}

function hex(color: number): string {
  return `#${color.toString(16).padStart(6, '0')}`;
}
