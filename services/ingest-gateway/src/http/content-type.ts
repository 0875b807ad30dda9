import { Problem } from '../problem/problem.ts';

/** How a body is read. `beacon` is JSON from navigator.sendBeacon, which can send no headers of its own. */
export type BodyFormat = 'json' | 'ndjson' | 'beacon';

const FORMATS: Readonly<Record<string, BodyFormat>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'text/plain': 'beacon',
};

/** Reads Content-Type; without one a body is taken for JSON. */
export function bodyFormat(header: string | undefined): BodyFormat {
  if (header === undefined || header === '' || header === 'application/json') return 'json';
  const [type = '', ...parameters] = header.toLowerCase().split(';');
  const format = Object.hasOwn(FORMATS, type.trim()) ? FORMATS[type.trim()] : undefined;
  const charset = parameters.map((p) => p.trim()).find((p) => p.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?(utf-?8|us-ascii)"?$/.test(charset);
  if (format === undefined || !isUtf8) {
    throw new Problem('unsupported_media_type', 'Bodies of this Content-Type are not read.');
  }
  return format;
}
