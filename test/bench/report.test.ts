import { drawChart, isLogarithmic, plotsOf, verdict } from '../../bench/chart';
import type { About } from '../../bench/machine';
import { escapeHtml, groupsOf, reportPage } from '../../bench/report';
import { withRatio, type Row } from '../../bench/row';

const about: About = {
  wembed: '0.0.0',
  dispatch: 'tail',
  node: 'v20',
  v8: '11',
  cpu: 'A <fast> & small one',
  processors: 2,
  memory: 2 ** 34,
  kernel: 'Linux 6',
  date: '2026-01-02T03:04:05.678Z',
  settings: { leastMs: 150, rounds: 5, backends: [], filter: '(?:)' },
};

const rows: Row[] = [
  withRatio({ name: 'kernel/x', what: '', unit: 'ns', wembed: 50, v8: 10 }),
  withRatio({ name: 'backend/x@mapped', what: '', unit: 'ns', wembed: 50, v8: 10 }),
  withRatio({ name: 'backend/x@heap', what: '', unit: 'ns', wembed: 60, v8: 10 }),
  {
    name: 'memory/live/bytes',
    what: '',
    unit: 'bytes',
    wembed: 800,
    target: { text: '1', value: 1 },
  },
  { name: 'memory/reset/pool', what: '', unit: 'ns', wembed: 7, target: { text: '9', value: 9 } },
  { name: 'memory/reset/heap', what: '', unit: 'ns', wembed: 7000 },
  { name: 'memory/reset/gone', what: '<b>', unit: 'ns', missing: 'no "pool" & so on' },
  { name: 'load/none', what: '', unit: 'MB/s', missing: 'not installed' },
];

const bars = (svg: string, colour: string): number =>
  [...svg.matchAll(new RegExp(`<path [^>]*fill="var\\(--${colour}\\)"`, 'g'))].length;

describe('plots', () => {
  test('are made for each group, topic and unit', () => {
    const plots = groupsOf(rows).map(({ name, rows }) => ({
      name,
      titles: plotsOf(rows).map(({ title }) => title),
    }));
    expect(plots).toEqual([
      { name: 'kernel', titles: ['time, less is better'] },
      { name: 'backend', titles: ["time in times of V8's, less is better"] },
      {
        name: 'memory',
        titles: ['live, bytes, less is better', 'reset, time, less is better'],
      },
      { name: 'load', titles: [] },
    ]);
  });

  test('have the backends of a kernel side by side', () => {
    const [plot] = plotsOf(rows.filter(({ name }) => name.startsWith('backend')));
    expect(plot?.categories).toEqual(['x']);
    expect(plot?.bars.map(({ name, values }) => [name, values])).toEqual([
      ['mapped', [5]],
      ['heap', [6]],
    ]);
  });

  test('are logarithmic where figures span much', () => {
    const [, reset] = plotsOf(rows.filter(({ name }) => name.startsWith('memory')));
    const [kernel] = plotsOf(rows.slice(0, 1));
    expect(reset && isLogarithmic(reset)).toBe(true);
    expect(kernel && isLogarithmic(kernel)).toBe(false);
  });
});

describe('charts', () => {
  const draw = (part: Row[], width = 900): string => {
    const [plot] = plotsOf(part);
    return plot === undefined ? '' : drawChart(plot, { width, labels: 130 });
  };

  test('tell small shares from none', () => {
    const shares: Row[] = [
      { name: 'memory/load/few', what: '', unit: 'share', wembed: 1e-4 },
      { name: 'memory/load/all', what: '', unit: 'share', wembed: 1 },
    ];
    const svg = draw(shares, 900);
    expect(svg).toContain('>0.0001</text>');
    expect(svg).not.toContain('>0</text>');
  });

  test('show a bar for each figure and a mark for each target', () => {
    const svg = draw(rows.filter(({ name }) => name.startsWith('memory/reset')));
    expect(svg).toMatch(/^<svg /);
    // One more of each is in the legend.
    expect(bars(svg, 'wembed')).toBe(2 + 1);
    expect(bars(svg, 'target')).toBe(1 + 1);
    expect(bars(svg, 'v8')).toBe(0);
  });

  test('put V8 beside wembed', () => {
    const svg = draw(rows.slice(0, 1), 360);
    expect(bars(svg, 'wembed')).toBe(1 + 1);
    expect(bars(svg, 'v8')).toBe(1 + 1);
    expect(svg).toContain('width="360"');
  });

  test('leave out what is zero on a logarithmic scale', () => {
    const zero: Row = { name: 'memory/reset/zero', what: '', unit: 'ns', wembed: 0 };
    const svg = draw([...rows.filter(({ name }) => name.startsWith('memory/reset')), zero]);
    expect(bars(svg, 'wembed')).toBe(2 + 1);
    expect(svg).not.toContain('NaN');
  });
});

describe('the page', () => {
  const page = reportPage(about, rows);

  test('has all groups and all rows', () => {
    for (const group of ['kernel', 'backend', 'memory', 'load']) {
      expect(page).toContain(`<section id="${group}">`);
    }
    for (const { name } of rows) expect(page).toContain(`>${name}</th>`);
  });

  test('says on what and when it was measured', () => {
    expect(page).toContain('A &lt;fast&gt; &amp; small one, 2 of them');
    expect(page).toContain('2026-01-02 03:04:05 UTC');
    expect(page).toContain('0.0.0, tail dispatch');
  });

  test('counts the targets that are met', () => {
    expect(verdict(rows)).toEqual({ judged: 2, met: 1 });
    expect(page).toContain('1 of 2 targets are met');
  });

  test('says what is missing and why, escaped', () => {
    expect(page).toContain('(no &quot;pool&quot; &amp; so on)');
    expect(page).not.toContain('<b>');
    expect(page).toContain('(not installed)');
    expect(escapeHtml(`<a href='x'>&"`)).toBe('&lt;a href=&#39;x&#39;&gt;&amp;&quot;');
  });

  test('loads nothing', () => {
    expect(page).not.toMatch(/<(script|link|img|iframe)|url\(|@import/);
  });
});
