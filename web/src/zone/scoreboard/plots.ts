import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, CustomSeriesRenderItemReturn } from 'echarts';
import type { EChartsCoreOption } from 'echarts/core';
import type { Series } from './api';

/** The colours and faces a plot takes from the page. */
export interface Ink {
  text: string;
  muted: string;
  line: string;
  panel: string;
  font: string;
  /** Told apart also without red and green (Okabe and Ito). */
  series: readonly string[];
  still: boolean;
}

/** The words on a plot. */
export interface PlotWords {
  title: string;
  x: string;
  y: string;
  description: string;
}

/** One measured share with its interval, in percent. */
export interface Whisker {
  period: string;
  rate: number;
  low: number;
  high: number;
  n: number;
  k: number;
}

const hundred = (ratio: string | undefined) => Math.round(Number(ratio ?? 0) * 10_000) / 100;

/** The rate id of each cohort that has one. */
export function whiskers(series: Series, id: string): Whisker[] {
  return (series.cohorts ?? []).flatMap((c) => {
    const v = c.rates?.find((r) => r.id === id)?.value;
    if (!v || v.state !== 'computed' || !v.denominator) return [];
    return [{ period: c.period, rate: hundred(v.ratio), low: hundred(v.low), high: hundred(v.high), n: v.denominator, k: v.numerator ?? 0 }];
  });
}

/** The paid-in share of the contracts of one quarter, in percent, with both amounts in fen. */
export interface Fund {
  period: string;
  rate: number;
  paid: number;
  of: number;
  n: number;
}

/** The paid-in share of each quarter that has one; a share of money has no interval. */
export function funds(series: Series): Fund[] {
  return (series.cohorts ?? []).flatMap((c) => {
    const v = c.rates?.find((r) => r.id === 'RES_FUND')?.value;
    if (!v || v.state !== 'computed' || !v.money || !v.money_of) return [];
    return [{ period: c.period, rate: hundred(v.ratio), paid: v.money.minor, of: v.money_of.minor, n: v.denominator ?? 0 }];
  });
}

function common(ink: Ink, words: PlotWords): EChartsCoreOption {
  return {
    animation: !ink.still,
    animationDuration: 150,
    color: [...ink.series],
    textStyle: { fontFamily: ink.font, color: ink.text },
    aria: { enabled: true, label: { enabled: true, description: words.description } },
    backgroundColor: ink.panel,
    tooltip: { confine: true, backgroundColor: ink.panel, borderColor: ink.line, textStyle: { color: ink.text }, renderMode: 'richText' },
  };
}

const axis = (ink: Ink, name: string) => ({ name, nameLocation: 'middle', nameTextStyle: { color: ink.muted }, axisLabel: { color: ink.muted, hideOverlap: true }, axisLine: { lineStyle: { color: ink.line } }, splitLine: { lineStyle: { color: ink.line } } });

/** Rates by quarter: a point with its interval as a whisker for each named rate. */
export function cohortPlot(rates: readonly { name: string; points: readonly Whisker[] }[], periods: readonly string[], ink: Ink, words: PlotWords): EChartsCoreOption {
  const symbols = ['circle', 'rect', 'diamond'];
  return {
    ...common(ink, words),
    legend: rates.length > 1 ? { top: 0, textStyle: { color: ink.text }, data: rates.map((r, i) => ({ name: r.name, icon: symbols[i] })) } : { show: false },
    grid: { left: 56, right: 16, top: rates.length > 1 ? 36 : 16, bottom: 52 },
    xAxis: { type: 'category', data: [...periods], ...axis(ink, words.x), nameGap: 30 },
    yAxis: { type: 'value', min: 0, max: 100, ...axis(ink, words.y), nameGap: 36 },
    series: rates.map((r, i) => ({
      name: r.name,
      type: 'custom',
      encode: { x: 0, y: [1, 2, 3] },
      data: r.points.map((p) => [p.period, p.rate, p.low, p.high, p.k, p.n]),
      tooltip: { formatter: ({ value: v }: { value: (string | number)[] }) => `${v[0]} ${r.name}\n${v[1]}% (${v[4]}/${v[5]})\n${v[2]}%–${v[3]}%` },
      renderItem: (_: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI): CustomSeriesRenderItemReturn => {
        const width = (api.size?.([1, 0]) as number[] | undefined)?.[0] ?? 40;
        const shift = (i - (rates.length - 1) / 2) * Math.min(width / (rates.length + 1), 18);
        const at = (y: number) => api.coord([api.value(0), api.value(y)]) as [number, number];
        const [x, mid] = at(1);
        const [, low] = at(2);
        const [, high] = at(3);
        const colour = ink.series[i] ?? ink.text;
        const stroke = { stroke: colour, lineWidth: 1.5 };
        const line = (x1: number, y1: number, x2: number, y2: number) => ({ type: 'line' as const, shape: { x1, y1, x2, y2 }, style: stroke });
        const cx = x + shift;
        const point =
          i === 0
            ? { type: 'circle' as const, shape: { cx, cy: mid, r: 4.5 }, style: { fill: colour } }
            : i === 1
              ? { type: 'rect' as const, shape: { x: cx - 4, y: mid - 4, width: 8, height: 8 }, style: { fill: colour } }
              : { type: 'polygon' as const, shape: { points: [[cx, mid - 6], [cx + 6, mid], [cx, mid + 6], [cx - 6, mid]] }, style: { fill: colour } };
        return { type: 'group', children: [line(cx, low, cx, high), line(cx - 4, low, cx + 4, low), line(cx - 4, high, cx + 4, high), point] };
      },
    })),
  };
}

