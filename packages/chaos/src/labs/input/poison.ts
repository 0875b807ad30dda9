import type { DeadLetter } from '@fineprint/schemas';
import type { OutputRecord } from '@fineprint/stream-runtime';
import type { Lab, LabContext } from '../../lab.ts';
import { toProductEvent } from '../../load/event-forms.ts';
import { deadLettersByKey, recordsByKey } from './dead-letters.ts';
import { storedRows } from './send.ts';

const GOOD = 1_000;
/** 1 % of them. */
const BAD = 10;
const TOPIC = 'product.events.raw';
const WIRE_HEADER_BYTES = 5;
const UNKNOWN_SCHEMA = Buffer.from([0, 0, 15, 66, 64]);

/** How a record is spoilt, and under which code it has to lie in the dead letter. */
const POISONS: readonly (readonly [string, (valid: Buffer) => Buffer])[] = [
  ['malformed_avro', (valid) => valid.subarray(0, valid.length - 3)],
  ['malformed_avro', (valid) => Buffer.concat([valid, Buffer.from([0])])],
  ['unknown_schema', (valid) => Buffer.concat([UNKNOWN_SCHEMA, valid.subarray(WIRE_HEADER_BYTES)])],
  ['not_avro', () => Buffer.from('{"event_name":"I am JSON"}')],
  ['empty_value', () => Buffer.alloc(0)],
];

/** Bad records between good ones: each keeps its bytes, its place and a reason, and stops nothing. */
export const poison: Lab = {
  name: 'poison',
  title:
    'one record of a hundred in a raw topic is no event: cut short, too long, of an unknown schema, JSON, empty',
  kind: 'input',
  passes:
    'each lies in the dead letter with its bytes, partition, offset and reason; all its neighbours are stored',
  takesMs: 90_000,
  async run(context) {
    const { target, book, fault, figure } = context;
    const sinceMs = Date.now() - 1_000;
    const good = goodRecords(context);
    const bad = badRecords(context);
    const records = context.random.shuffled([...good.map((g) => g.record), ...bad.map((b) => b.record)]);
    await fault(`${BAD} of ${records.length} records are poison`, () => target.writer.write(records));
    for (const { id } of good) book.acknowledged(id);
    for (const { key } of bad) book.garbage(key);

    const keys = new Set(bad.map((b) => b.key));
    const letters = await deadLettersByKey(target, keys, sinceMs);
    const placed = await recordsByKey(target, [TOPIC], sinceMs, (key) => keys.has(key));
    const wrong = bad.filter(({ key, code, record }) => {
      const at = placed.get(key);
      return !isAccountOf(letters.get(key) ?? [], code, record.value, at);
    });
    context.check(
      'each poisoned record has one dead letter, with its bytes, place and reason',
      wrong.length === 0,
      wrong
        .map(
          (w) =>
            `${w.code}: ${
              letters
                .get(w.key)
                ?.map((l) => l.code)
                .join() ?? 'none'
            }`,
        )
        .join('; '),
    );
    const rows = await storedRows(
      context,
      'product',
      good.map((g) => g.id),
      '1 AS one',
    );
    context.check('all good neighbours are stored once', rows.length === GOOD, `${rows.length} of ${GOOD}`);
    figure('dead_lettered', letters.size);
    figure('neighbours_stored', rows.length);
  },
};

function isAccountOf(
  letters: readonly DeadLetter[],
  code: string,
  bytes: Buffer | null,
  at: { readonly partition: number; readonly offset: number } | undefined,
): boolean {
  const [letter] = letters;
  if (letters.length !== 1 || letter === undefined || at === undefined) return false;
  const isThere = letter.source_topic === TOPIC && letter.source_partition === at.partition;
  const isSame = bytes?.equals(letter.value ?? Buffer.alloc(0)) ?? false;
  return letter.code === code && isThere && letter.source_offset === at.offset && isSame;
}

function goodRecords({ random, book, target }: LabContext) {
  return Array.from({ length: GOOD }, () => {
    const id = random.uuid();
    const event = plannedEvent(id, random.uuid());
    book.sent(event);
    const value = target.encoder.encode(TOPIC, toProductEvent(event));
    return { id, record: { topic: TOPIC, key: Buffer.from(event.user), value } satisfies OutputRecord };
  });
}

function badRecords({ random, target }: LabContext) {
  const valid = target.encoder.encode(TOPIC, toProductEvent(plannedEvent(random.uuid(), random.uuid())));
  return Array.from({ length: BAD }, (_, i) => {
    const [code = '', spoil = (b: Buffer) => b] = POISONS[i % POISONS.length] ?? [];
    const key = `poison-${random.uuid()}`;
    return {
      key,
      code,
      record: { topic: TOPIC, key: Buffer.from(key), value: spoil(valid) } satisfies OutputRecord,
    };
  });
}

const plannedEvent = (id: string, requestId: string) => ({
  id,
  kind: 'product' as const,
  order: null,
  timeMs: Date.now(),
  name: 'lab',
  user: `lab-${id.slice(0, 8)}`,
  note: 'a neighbour',
  requestId,
});
