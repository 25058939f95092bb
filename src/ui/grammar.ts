import bash from 'highlight.js/lib/languages/bash';
import json from 'highlight.js/lib/languages/json';
import { createLowlight } from 'lowlight';
import { type Line, type Role, span } from './line.ts';

/** The lines of a script or a JSON document, with a role for each part of its grammar. */
export type Highlight = (code: string, language: 'bash' | 'json') => readonly Line[];

/** The classes of highlight.js that look different here. All others are text. */
const roles: Readonly<Record<string, Role>> = {
  'hljs-comment': 'dim',
  'hljs-meta': 'dim',
  'hljs-string': 'string',
  'hljs-keyword': 'keyword',
  'hljs-attr': 'keyword',
  'hljs-variable': 'text',
  'hljs-subst': 'text',
};

type Nodes = ReturnType<ReturnType<typeof createLowlight>['highlight']>['children'];

/** So many codes are kept: a page asks for the same ones with every frame. */
const kept = 1000;

/** The grammars of scripts and JSON. */
export function createHighlight(): Highlight {
  const lowlight = createLowlight({ bash, json });
  const known = new Map<string, readonly Line[]>();
  return (code, language) => {
    const key = `${language} ${code}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const lines = linesOf(lowlight.highlight(language, code).children);
    if (known.size >= kept) known.clear();
    known.set(key, lines);
    return lines;
  };
}

function linesOf(nodes: Nodes): Line[] {
  const lines: Line[] = [[]];
  const visit = (all: Nodes, role: Role) => {
    for (const node of all) {
      if (node.type === 'element') {
        const classes = node.properties.className;
        const [first] = Array.isArray(classes) ? classes : [];
        visit(node.children, roles[String(first)] ?? role);
      }
      if (node.type !== 'text') continue;
      for (const [index, text] of node.value.split('\n').entries()) {
        if (index > 0) lines.push([]);
        if (text !== '') lines[lines.length - 1] = [...(lines.at(-1) ?? []), span(text, role)];
      }
    }
  };
  visit(nodes, 'text');
  return lines;
}
