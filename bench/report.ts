/** The report as one self-contained HTML page: facts, and for each group its charts and its table. */
import { drawChart, plotsOf, verdict, type Plot } from './chart.js';
import type { About } from './machine.js';
import { figure, meetsTarget, remarks, type Row } from './row.js';

interface Group {
  name: string;
  rows: Row[];
}

/** What each group is about. */
export const explanations: Record<string, string> = {
  kernel: 'Compute kernels, one pass of each: the same module in both engines.',
  c_kernel: 'Kernels in C, as clang makes them at -O3: the same module in both engines.',
  kernels: 'Summary of the kernels.',
  backend:
    'The same kernels on every memory backend. Code that runs a guest sees base and size alone; ' +
    'what differs is whether an access is checked or guarded.',
  c: 'Operations of the C API, in loops of C; V8 from JavaScript.',
  node: 'Operations of the TypeScript API.',
  memory:
    'Instances made, reset and dropped on every backend and step; tables; two threads; what loading ' +
    'adds; instances that stay; memory given back to the system.',
  load: 'Decoding and validating large modules on one core.',
};

export function escapeHtml(text: string): string {
  const names: Record<string, string> = {
    '&': 'amp',
    '<': 'lt',
    '>': 'gt',
    '"': 'quot',
    "'": '#39',
  };
  return text.replace(/[&<>"']/g, (c) => `&${names[c] ?? ''};`);
}

export function groupsOf(rows: Row[]): Group[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = row.name.split('/')[0] ?? '';
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups].map(([name, members]) => ({ name, rows: members }));
}

function factsOf(about: About): string {
  const { leastMs, rounds, filter } = about.settings;
  const rows = filter === '(?:)' ? 'all rows' : `rows that match ${filter}`;
  const facts: [string, string][] = [
    ['wembed', `${about.wembed}, ${about.dispatch} dispatch`],
    ['V8', `${about.v8} (Node ${about.node})`],
    ['Processor', `${about.cpu}, ${about.processors} of them`],
    ['Memory', figure(about.memory, 'bytes')],
    ['System', about.kernel],
    ['Date', about.date.replace('T', ' ').replace(/\.\d+Z/, ' UTC')],
    ['Settings', `${rows}; parts of ${leastMs} ms or more, median of ${rounds}`],
  ];
  return facts
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`)
    .join('');
}

/** Two drawings of one plot; the page shows the one that fits the screen. */
function chartHtml(plot: Plot): string {
  const wide = drawChart(plot, { width: 900, labels: 220 });
  const narrow = drawChart(plot, { width: 360, labels: 130 });
  return `<figure><figcaption>${escapeHtml(plot.title)}</figcaption>
<div class="wide">${wide}</div><div class="narrow">${narrow}</div></figure>`;
}

function rowHtml(row: Row): string {
  const met = meetsTarget(row);
  const mark = met === undefined ? '' : met ? ' class="met"' : ' class="missed"';
  const cells = [
    `<th scope="row">${escapeHtml(row.name)}</th>`,
    `<td>${escapeHtml(row.what)}</td>`,
    `<td class="number">${figure(row.wembed, row.unit)}</td>`,
    `<td class="number">${figure(row.v8, row.unit)}</td>`,
    `<td class="number">${row.ratio === undefined ? '-' : row.ratio.toPrecision(3)}</td>`,
    `<td${mark}>${escapeHtml(remarks(row))}</td>`,
  ];
  return `<tr>${cells.join('')}</tr>`;
}

function tableHtml(rows: Row[]): string {
  const heads = ['name', 'what', 'wembed', 'V8', 'wembed / V8', 'target'].map((head, i) => {
    return `<th scope="col"${i >= 2 && i <= 4 ? ' class="number"' : ''}>${head}</th>`;
  });
  return `<div class="scroll"><table>
<thead><tr>${heads.join('')}</tr></thead>
<tbody>${rows.map(rowHtml).join('\n')}</tbody></table></div>`;
}

function groupHtml({ name, rows }: Group): string {
  const { judged, met } = verdict(rows);
  const count = judged === 0 ? '' : ` <small>${met} of ${judged} targets met</small>`;
  return `<section id="${escapeHtml(name)}"><h2>${escapeHtml(name)}${count}</h2>
<p>${escapeHtml(explanations[name] ?? '')}</p>
${plotsOf(rows).map(chartHtml).join('\n')}
${tableHtml(rows)}</section>`;
}

const style = `
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2127; --soft: #5a6472;
  --line: #d8dde3; --wembed: #1668b8; --v8: #b9c2cc; --target: #d0342c; --good: #18794e;
  --series-0: #1668b8; --series-1: #d97a1a; --series-2: #2a9461; --series-3: #8a56c2;
  --series-4: #5aa7e6; --series-5: #a9791c; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e4e8ec; --soft: #9aa5b1;
  --line: #333c46; --wembed: #58a6f0; --v8: #5d6976; --target: #ff6b5e; --good: #4fc38a;
  --series-0: #58a6f0; --series-1: #f0a04b; --series-2: #52c48d; --series-3: #b58ae6;
  --series-4: #2f74b8; --series-5: #d9b04f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 60rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 .5rem; } h2 { margin: 2.5rem 0 .25rem; border-top: 1px solid var(--line);
  padding-top: 1.5rem; } h2 small { color: var(--soft); font-size: .8rem; font-weight: 400; }
p, figcaption { color: var(--soft); margin: 0 0 .75rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 1rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; } a { color: var(--wembed); }
figure { margin: 1rem 0; } figcaption { font-size: .85rem; margin-bottom: .25rem; }
figure svg { display: block; max-width: 100%; height: auto; } .narrow { display: none; }
@media (max-width: 40rem) { .wide { display: none; } .narrow { display: block; } }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .85rem; width: 100%; }
th, td { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; } th[scope=row] { font-weight: 500; white-space: nowrap; }
thead th { color: var(--soft); font-weight: 500; } .number { text-align: right;
  white-space: nowrap; font-variant-numeric: tabular-nums; } .met { color: var(--good); }
.missed { color: var(--target); }
`;

export function reportPage(about: About, rows: Row[]): string {
  const groups = groupsOf(rows);
  const { judged, met } = verdict(rows);
  const links = groups.map(({ name }) => {
    const text = escapeHtml(name);
    return `<a href="#${text}">${text}</a>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>wembed benchmarks, ${escapeHtml(about.date.slice(0, 10))}</title>
<style>${style}</style></head><body>
<h1>wembed benchmarks</h1>
<p>wembed and V8 in the same run, taking turns; medians. ${met} of ${judged} targets are met; a red
mark in a chart is a target. Scales that span much are logarithmic.</p>
<dl>${factsOf(about)}</dl>
<nav>${links.join('')}</nav>
${groups.map(groupHtml).join('\n')}
</body></html>
`;
}
