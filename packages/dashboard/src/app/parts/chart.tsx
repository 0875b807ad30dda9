import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { count, time } from '../../model/format.ts';
import type { Lines } from '../../model/series.ts';
import { useRouter } from '../router.tsx';
import { Table } from './table.tsx';

/** Lines differ in dashes as well as in colour. */
const DASHES: readonly (readonly number[])[] = [
  [],
  [7, 4],
  [2, 3],
  [10, 3, 2, 3],
  [],
  [7, 4],
  [2, 3],
  [10, 3, 2, 3],
];
const HEIGHT = 220;
/** Of a time and of a digit on an axis, in pixels. */
const TIME_WIDTH = 75;
const CHAR_WIDTH = 7.5;
/** Times of an axis by the distance of its marks: 24 hours, and the date where it changes. */
const TIMES = [
  [31_536_000, '{YYYY}', null, null, null, null, null, null, 1],
  [2_419_200, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [86_400, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [60, '{HH}:{mm}', '\n{D} {MMM} {YYYY}', null, '\n{D} {MMM}', null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', '\n{D} {MMM} {YYYY}', null, '\n{D} {MMM}', null, null, null, 1],
];
/** Distances of an axis that counts things: there is no half of one. */
const WHOLE = Array.from({ length: 15 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power)).flat();
const MAX_TABLE_ROWS = 400;

export interface ChartProps {
  readonly title: string;
  /** What the upright axis counts. */
  readonly unit: string;
  readonly lines: Lines;
  readonly format: (value: number | null) => string;
  /** On the axis, where it should be shorter than elsewhere. */
  readonly axisFormat?: (value: number | null) => string;
  /** Filled to the axis, for amounts. */
  readonly isFilled?: boolean;
  /** The last step is not over: its amounts grow yet. */
  readonly isOpen?: boolean;
  readonly height?: number;
}

/** Time series on a canvas, with a legend in words and the same figures as a table. */
export function Chart(props: ChartProps) {
  const { title, lines, format, isOpen = false } = props;
  const [index, setIndex] = useState<number | null>(null);
  const { zone } = useRouter();
  const at = index === null ? undefined : lines.seconds[index];
  const last = (values: readonly (number | null)[]) => values.findLast((v) => v !== null) ?? null;
  return (
    <figure class="chart">
      <ul
        class="legend"
        aria-label={`${title}: ${at === undefined ? 'latest values' : 'values under the pointer'}`}
      >
        {lines.lines.map((line, i) => (
          <li key={line.name}>
            <svg class={`swatch line-${i % 8}`} viewBox="0 0 26 8" aria-hidden="true">
              <path
                d="M0 4H26"
                {...(DASHES[i % 8]?.length ? { 'stroke-dasharray': DASHES[i % 8]?.join(' ') ?? '' } : {})}
              />
            </svg>
            {line.name} <b>{format(index === null ? last(line.values) : (line.values[index] ?? null))}</b>
          </li>
        ))}
        <li class="quiet when">
          {at === undefined ? 'latest' : time(new Date(at * 1_000).toISOString(), zone)}
          {isOpen && (index === null || index === lines.seconds.length - 1) && ', not over yet'}
        </li>
      </ul>
      <Plot {...props} zone={zone} onIndex={setIndex} />
      <AsTable {...props} zone={zone} />
    </figure>
  );
}

/** From nothing to the highest, and as far below nothing as there is something. */
function rangeOf(min: number | null, max: number | null): [number, number] {
  const [lowest, highest] = [Math.min(0, min ?? 0) * 1.08, Math.max(0, max ?? 0) * 1.08];
  return lowest === highest ? [0, 1] : [lowest, highest];
}

function colours(element: Element) {
  const style = getComputedStyle(element);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return { line: (i: number) => of(`--line-${i % 8}`), text: of('--quiet'), grid: of('--grid') };
}

/** Tells when the browser changes between light and dark. */
function useScheme(): boolean {
  const query = useMemo(() => matchMedia('(prefers-color-scheme: dark)'), []);
  const [isDark, setDark] = useState(query.matches);
  useEffect(() => {
    const changed = () => setDark(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, [query]);
  return isDark;
}

function Plot(
  props: ChartProps & { readonly zone: string; readonly onIndex: (index: number | null) => void },
) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const isDark = useScheme();
  const { lines, format, axisFormat = format, unit, zone, isFilled = false, height = HEIGHT, title } = props;
  const isCounted = format === count;
  const names = lines.lines.map((l) => l.name).join('\n');
  const data = useMemo(
    () => [[...lines.seconds], ...lines.lines.map((l) => [...l.values])] as unknown as uPlot.AlignedData,
    [lines],
  );
  const latest = useRef({ axisFormat, onIndex: props.onIndex, data });
  latest.current = { axisFormat, onIndex: props.onIndex, data };

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const { line, text, grid } = colours(element);
    const axis = {
      stroke: text,
      grid: { stroke: grid, width: 1 },
      ticks: { stroke: grid, width: 1 },
      font: '12px system-ui',
    };
    const made = new uPlot(
      {
        width: element.clientWidth || 300,
        height,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone),
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false } },
        scales: { y: { range: (_u, min, max) => rangeOf(min, max) } },
        axes: [
          { ...axis, space: TIME_WIDTH, values: TIMES as uPlot.Axis.Values },
          {
            ...axis,
            ...(isCounted ? { incrs: WHOLE } : {}),
            label: unit,
            labelSize: 18,
            labelFont: '12px system-ui',
            size: (_u, values) => 20 + CHAR_WIDTH * Math.max(3, ...(values ?? []).map((v) => v.length)),
            values: (_u, splits) => splits.map((v) => latest.current.axisFormat(v)),
          },
        ],
        series: [
          {},
          ...names.split('\n').map((_, i) => ({
            stroke: line(i),
            width: 2,
            dash: [...(DASHES[i % 8] ?? [])],
            points: { show: lines.seconds.length < 3 },
            spanGaps: false,
            ...(isFilled ? { fill: `${line(i)}22` } : {}),
          })),
        ],
        hooks: { setCursor: [(u) => latest.current.onIndex(u.cursor.idx ?? null)] },
      },
      latest.current.data,
      element,
    );
    plot.current = made;
    const fitted = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    fitted.observe(element);
    return () => {
      fitted.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [names, unit, zone, isFilled, isCounted, height, isDark, lines.seconds.length < 3]);
  useEffect(() => plot.current?.setData(data), [data]);
  return <div class="plot" ref={place} role="img" aria-label={described(title, unit, lines, format)} />;
}

function described(
  title: string,
  unit: string,
  { seconds, lines }: Lines,
  format: ChartProps['format'],
): string {
  const said = lines.slice(0, 4).map((line) => {
    const known = line.values.filter((v) => v !== null);
    if (known.length === 0) return `${line.name}: nothing`;
    return `${line.name}: latest ${format(known.at(-1) ?? null)}, highest ${format(Math.max(...known))}`;
  });
  return `${title}, ${unit}, ${seconds.length} points. ${said.join('. ')}. The table below has all figures.`;
}

function AsTable({ title, lines, format, zone }: ChartProps & { readonly zone: string }) {
  const [isOpen, setOpen] = useState(false);
  const rows = lines.seconds.map((s, i) => ({ s, i })).slice(-MAX_TABLE_ROWS);
  return (
    <details class="as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a table</summary>
      {isOpen && (
        <Table
          caption={title}
          rows={rows.reverse()}
          rowKey={({ s }) => String(s)}
          columns={[
            {
              title: `Time (${zone})`,
              isHead: true,
              cell: ({ s }) => time(new Date(s * 1_000).toISOString(), zone),
            },
            ...lines.lines.map((line) => ({
              title: line.name,
              isNumber: true,
              cell: ({ i }: { i: number }) => format(line.values[i] ?? null),
            })),
          ]}
        />
      )}
    </details>
  );
}
