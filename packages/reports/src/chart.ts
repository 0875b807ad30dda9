import { escapeHtml } from './escape.ts';
import type { Chart } from './report.ts';

const WIDTH = 640;
const HEIGHT = 200;
const LEFT = 56;
const BOTTOM = 24;
const TOP = 12;
const RIGHT = 12;
const STEPS = 4;

/** A round number not below the greatest value, so that the axis has whole steps. */
function ceiling(max: number): number {
  if (!(max > 0)) return 1;
  const scale = 10 ** Math.floor(Math.log10(max));
  const step = [1, 2, 2.5, 5, 10].find((s) => s * scale >= max) ?? 10;
  return step * scale;
}

const short = (n: number): string =>
  n >= 1e9
    ? `${+(n / 1e9).toFixed(1)} G`
    : n >= 1e6
      ? `${+(n / 1e6).toFixed(1)} M`
      : n >= 1e4
        ? `${+(n / 1e3).toFixed(1)} k`
        : String(+n.toFixed(2));
const round = (n: number): string => String(+n.toFixed(1));

/** Lines as SVG within the page. The figures stand in a table below it, for whoever cannot see it. */
export function chartSvg(chart: Chart, id: string): string {
  const values = chart.lines.flatMap((line) => line.values).filter((v) => v !== null);
  const top = ceiling(Math.max(0, ...values));
  const last = Math.max(1, chart.days.length - 1);
  const x = (i: number) => LEFT + (i / last) * (WIDTH - LEFT - RIGHT);
  const y = (v: number) => HEIGHT - BOTTOM - (Math.max(0, v) / top) * (HEIGHT - BOTTOM - TOP);
  const grid = Array.from({ length: STEPS + 1 }, (_, i) => {
    const value = (top / STEPS) * i;
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(y(value))}" y2="${round(y(value))}"/><text class="axis" x="${LEFT - 6}" y="${round(y(value) + 4)}" text-anchor="end">${short(value)}</text>`;
  });
  const shown = [0, Math.floor(last / 2), last].filter(
    (i, at, all) => all.indexOf(i) === at && i < chart.days.length,
  );
  const days = shown.map((i) => {
    const anchor = i === 0 ? 'start' : i === last ? 'end' : 'middle';
    return `<text class="axis" x="${round(x(i))}" y="${HEIGHT - 6}" text-anchor="${anchor}">${escapeHtml(chart.days[i] ?? '')}</text>`;
  });
  const lines = chart.lines.map(
    (line, n) => `<path class="line line-${n % 4}" d="${pathOf(line.values, x, y)}"/>`,
  );
  return `<svg role="img" aria-labelledby="${id}" viewBox="0 0 ${WIDTH} ${HEIGHT}"><title id="${id}">${escapeHtml(chart.title)}</title>${grid.join('')}${days.join('')}${lines.join('')}</svg>`;
}

/** A line with gaps where nothing is known. */
function pathOf(
  values: readonly (number | null)[],
  x: (i: number) => number,
  y: (v: number) => number,
): string {
  return values
    .map((value, i) => {
      if (value === null) return '';
      const begins = i === 0 || values[i - 1] === null;
      const point = `${begins ? 'M' : 'L'}${round(x(i))} ${round(y(value))}`;
      const isAlone = begins && (values[i + 1] ?? null) === null;
      return isAlone ? `${point}h0.1` : point;
    })
    .join('');
}
