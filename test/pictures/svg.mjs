// @ts-check
// A screen of a terminal as SVG: text that stays text, in columns that align in any font.

/**
 * Characters beside each other that look the same.
 *
 * @typedef {object} Run
 * @property {number} column
 * @property {number} columns
 * @property {string} text
 * @property {string} look class names: c0 to c15, bold, dim, underlined
 */

/** A place of the screen, as xterm.js has it. @typedef {import('@xterm/headless').IBufferLine} BufferLine */

const columns = 80;
/** Pixels: a character's width and height at this size of font, and the margin around the screen. */
const [width, height, fontSize, margin] = [8.43, 18, 14, 16];

/** The colours on either background; the bright ones look like the others. */
const palettes = {
  dark: {
    page: '#0d1117',
    text: '#e6edf3',
    edge: '#30363d',
    colors: [
      '#6e7681',
      '#ff7b72',
      '#3fb950',
      '#d29922',
      '#58a6ff',
      '#bc8cff',
      '#39c5cf',
      '#b1bac4',
    ],
  },
  light: {
    page: '#ffffff',
    text: '#1f2328',
    edge: '#d0d7de',
    colors: [
      '#57606a',
      '#cf222e',
      '#116329',
      '#7d4e00',
      '#0969da',
      '#8250df',
      '#1b7c83',
      '#6e7781',
    ],
  },
};

/**
 * The runs of a row, without the blanks between them.
 *
 * @param {BufferLine | undefined} line
 * @returns {Run[]}
 */
export function runsIn(line) {
  /** @type {Run[]} */
  const runs = [];
  for (let column = 0; line !== undefined && column < columns; column += 1) {
    const cell = line.getCell(column);
    const text = cell?.getChars() ?? '';
    if (cell === undefined || cell.getWidth() === 0 || text === '') continue;
    const look = lookOf(cell);
    const last = runs.at(-1);
    if (last?.look === look && last.column + last.columns === column) {
      last.text += text;
      last.columns += cell.getWidth();
    } else runs.push({ column, columns: cell.getWidth(), text, look });
  }
  return runs.flatMap(words);
}

/** @param {import('@xterm/headless').IBufferCell} cell */
function lookOf(cell) {
  const look = [];
  if (cell.isFgPalette()) look.push(`c${cell.getFgColor() % 8}`);
  if (cell.isBold()) look.push('bold');
  if (cell.isDim()) look.push('dim');
  if (cell.isUnderline()) look.push('underlined');
  return look.join(' ');
}

/**
 * The parts of a run between blanks, since not every viewer keeps two of them.
 *
 * @param {Run} run
 * @returns {Run[]}
 */
function words({ column, text, look }) {
  // No character here is wider than a column.
  return [...text.matchAll(/\S+(?: \S+)*/g)].map(({ index, 0: part }) => ({
    column: column + index,
    columns: part.length,
    text: part,
    look,
  }));
}

const escaped = (/** @type {string} */ text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * @param {readonly (readonly Run[])[]} screen
 * @param {{ palette: keyof typeof palettes, title: string, version: string }} options
 */
export function svgOf(screen, { palette, title, version }) {
  const { page, text, edge, colors } = palettes[palette];
  const rows = screen.findLastIndex((runs) => runs.length > 0) + 1;
  const across = rounded(columns * width + 2 * margin);
  const down = rounded(rows * height + 2 * margin);
  const looks = colors.map((color, at) => `.c${at}{fill:${color}}`);
  const lines = screen.flatMap((runs, row) => {
    if (runs.length === 0) return [];
    const y = rounded(margin + (row + 0.75) * height);
    return [`<text y="${y}">${runs.map(spanOf).join('')}</text>`];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${across} ${down}" width="${across}" height="${down}">
<title>${escaped(title)}</title>
<metadata>handroll-tour ${version}</metadata>
<style>
text{font:${fontSize}px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,"Liberation Mono",monospace;fill:${text}}
${looks.join('')}
.bold{font-weight:bold}.dim{fill-opacity:.65}.underlined{text-decoration:underline}
</style>
<rect x=".5" y=".5" width="${rounded(across - 1)}" height="${rounded(down - 1)}" rx="8" fill="${page}" stroke="${edge}"/>
${lines.join('\n')}
</svg>
`;
}

/** @param {Run} run */
function spanOf({ column, columns: taken, text, look }) {
  const place = `x="${rounded(margin + column * width)}" textLength="${rounded(taken * width)}"`;
  const named = look === '' ? '' : ` class="${look}"`;
  return `<tspan ${place} lengthAdjust="spacingAndGlyphs"${named}>${escaped(text)}</tspan>`;
}

/** @param {number} pixels */
function rounded(pixels) {
  return Math.round(pixels * 100) / 100;
}

/** The rows of a picture's text. @param {string} svg @returns {string[]} */
export function rowsOf(svg) {
  const text = (/** @type {string} */ part) =>
    part
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&');
  return [...svg.matchAll(/<text [^>]*>(.*?)<\/text>/g)].map(([, row = '']) => text(row).trim());
}
