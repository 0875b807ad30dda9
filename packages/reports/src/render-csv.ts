import type { Report, Section } from './report.ts';

/** A spreadsheet takes what begins so for a formula, and runs it. A number is none. */
const FORMULA = /^[=+\-@\t\r\n]/;
const NUMBER = /^-?\d+(?:\.\d+)?$/;

function cell(text: string | null): string {
  if (text === null) return '';
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

type Line = readonly (string | null)[];

/** Every figure of the report, one a line: which section and table, which row, which column, and what it says. */
export function renderCsv(report: Report): string {
  const lines: Line[] = [['section', 'table', 'row', 'column', 'value'], ...report.sections.flatMap(linesOf)];
  return `${lines.map((line) => line.map(cell).join(',')).join('\n')}\n`;
}

function linesOf({ title, figures, charts, tables }: Section): Line[] {
  return [
    ...figures.flatMap((figure): Line[] => [
      [title, 'figures', figure.title, 'value', figure.value],
      [title, 'figures', figure.title, 'before', figure.before],
    ]),
    ...charts.flatMap((chart) =>
      chart.lines.flatMap(({ name, values }) =>
        chart.days.map((day, i): Line => [title, chart.title, day, name, textOf(values[i])]),
      ),
    ),
    ...tables.flatMap((table) =>
      table.rows.flatMap(([first = null, ...others]) =>
        others.map((value, i): Line => [title, table.title, first, table.head[i + 1] ?? '', value]),
      ),
    ),
  ];
}

const textOf = (value: number | null | undefined): string | null => (value == null ? null : String(value));
