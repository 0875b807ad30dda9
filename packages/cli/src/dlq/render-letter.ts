import { isUtf8 } from 'node:buffer';
import type { DeadLetter } from '@fineprint/schemas';
import type { Case } from './cases.ts';
import { caseJson, plain } from './render-letters.ts';

const MAX_VALUE_CHARS = 2_000;

/** One case, a line per field that is set. */
export function renderCase(found: Case): string {
  const fields = Object.entries(caseJson(found)).filter(([, v]) => v !== null);
  const width = Math.max(...fields.map(([name]) => name.length));
  const text = (value: unknown) =>
    plain(Array.isArray(value) ? value.join(', ') : String(value), MAX_VALUE_CHARS);
  return `${fields.map(([name, value]) => `${name.padEnd(width)}  ${text(value)}`).join('\n')}\n`;
}

/** A letter's own bytes: readable where they are text, and exact in base64. */
export function bytesJson({ key, value, headers }: Pick<DeadLetter, 'key' | 'value' | 'headers'>) {
  return {
    key_base64: key?.toString('base64') ?? null,
    value_base64: value?.toString('base64') ?? null,
    ...(value !== null && isUtf8(value) ? { value_text: value.toString('utf8') } : {}),
    headers_base64: Object.fromEntries(
      Object.entries(headers).map(([name, bytes]) => [name, bytes.toString('base64')]),
    ),
  };
}

/** The same for a terminal: quoted, so that no escape sequence of a producer reaches it. */
export function renderBytes(letter: Pick<DeadLetter, 'key' | 'value' | 'headers'>): string {
  return `${JSON.stringify(bytesJson(letter), null, 2).replaceAll(/[^\P{Cc}\n]/gu, '·')}\n`;
}