/** How much of the contracted money of each quarter's signings has been paid in. */
export function fundPlot(points: readonly Fund[], periods: readonly string[], money: (fen: number) => string, ink: Ink, words: PlotWords): EChartsCoreOption {
  const of = new Map(points.map((p) => [p.period, p]));
  return {
    ...common(ink, words),
    grid: { left: 56, right: 16, top: 28, bottom: 52 },
    xAxis: { type: 'category', data: [...periods], ...axis(ink, words.x), nameGap: 30 },
    yAxis: { type: 'value', min: 0, ...axis(ink, words.y), nameGap: 36 },
    series: [
      {
        type: 'bar',
        barMaxWidth: 28,
        data: periods.map((period) => of.get(period)?.rate ?? null),
        label: { show: true, position: 'top', color: ink.muted, fontSize: 11, formatter: ({ value }: { value: number }) => `${value}%` },
        tooltip: {
          formatter: ({ name }: { name: string }) => {
            const p = of.get(name);
            return p ? `${name}\n${p.rate}%\n${money(p.paid)} / ${money(p.of)} (n=${p.n})` : name;
          },
        },
      },
    ],
  };
}

/** How far the leads of each year have come, in percent of those a stage applies to. */
export function funnelPlot(series: Series, stageName: (id: string) => string, ink: Ink, words: PlotWords): EChartsCoreOption {
  const years = (series.funnels ?? []).filter((f) => f.leads > 0).slice(-3);
  const stages = (years[0]?.steps ?? []).map((s) => s.stage);
  return {
    ...common(ink, words),
    legend: { top: 0, textStyle: { color: ink.text } },
    grid: { left: 96, right: 72, top: 36, bottom: 48 },
    xAxis: { type: 'value', min: 0, max: 100, ...axis(ink, words.x), nameGap: 28 },
    yAxis: { type: 'category', inverse: true, data: stages.map(stageName), ...axis(ink, ''), axisLabel: { color: ink.text } },
    series: years.map((f) => ({
      name: f.period,
      type: 'bar',
      barMaxWidth: 14,
      data: (f.steps ?? []).map((s) => ({ value: s.of ? Math.round((s.came / s.of) * 1000) / 10 : 0, of: `${s.came}/${s.of}` })),
      label: { show: true, position: 'right', color: ink.muted, fontSize: 11, formatter: ({ data }: { data: { of: string } }) => data.of },
      tooltip: { formatter: ({ seriesName, name, data }: { seriesName: string; name: string; data: { value: number; of: string } }) => `${seriesName} ${name}\n${data.value}% (${data.of})` },
    })),
  };
}

/** How long each step takes: 10–90 % thin, the quartiles thick, the median a dot. */
export function spanPlot(series: Series, spanName: (from: string, to: string) => string, ink: Ink, words: PlotWords): EChartsCoreOption {
  const spans = series.spans ?? [];
  const colour = ink.series[0] ?? ink.text;
  return {
    ...common(ink, words),
    grid: { left: 128, right: 24, top: 16, bottom: 48 },
    xAxis: { type: 'value', min: 0, ...axis(ink, words.x), nameGap: 28 },
    yAxis: { type: 'category', inverse: true, data: spans.map((s) => `${spanName(s.from_stage, s.to_stage)}\nn=${s.n}`), ...axis(ink, ''), axisLabel: { color: ink.text } },
    series: [
      {
        type: 'custom',
        encode: { x: [1, 2, 3, 4, 5], y: 0 },
        data: spans.map((s, i) => [i, Number(s.days.p10), Number(s.days.p25), Number(s.days.p50), Number(s.days.p75), Number(s.days.p90)]),
        tooltip: { formatter: ({ value: v }: { value: number[] }) => `${spanName(spans[v[0] ?? 0]?.from_stage ?? '', spans[v[0] ?? 0]?.to_stage ?? '')}\n50%: ${v[3]}\n25–75%: ${v[2]}–${v[4]}\n10–90%: ${v[1]}–${v[5]}` },
        renderItem: (_: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI): CustomSeriesRenderItemReturn => {
          const x = (d: number) => (api.coord([api.value(d), api.value(0)]) as [number, number])[0];
          const y = (api.coord([api.value(1), api.value(0)]) as [number, number])[1];
          return {
            type: 'group',
            children: [
              { type: 'line', shape: { x1: x(1), y1: y, x2: x(5), y2: y }, style: { stroke: colour, lineWidth: 1.5 } },
              { type: 'rect', shape: { x: x(2), y: y - 6, width: Math.max(x(4) - x(2), 1), height: 12 }, style: { fill: colour, opacity: 0.45 } },
              { type: 'circle', shape: { cx: x(3), cy: y, r: 4.5 }, style: { fill: ink.text, stroke: ink.panel, lineWidth: 1 } },
            ],
          };
        },
      },
    ],
  };
}
