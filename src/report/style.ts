/** How the page looks: on paper, on a phone, on a projector, by day and by night. */
export const style = `
:root {
  --paper: #fdfcf9; --ink: #1f2328; --quiet: #656d76; --rule: #dcd9d0;
  --panel: #f4f2ec; --value: #0a6b74; --good: #1a7f37; --warn: #9a6700; --link: #0a6b74;
  --mono: ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #dfe3e6; --quiet: #939ca4; --rule: #31373d;
    --panel: #1c2125; --value: #5cc8d2; --good: #56b870; --warn: #d8a03a; --link: #5cc8d2;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  max-width: 46rem; margin: 0 auto; padding: clamp(1.25rem, 5vw, 4rem) clamp(1rem, 4vw, 1.5rem) 6rem;
  font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", sans-serif;
  overflow-wrap: break-word;
}
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: clamp(1.8rem, 6vw, 2.6rem); letter-spacing: -0.02em; margin: 0 0 1rem; }
h2 { font-size: 1.55rem; letter-spacing: -0.01em; margin: 4.5rem 0 1rem; padding-top: 1.2rem; border-top: 1px solid var(--rule); white-space: pre-wrap; }
h3 { font-size: 1.15rem; margin: 2.8rem 0 0.6rem; }
h4 { font-size: 0.95rem; margin: 0; }
p { margin: 0.7rem 0; }
a { color: var(--link); text-underline-offset: 0.2em; }
code, pre, samp, .value, .seen, svg { font-family: var(--mono); }
code, .value { font-size: 0.9em; }
p code { background: var(--panel); padding: 0.1em 0.3em; border-radius: 0.25em; }
.value { color: var(--value); }
.unknown { color: var(--quiet); font-style: italic; }
.remark { color: var(--quiet); font-size: 0.85rem; }
nav ol { list-style: none; margin: 2rem 0 0; padding: 0; columns: 2 18rem; column-gap: 2rem; }
nav li { break-inside: avoid; padding: 0.15rem 0; }
nav a { text-decoration: none; white-space: pre-wrap; }
nav a:hover, nav a:focus-visible { text-decoration: underline; }
pre { margin: 0; font-size: 0.83rem; line-height: 1.5; overflow-x: auto; tab-size: 4; }
pre code, pre samp { font-size: inherit; font-family: inherit; }
.script { margin: 1rem 0 0; padding: 0.9rem 1.1rem; background: var(--panel); border-radius: 0.5rem; }
figure { margin: 0; }
.output { margin: 0.6rem 0 0; padding-left: 1.1rem; border-left: 3px solid var(--rule); }
.output pre { color: var(--quiet); }
figcaption { margin-top: 0.3rem; color: var(--quiet); font-size: 0.85rem; }
.picture { margin: 1.6rem 0; padding: 1.2rem 1.1rem; border: 1px solid var(--rule); border-radius: 0.5rem; overflow-x: auto; }
.picture svg { display: block; margin: 0 auto; max-width: 100%; min-width: 20rem; height: auto; font-size: 13.3px; }
.picture text { fill: var(--ink); white-space: pre; }
.picture text.value { fill: var(--value); font-size: inherit; }
.picture text.unknown { fill: var(--quiet); font-style: normal; }
.picture .line { fill: none; stroke: var(--quiet); stroke-width: 1.2; stroke-linecap: square; }
.picture .tip { fill: var(--quiet); }
.findings { list-style: none; margin: 1rem 0; padding: 0; }
.findings li { position: relative; margin: 0.55rem 0; padding-left: 1.7rem; }
.findings .mark { position: absolute; left: 0.15rem; color: var(--good); }
.findings .changed .mark, .findings .unseen .mark { color: var(--warn); }
.findings .seen, .findings .remark { display: block; }
.findings .seen { font-size: 0.8rem; line-height: 1.5; color: var(--quiet); overflow-wrap: anywhere; white-space: pre-wrap; }
.findings .remark { font-size: 0.8rem; }
.findings .changed .remark, .findings .unseen .remark { color: var(--warn); overflow-wrap: anywhere; }
aside { margin: 1.4rem 0; padding: 0.9rem 1.1rem; border-left: 3px solid var(--value); background: var(--panel); border-radius: 0 0.5rem 0.5rem 0; font-size: 0.96rem; }
aside p { margin: 0.4rem 0 0; }
aside p code { background: none; padding: 0; }
table { width: 100%; margin: 1.4rem 0; border-collapse: collapse; font-size: 0.95rem; line-height: 1.45; }
th, td { padding: 0.5rem 1rem 0.5rem 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
thead th { color: var(--quiet); font-weight: 600; font-size: 0.85rem; }
tbody th { font-weight: 600; white-space: pre-wrap; }
.facts th { width: 13rem; font-weight: 400; color: var(--quiet); }
td code { font-size: 0.74em; overflow-wrap: anywhere; }
@media (max-width: 34rem) {
  .picture { padding: 0.9rem 0.7rem; }
  .facts tr, .rows tr { display: block; padding: 0.6rem 0; border-bottom: 1px solid var(--rule); }
  .facts th, .facts td, .rows th, .rows td { display: block; width: auto; padding: 0.1rem 0; border: 0; }
  .rows thead { display: none; }
  .rows td::before { content: attr(data-column) ": "; color: var(--quiet); }
}
@media print {
  :root {
    --paper: #fff; --ink: #000; --quiet: #555; --rule: #bbb; --panel: #f5f5f2;
    --value: #064f56; --good: #14602a; --warn: #7a5200; --link: #000;
  }
  @page { margin: 18mm 16mm; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  h2 { margin-top: 2.4rem; }
  h1, h2, h3, h4 { break-after: avoid; }
  .picture, .findings li, aside, tr { break-inside: avoid; }
  .picture { overflow: visible; }
  .picture svg { min-width: 0; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; overflow: visible; font-size: 8.5pt; }
  .script { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  p { orphans: 3; widows: 3; }
  a { text-decoration: none; }
}
`;
