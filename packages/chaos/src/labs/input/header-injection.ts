import type { Lab, LabContext } from '../../lab.ts';
import { toProductEvent } from '../../load/event-forms.ts';
import { deadLettersByKey, recordsByKey } from './dead-letters.ts';
import { rawHttp, statusOf } from './raw-http.ts';
import { EVENTS_PATH, post, storedRows } from './send.ts';

const BODY = '{"event":"x"}';

/** Header lines beside the key's, and whether they hold the body's length themselves. */
const HEADERS: readonly (readonly [string, string])[] = [
  ['CR in a value', 'X-A: b\rX-C: d\r\n'],
  ['LF in a value', 'X-A: b\nX-Write-Key: d\r\n'],
  ['NUL in a value', 'X-A: b\u0000c\r\n'],
  ['NUL in a name', 'X-\u0000A: b\r\n'],
  ['a space before the colon', 'X-A : b\r\n'],
  ['a folded line', 'X-A: b\r\n c\r\n'],
  ['length and chunks at once', 'Transfer-Encoding: chunked\r\n'],
  ['two lengths', 'Content-Length: 1\r\n'],
  ['two idempotency keys', 'Idempotency-Key: a\r\nIdempotency-Key: b\r\n'],
];

/** Control characters in what stands in keys and columns. */
const TEXTS = ['a\r\nSet-Cookie: b=c', 'a\nb', 'a\u0000b', '\r\n\r\n<script>', '\u001b[2J'];
const FIELDS = ['user_id', 'anonymous_id', 'event_name', 'session_id'] as const;

export const headerInjection: Lab = {
  name: 'header-injection',
  title:
    'CR, LF and NUL in header names and values, in ids and names of events, and in records straight to a topic',
  kind: 'input',
  passes: 'refused with 400, or in the dead letter as invalid_text; nothing is stored',
  takesMs: 90_000,
  async run(context) {
    const { fleet, target, fault, check, figure } = context;
    const { url } = fleet.one('ingest-gateway');
    let refused = 0;
    const isRefused = (what: string, status: number) => {
      refused += 1;
      check(`${what}: 400`, status === 400, `${status}`);
    };
    await fault('hostile headers', async () => {
      const head = `POST ${EVENTS_PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n`;
      for (const [what, lines] of HEADERS) {
        const own = `Authorization: Bearer ${target.writeKey}\r\n${lines}Content-Length: ${BODY.length}\r\n\r\n${BODY}`;
        isRefused(what, statusOf(await rawHttp(url, head + own)));
      }
    });
    await fault('control characters in events', async () => {
      for (const field of FIELDS)
        for (const text of TEXTS) {
          const { status } = await post(context, {
            body: JSON.stringify({ event_name: 'x', [field]: text }),
          });
          isRefused(`${JSON.stringify(text)} as ${field}`, status);
        }
    });
    figure('refused', refused);
    await publishControlCharacters(context);
    await publishHeaders(context);
  },
};

async function publishControlCharacters({ target, book, random, check, figure }: LabContext): Promise<void> {
  const sinceMs = Date.now() - 1_000;
  const records = FIELDS.flatMap((field) =>
    TEXTS.map((text) => {
      const key = `control-${random.uuid()}`;
      const event = { ...eventOf(random.uuid()), note: '' };
      const value = target.encoder.encode('product.events.raw', { ...toProductEvent(event), [field]: text });
      return { topic: 'product.events.raw' as const, key: Buffer.from(key), value };
    }),
  );
  await target.writer.write(records);
  const keys = new Set(records.map((r) => r.key.toString()));
  for (const key of keys) book.garbage(key);
  const letters = [...(await deadLettersByKey(target, keys, sinceMs)).values()].flat();
  const right = letters.filter((letter) => letter.code === 'invalid_text').length;
  check(
    'published straight to a topic, each is in the dead letter',
    right === keys.size,
    `${right} of ${keys.size}`,
  );
  figure('dead_lettered', right);
}

/** Of Kafka's headers only a trace that is one goes on: any other may hold whatever its producer put there. */
async function publishHeaders(context: LabContext): Promise<void> {
  const { target, book, random, check } = context;
  const sinceMs = Date.now() - 1_000;
  const event = { ...eventOf(random.uuid()), note: '', user: `lab-${random.uuid()}` };
  book.sent(event);
  const value = target.encoder.encode('product.events.raw', toProductEvent(event));
  const headers = {
    traceparent: 'kim@planted-pii.example\r\nX-A: b',
    tracestate: 'a=kim@planted-pii.example',
    'x\r\ny': 'z',
  };
  await target.writer.write([{ topic: 'product.events.raw', key: Buffer.from(event.user), value, headers }]);
  book.acknowledged(event.id);
  await storedRows(context, 'product', [event.id], '1 AS one');
  const clean = await recordsByKey(target, ['product.events.clean'], sinceMs, (key) => key === event.user);
  const names = Object.keys(clean.get(event.user)?.headers ?? {});
  const kept = names.filter((name) => !name.startsWith('fp-'));
  check("no header of a producer's goes on", clean.size === 1 && kept.length === 0, kept.join());
}

const eventOf = (id: string) => ({
  id,
  kind: 'product' as const,
  order: null,
  timeMs: Date.now(),
  name: 'lab',
  user: 'user-control',
  requestId: id,
});
