import { createMetrics } from '@fineprint/observability';
import { furtherNames } from '../event/field-names.ts';
import { createGatewayMetrics } from '../metrics.ts';
import { codes } from '../problem/codes.ts';

const row = (...cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const code = (text: string) => `\`${text}\``;
const table = (head: readonly string[], rows: readonly string[]) => [
  row(...head),
  row(...head.map(() => '---')),
  ...rows,
];

const codeTable = () =>
  table(
    ['code', 'status', 'meaning', 'what to do'],
    Object.entries(codes).map(([name, { status, title, advice }]) =>
      row(code(name), String(status), title, advice),
    ),
  );

const nameTable = () =>
  table(
    ['field', 'also as'],
    furtherNames().map(([field, names]) => row(code(field), names.map(code).join(', '))),
  );

async function metricTable(): Promise<string[]> {
  const metrics = createMetrics({ service: 'readme' });
  const none = () => 0;
  createGatewayMetrics(metrics, { queuedBytes: none, bodyBytesInMemory: none, keysAgeSeconds: none });
  const helps = [...(await metrics.text()).matchAll(/^# HELP (fineprint_gateway_\w+) (.*)$/gm)];
  return table(
    ['metric', 'meaning'],
    helps.map(([, name = '', help = '']) => row(code(name), help)),
  );
}

/** Puts what is generated between its markers. */
export async function fillTables(readme: string): Promise<string> {
  const tables = { names: nameTable(), codes: codeTable(), metrics: await metricTable() };
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
