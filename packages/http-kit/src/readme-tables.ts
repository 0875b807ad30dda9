import { createMetrics, type Metrics } from '@fineprint/observability';
import type { CodeList } from './problem.ts';

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
export const asCode = (text: string) => `\`${text}\``;

/** A Markdown table, as lines. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)];
}

export function codeTable(codes: CodeList): string[] {
  return markdownTable(
    ['code', 'status', 'meaning', 'what to do'],
    Object.entries(codes).map(([name, { status, title, advice }]) => [
      asCode(name),
      String(status),
      title,
      advice,
    ]),
  );
}

/** The metrics that a service registers, by their help texts. */
export async function metricTable(
  prefix: string,
  register: (metrics: Metrics) => unknown,
): Promise<string[]> {
  const metrics = createMetrics({ service: 'readme' });
  register(metrics);
  const helps = [...(await metrics.text()).matchAll(/^# HELP (\w+) (.*)$/gm)];
  return markdownTable(
    ['metric', 'meaning'],
    helps
      .filter(([, name = '']) => name.startsWith(prefix))
      .map(([, name = '', help = '']) => [asCode(name), help]),
  );
}

/** Puts what is generated between its markers. */
export function fillTables(readme: string, tables: Readonly<Record<string, readonly string[]>>): string {
  let text = readme;
  for (const [name, lines] of Object.entries(tables)) {
    const marked = new RegExp(`(<!-- ${name} -->\\n)[^]*?(<!-- /${name} -->)`);
    if (!marked.test(text)) throw new Error(`the README has no markers for ${name}`);
    text = text.replace(
      marked,
      (_, open: string, close: string) => `${open}\n${lines.join('\n')}\n\n${close}`,
    );
  }
  return text;
}

/** Formatters align a table's columns; two texts are the same if they differ in that only. */
export const unaligned = (text: string): string => text.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---');
