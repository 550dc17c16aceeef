import { type Html, html, type Piece } from './html.ts';
import type { Page } from './page.ts';

/**
 * The practice's part of an adapter's guide as a page: what stands before {@link operatorsPart}. Knows the few forms of
 * Markdown that such guides use: headings, paragraphs, lists without anything nested, tables, fenced code, `code`,
 * **strong**, *stressed* and links to https addresses; everything else is text.
 */
export function guidePage(emr: string, markdown: string): Page {
  const all = markdown.replaceAll('\r', '').split('\n');
  const end = all.indexOf(operatorsPart);
  const lines = end < 0 ? all : all.slice(0, end);
  const title = /^# (.+)$/.exec(lines[0] ?? '')?.[1];
  return {
    title: title ?? `Connecting ${emr}`,
    body: blocksOf(title === undefined ? lines : lines.slice(1)).map(blockOf),
  };
}

/** Heading below which a guide speaks to whoever runs the gateway, of registrations that are no practice's business. */
export const operatorsPart = '## For the operator of the gateway';

/** Lines that belong together: a fence, or what stands between empty lines. */
function blocksOf(lines: readonly string[]): string[][] {
  const blocks: string[][] = [[]];
  let fenced = false;
  for (const line of lines) {
    const fence = line.startsWith('```');
    const isHeading = /^#{1,4} /.test(line);
    if (!fenced && (line.trim() === '' || fence || isHeading)) blocks.push([]);
    if (fenced || line.trim() !== '') blocks.at(-1)?.push(line);
    if (fence) fenced = !fenced;
    if ((fence && !fenced) || (!fenced && isHeading)) blocks.push([]);
  }
  return blocks.filter((block) => block.length > 0);
}

function blockOf(lines: readonly string[]): Html {
  const [first = ''] = lines;
  if (first.startsWith('```')) {
    const inner = lines.slice(1).filter((line) => !line.startsWith('```'));
    return html`<pre>${inner.join('\n')}</pre>`;
  }
  const [, marks = '', heading] = /^(#{1,4}) (.+)$/.exec(first) ?? [];
  if (heading !== undefined)
    return marks.length < 3 ? html`<h2>${inline(heading)}</h2>` : html`<h3>${inline(heading)}</h3>`;
  if (/^\|.*\|\s*$/.test(first) && /^\|[\s:|-]+\|\s*$/.test(lines[1] ?? '')) return tableOf(lines);
  if (bullet.test(first)) return html`<ul>${itemsOf(lines, bullet)}</ul>`;
  const [, start] = /^(\d{1,2})[.)] /.exec(first) ?? [];
  if (start !== undefined) return html`<ol start="${start}">${itemsOf(lines, numbered)}</ol>`;
  return html`<p>${inline(lines.map((line) => line.trim()).join(' '))}</p>`;
}

const bullet = /^[-*] +/;
const numbered = /^\d{1,2}[.)] +/;

/** A line without a mark goes on with the item before it. */
function itemsOf(lines: readonly string[], mark: RegExp): Html[] {
  const items: string[] = [];
  for (const line of lines) {
    if (mark.test(line)) items.push(line.replace(mark, ''));
    else items.push(`${items.pop() ?? ''} ${line.trim()}`);
  }
  return items.map((item) => html`<li>${inline(item)}</li>`);
}

function tableOf([head = '', , ...rows]: readonly string[]): Html {
  const cells = (line: string): string[] =>
    line
      .trim()
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|'));
  return html`<table>
<thead><tr>${cells(head).map((cell) => html`<th scope="col">${inline(cell)}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${cells(row).map((cell) => html`<td>${inline(cell)}</td>`)}</tr>`)}</tbody>
</table>`;
}

const spans = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\((https:\/\/[^)\s]+)\)/g;

function inline(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(spans)) {
    const [whole, code, strong, stressed, words, address] = match;
    pieces.push(text.slice(end, match.index));
    if (code !== undefined) pieces.push(html`<code>${code}</code>`);
    else if (strong !== undefined) pieces.push(html`<strong>${strong}</strong>`);
    else if (stressed !== undefined) pieces.push(html`<em>${stressed}</em>`);
    else pieces.push(html`<a href="${address}" rel="noreferrer">${words}</a>`);
    end = match.index + whole.length;
  }
  return [...pieces, text.slice(end)];
}
