/**
 * One group's figures as a chart: SVG text, drawn here and not in the reader's browser. Colours are
 * the page's CSS variables, so a chart follows the page from light to dark.
 */
import * as echarts from 'echarts';
import { figure, largerIsBetter, meetsTarget, targetValue, type Row, type Unit } from './row.js';

/** What a chart shows; several bars for each category. */
export interface Plot {
  title: string;
  unit: Unit;
  categories: string[];
  bars: { name: string; colour: string; values: (number | undefined)[] }[];
  /** Where a mark stands, by category. */
  targets: (number | undefined)[];
}

export interface Layout {
  width: number;
  /** Pixels for the names at the left. */
  labels: number;
}

const unitTitles: Record<Unit, string> = {
  ns: 'time',
  bytes: 'bytes',
  share: 'share',
  'MB/s': 'MB/s',
  score: 'points',
  count: 'number',
};

const backendColours = 6;

const shortName = (row: Row): string => row.name.slice(row.name.lastIndexOf('/') + 1);

/** The middle of group/topic/name. */
const topicOf = (row: Row): string => row.name.split('/').slice(1, -1).join('/');

/** Rows named kernel@backend: a bar for each backend, in times of V8's. */
function backendPlot(rows: Row[]): Plot {
  const part = (row: Row, i: number): string => shortName(row).split('@')[i] ?? '';
  const categories = [...new Set(rows.map((row) => part(row, 0)))];
  const backends = [...new Set(rows.map((row) => part(row, 1)))];
  const of = (category: string, backend: string): number | undefined =>
    rows.find((row) => part(row, 0) === category && part(row, 1) === backend)?.ratio;
  return {
    title: "time in times of V8's, less is better",
    unit: 'share',
    categories,
    bars: backends.map((name, i) => ({
      name,
      colour: `var(--series-${i % backendColours})`,
      values: categories.map((category) => of(category, name)),
    })),
    targets: [],
  };
}

function plainPlot(topic: string, unit: Unit, rows: Row[]): Plot {
  const hasV8 = rows.some(({ v8 }) => v8 !== undefined);
  const v8 = { name: 'V8', colour: 'var(--v8)', values: rows.map((row) => row.v8) };
  return {
    title: [
      ...(topic === '' ? [] : [topic]),
      unitTitles[unit],
      rows.some(largerIsBetter) ? 'more is better' : 'less is better',
    ].join(', '),
    unit,
    categories: rows.map(shortName),
    bars: [
      { name: 'wembed', colour: 'var(--wembed)', values: rows.map((row) => row.wembed) },
      ...(hasV8 ? [v8] : []),
    ],
    targets: rows.map(targetValue),
  };
}

/** The plots of a group: figures of different topics or units do not share a scale. */
export function plotsOf(rows: Row[]): Plot[] {
  const withFigures = rows.filter(({ wembed, v8 }) => wembed !== undefined || v8 !== undefined);
  if (withFigures.length === 0) return [];
  if (withFigures.every(({ name }) => name.includes('@'))) return [backendPlot(withFigures)];
  const plots = new Map<string, Row[]>();
  for (const row of withFigures) {
    const key = `${topicOf(row)} ${row.unit} ${largerIsBetter(row)}`;
    plots.set(key, [...(plots.get(key) ?? []), row]);
  }
  return [...plots.values()].flatMap((members) => {
    const [first] = members;
    return first === undefined ? [] : [plainPlot(topicOf(first), first.unit, members)];
  });
}

/** A logarithmic scale where a linear one would leave the small bars without length. */
export function isLogarithmic({ bars, targets }: Plot): boolean {
  const values = [...bars.flatMap((bar) => bar.values), ...targets].filter(
    (value): value is number => value !== undefined && value > 0,
  );
  return Math.max(...values) > 30 * Math.min(...values);
}

const barHeight = 9;
const frame = 64;

function bound(plot: Plot): number {
  const values = plot.bars.flatMap(({ values }) => values).concat(plot.targets);
  const least = Math.min(...values.filter((value): value is number => (value ?? 0) > 0));
  return 10 ** Math.floor(Math.log10(least) - 0.3);
}

function axisOf(plot: Plot): echarts.EChartsOption['xAxis'] {
  const label = {
    color: 'var(--soft)',
    fontSize: 11,
    hideOverlap: true,
    formatter: (value: number) => figure(value, plot.unit).replace(/\.0+(?= |$)/, ''),
  };
  const lines = { splitLine: { lineStyle: { color: 'var(--line)' } }, axisLabel: label };
  if (isLogarithmic(plot))
    return { type: 'log', min: bound(plot), startValue: bound(plot), ...lines };
  return { type: 'value', min: 0, splitNumber: 4, ...lines };
}

/** Space for a category: its bars and as much as one of them between it and the next. */
function rowHeight(plot: Plot): number {
  return barHeight * plot.bars.length + 9;
}

export function drawChart(plot: Plot, layout: Layout): string {
  const height = frame + plot.categories.length * rowHeight(plot);
  const chart = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: layout.width,
    height,
  });
  const log = isLogarithmic(plot);
  const text = { color: 'var(--ink)', fontSize: 12 };
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: 'system-ui, sans-serif' },
    legend: { top: 0, left: 0, itemGap: 22, itemHeight: 10, itemWidth: 14, textStyle: text },
    grid: { left: layout.labels, right: 24, top: 30, bottom: 26 },
    xAxis: axisOf(plot),
    yAxis: {
      type: 'category',
      inverse: true,
      data: plot.categories,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: 'var(--line)' } },
      // Letters are a little wider in a browser than it is assumed here.
      axisLabel: { ...text, interval: 0, width: layout.labels * 0.82, overflow: 'truncate' },
    },
    series: [
      ...plot.bars.map((bar) => ({
        name: bar.name,
        type: 'bar' as const,
        barWidth: barHeight,
        barGap: '0%',
        itemStyle: { color: bar.colour },
        // Nothing has no place on a logarithmic scale.
        data: bar.values.map((value) => (value === undefined || (log && value <= 0) ? '-' : value)),
      })),
      ...targetSeries(plot),
    ],
  } as echarts.EChartsOption);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function targetSeries(plot: Plot): object[] {
  if (plot.targets.every((target) => target === undefined)) return [];
  return [
    {
      name: 'target',
      type: 'scatter',
      symbol: 'rect',
      symbolSize: [3, rowHeight(plot) - 3],
      itemStyle: { color: 'var(--target)' },
      data: plot.targets.map((target, i) => [target ?? '-', i]),
      z: 5,
    },
  ];
}

/** How many rows have a target that can be judged, and how many of these meet it. */
export function verdict(rows: Row[]): { judged: number; met: number } {
  const judged = rows.map(meetsTarget).filter((met) => met !== undefined);
  return { judged: judged.length, met: judged.filter((met) => met).length };
}
