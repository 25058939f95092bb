import { boxArtToSvg } from './box-art-to-svg.ts';
import { html, Markup } from './markup.ts';
import type { Block, CheckEntry, Report, Run, Section, Words } from './model.ts';
import style from './style.css';

/** The report as one self-contained page: no script, and no font or picture from elsewhere. */
export function page(report: Report): string {
  const { title, blocks, sections } = report;
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="handroll-tour report">
<title>${title}</title>
<style>
${new Markup(style)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${blocks.map(block)}
</header>
<nav aria-label="Contents">
<ol>
${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>\n`)}</ol>
</nav>
<main>
${sections.map((section) => sectionMarkup(section, 2))}</main>
</body>
</html>
`;
  return document.source;
}

function sectionMarkup({ id, title, blocks, sections }: Section, level: 2 | 3): Markup {
  const heading = level === 2 ? html`<h2>${title}</h2>` : html`<h3>${title}</h3>`;
  return html`<section id="${id}">
${heading}
${blocks.map(block)}${sections.map((each) => sectionMarkup(each, 3))}</section>
`;
}

function block(it: Block): Markup {
  switch (it.type) {
    case 'paragraph':
      return html`<p>${runs(it.words)}</p>\n`;
    case 'remark':
      return html`<p class="remark">${it.text}</p>\n`;
    case 'script':
      return html`<pre class="script"><code>${it.source}</code></pre>\n`;
    case 'output':
      return html`<figure class="output"><pre><samp>${it.lines.join('\n')}</samp></pre>
<figcaption>${it.remark}</figcaption></figure>\n`;
    case 'findings':
      return html`<ul class="findings">\n${it.findings.map(finding)}</ul>\n`;
    case 'note':
      return html`<aside><h4>${it.title}</h4>\n${it.paragraphs.map((words) => html`<p>${runs(words)}</p>\n`)}</aside>\n`;
    case 'picture':
      return html`<figure class="picture">${boxArtToSvg(it.rows, it.alt)}</figure>\n`;
    case 'table':
      return table(it.head, it.rows);
  }
}

function table(head: readonly string[] | undefined, rows: readonly (readonly Words[])[]): Markup {
  // In a table without a head, the first cell is the row's header.
  const columns =
    head === undefined
      ? []
      : [html`<thead><tr>${head.map((each) => html`<th scope="col">${each}</th>`)}</tr></thead>\n`];
  const body = rows.map(
    (row) =>
      html`<tr>${row.map((words, at) =>
        at === 0
          ? html`<th scope="row">${runs(words)}</th>`
          : html`<td${label(head?.[at])}>${runs(words)}</td>`,
      )}</tr>\n`,
  );
  return html`<table class="${head === undefined ? 'facts' : 'rows'}">\n${columns}<tbody>\n${body}</tbody></table>\n`;
}

/** The column's name, which a narrow screen shows in each cell. */
function label(column: string | undefined): Markup {
  return column === undefined ? html`` : html` data-column="${column}"`;
}

const marks: Readonly<Record<CheckEntry['mark'], readonly [symbol: string, spoken: string]>> = {
  pass: ['✔', 'holds'],
  witnessed: ['✔', 'was seen'],
  changed: ['▲', 'has changed'],
  unseen: ['▲', 'cannot be seen'],
};

function finding({ mark, says, seen, remark }: CheckEntry): Markup {
  const [symbol, spoken] = marks[mark];
  const evidence = seen === '' ? html`` : html`<span class="seen">${seen}</span>`;
  const more = remark === undefined ? html`` : html`<span class="remark">${remark}</span>`;
  return html`<li class="${mark}"><span class="mark" role="img" aria-label="${spoken}">${symbol}</span><span class="says">${says}</span>${evidence}${more}</li>\n`;
}

function runs(words: Words): Markup[] {
  return words.map(run);
}

function run({ text, role }: Run): Markup {
  switch (role) {
    case 'text':
      return html`${text}`;
    case 'code':
      return html`<code>${text}</code>`;
    case 'emphasis':
      return html`<em>${text}</em>`;
    case 'value':
      return html`<data class="value">${text}</data>`;
    case 'unknown':
      return html`<span class="unknown">${text}</span>`;
  }
}
