/**
 * The page of measured figures, with its charts: of the rows that
 *   npm run bench -- --json bench/measured.json
 * has kept. They are of one machine and one day, which the page says; without the file there is none.
 */
import { existsSync, readFileSync } from 'node:fs';
import { drawChart, plotsOf } from '../../bench/chart.js';
import type { About } from '../../bench/machine.js';
import { explanations, groupsOf } from '../../bench/report.js';
import { type Row, figure, remarks } from '../../bench/row.js';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

function table(rows: readonly Row[]): string {
  const lines = rows.map((row) =>
    [
      `\`${row.name}\``,
      cell(row.what),
      figure(row.wembed, row.unit),
      figure(row.v8, row.unit),
      row.ratio?.toPrecision(3) ?? '-',
      cell(remarks(row)),
    ].join(' | '),
  );
  return [
    '| name | what | wembed | V8 | wembed / V8 | target |',
    '| --- | --- | --: | --: | --: | --- |',
    ...lines.map((line) => `| ${line} |`),
  ].join('\n');
}

/** A drawing is one block of HTML, which a blank line would end. */
const drawing = (svg: string): string => svg.replace(/\s*\n\s*/g, ' ');

export function figuresText(about: About, rows: Row[]): string {
  const groups = groupsOf(rows).map(({ name, rows: members }) =>
    [
      `## ${name}`,
      explanations[name] ?? '',
      ...plotsOf(members).map(
        (plot) =>
          `<figure class="wembed-chart"><figcaption>${cell(plot.title)}</figcaption>` +
          `${drawing(drawChart(plot, { width: 600, labels: 150 }))}</figure>`,
      ),
      table(members),
    ].join('\n\n'),
  );
  return [
    '# Figures',
    `wembed ${about.wembed} (${about.dispatch} dispatch) and V8 ${about.v8} (Node ${about.node}) in the same run, ` +
      `taking turns; medians. ${about.cpu}, ${about.processors} processors, ${about.kernel}, ` +
      `${about.date.slice(0, 10)}. A red mark is a target; scales that span much are logarithmic. ` +
      '[How it is measured](README.md).',
    ...groups,
  ].join('\n\n');
}

/** The page's text, if the file with the figures is there. */
export function figuresPage(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const { about, rows } = JSON.parse(readFileSync(file, 'utf8')) as { about: About; rows: Row[] };
  return figuresText(about, rows);
}
