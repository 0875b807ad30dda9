import { isUtf8 } from 'node:buffer';
import { type GivenTime, readTime } from '@fineprint/http-kit';
import { type Member, pathOf, type RawItem, type ReadLimits, readItems } from '../json/read-items.ts';
import type { Code } from '../problem/codes.ts';
import { Problem } from '../problem/problem.ts';
import type { BodyFormat } from './content-type.ts';

/** A body's events, or why none can be told apart in it. */
export type ParsedBody =
  | {
      readonly ok: true;
      readonly text: string;
      readonly items: readonly RawItem[];
      /** The body was one event, not a list. */
      readonly single: boolean;
      /** When the request was sent, by the client's clock. */
      readonly sentAt: GivenTime | null;
      /** A beacon's write key. */
      readonly writeKey: string | null;
    }
  | { readonly ok: false; readonly problem: Problem };

/** What is recorded with its bytes although no event could be told apart in it. Anything else is the request's fault. */
const RECORDED: ReadonlySet<Code> = new Set<Code>([
  'invalid_utf8',
  'malformed_json',
  'duplicate_key',
  'forbidden_key',
  'forbidden_character',
  'number_out_of_range',
  'too_deep',
  'too_many_keys',
  'unknown_field',
  'invalid_time',
]);

const BYTE_ORDER_MARK = 0xfeff;

/** Throws Problem where there is nothing worth recording: no event, or too many. */
export function parseBody(bytes: Buffer, format: BodyFormat, limits: ReadLimits): ParsedBody {
  try {
    if (!isUtf8(bytes)) throw new Problem('invalid_utf8', 'The body is not valid UTF-8.');
    const decoded = bytes.toString('utf8');
    const text = decoded.charCodeAt(0) === BYTE_ORDER_MARK ? decoded.slice(1) : decoded;
    const found = readItems(text, format === 'ndjson' ? 'ndjson' : 'json', limits);
    const { sentAt, writeKey } = readEnvelope(text, found.envelope);
    const { items, single } = found;
    if (format !== 'beacon' || !single) return { ok: true, text, items, single, sentAt, writeKey };
    return { ok: true, text, single, sentAt, ...takeWriteKey(text, items) };
  } catch (error) {
    if (error instanceof Problem && RECORDED.has(error.code)) return { ok: false, problem: error };
    throw error;
  }
}

const isWriteKey = (key: string) => key === 'write_key' || key === 'writeKey';

/** What stands beside `events`. */
function readEnvelope(text: string, members: readonly Member[]) {
  let sentAt: GivenTime | null = null;
  let writeKey: string | null = null;
  for (const { key, start, end } of members) {
    const value: unknown = JSON.parse(text.slice(start, end));
    if (key === 'sent_at' || key === 'sentAt') sentAt = readSentAt(value);
    else if (isWriteKey(key)) writeKey = String(value);
    else throw new Problem('unknown_field', `There is no field ${pathOf(key)} beside the events.`);
  }
  return { sentAt, writeKey };
}

function readSentAt(value: unknown): GivenTime {
  const time = typeof value === 'string' || typeof value === 'number' ? readTime(value) : null;
  if (time === null) throw new Problem('invalid_time', '$.sent_at beside the events cannot be read.');
  return time;
}

/** Takes the key out of a lone event, which has no such field. */
function takeWriteKey(text: string, items: readonly RawItem[]) {
  const [item] = items;
  const member = item?.members.find((m) => isWriteKey(m.key));
  if (item === undefined || member === undefined) return { items, writeKey: null };
  const members = item.members.filter((m) => m !== member);
  return {
    items: [{ ...item, members }],
    writeKey: String(JSON.parse(text.slice(member.start, member.end))),
  };
}
