import { chartSvg } from './chart.ts';
import { escapeHtml } from './escape.ts';
import type { Chart, Compared, Report, Section, Table } from './report.ts';
import { STYLE } from './style.ts';

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const UNKNOWN = '–';

const titleOf = ({ kind, fromMs, toMs }: Report): string =>
  `${kind === 'weekly' ? 'Week' : 'Month'} ${dayOf(fromMs)} to ${dayOf(toMs - 1)}`;

/** One page that needs nothing else: no script, no file, no address. */
export function renderHtml(report: Report): string {
  const title = `Fine Print AI: ${titleOf(report)}`;
  const before = report.kind === 'weekly' ? 'week' : 'month';
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body>
<main>
<h1>${escapeHtml(titleOf(report))}</h1>
<p>Days are UTC. Beside each figure: the ${before} before. ${UNKNOWN} is not known. Made ${new Date(report.createdAtMs).toISOString().slice(0, 16).replace('T', ' ')}.</p>
${report.sections.map(sectionHtml).join('\n')}
</main>
</body>
</html>
`;
}

function sectionHtml(section: Section, n: number): string {
  const id = `s${n}`;
  return `<section aria-labelledby="${id}">
<h2 id="${id}">${escapeHtml(section.title)}</h2>
${section.note === null ? '' : `<p>${escapeHtml(section.note)}</p>`}
${section.figures.length === 0 ? '' : `<dl>${section.figures.map(figureHtml).join('')}</dl>`}
${section.charts.map((chart, i) => chartHtml(chart, `${id}c${i}`)).join('\n')}
${section.tables.map(tableHtml).join('\n')}
</section>`;
}

function figureHtml({ title, value, before, rise }: Compared): string {
  return `<div><dt>${escapeHtml(title)}</dt><dd>${escapeHtml(value ?? UNKNOWN)}<small class="${toneOf(value, before, rise)}">before: ${escapeHtml(before ?? UNKNOWN)}</small></dd></div>`;
}

function toneOf(value: string | null, before: string | null, rise: Compared['rise']): string {
  const change = Number(value) - Number(before);
  if (value === null || before === null || rise === null || !(Math.abs(change) > 0)) return '';
  return change > 0 === (rise === 'good') ? 'good' : 'bad';
}

function chartHtml(chart: Chart, id: string): string {
  const keys = chart.lines
    .map((l, i) => `<span class="key key-${i % 4}">${escapeHtml(l.name)}</span>`)
    .join('');
  const figures: Table = {
    title: chart.title,
    head: ['day', ...chart.lines.map((line) => line.name)],
    rows: chart.days.map((day, i) => [
      day,
      ...chart.lines.map((line) => {
        const value = line.values[i] ?? null;
        return value === null ? null : String(value);
      }),
    ]),
  };
  return `<figure><figcaption>${escapeHtml(chart.title)}</figcaption>${chartSvg(chart, id)}<div>${keys}</div><details><summary>The figures</summary>${tableHtml(figures)}</details></figure>`;
}

function tableHtml({ title, head, rows }: Table): string {
  const heads = head.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  const body = rows.map(
    ([first, ...others]) =>
      `<tr><th scope="row">${escapeHtml(first ?? UNKNOWN)}</th>${others.map((cell) => `<td>${escapeHtml(cell ?? UNKNOWN)}</td>`).join('')}</tr>`,
  );
  return `<div class="wide"><table><caption>${escapeHtml(title)}</caption><thead><tr>${heads}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}
