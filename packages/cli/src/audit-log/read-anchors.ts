import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { Anchor } from '@fineprint/audit-log';
import type { AuditAnchor } from '@fineprint/schemas';
import type { Stack } from '@fineprint/stack';
import { connectRegistry, createRecordDecoder } from '@fineprint/stream-runtime';
import { CliError } from '../errors.ts';
import { connectToKafka } from '../kafka-connection.ts';
import { requirePart } from '../open-stack.ts';
import { clickhouseAccount } from '../sql/account.ts';

const TOPIC = 'audit.anchors';

/** What was published of the audit log, by where it was found: whoever hides a rewritten log has to change both. */
export interface Anchors {
  readonly kafka: readonly Anchor[];
  readonly clickhouse: readonly Anchor[];
}

/** Those that were published before a moment. */
export async function readAnchors(stack: Stack, untilMs: number): Promise<Anchors> {
  await requirePart(stack, 'kafka');
  await requirePart(stack, 'clickhouse');
  const [kafka, clickhouse] = await Promise.all([inKafka(stack), inClickHouse(stack)]);
  const isAsked = ({ at }: Anchor) => Date.parse(at) < untilMs;
  return { kafka: kafka.filter(isAsked), clickhouse: clickhouse.filter(isAsked) };
}

async function inKafka(stack: Stack): Promise<readonly Anchor[]> {
  const kafka = await connectToKafka(stack);
  const decoder = createRecordDecoder(connectRegistry(stack.endpoints.schemaRegistryUrl), Date.now);
  const anchors: Anchor[] = [];
  await kafka.readRange({
    topics: [TOPIC],
    sinceMs: 0,
    async onRecords(_topic, partition, records) {
      await decoder.prepare(records.map(({ value }) => value));
      for (const { value, offset } of records) {
        const decoded = decoder.decode(TOPIC, value);
        // One that cannot be read could be the one that matters.
        if (!decoded.ok)
          throw new CliError(
            'NOT_READY',
            `The anchor at ${TOPIC}, partition ${partition}, offset ${offset} cannot be read (${decoded.code}).`,
            'Look at it: npm run -s fineprint -- tail audit.anchors --from earliest --no-follow',
          );
        anchors.push(anchorOf(decoded.record));
      }
    },
  });
  return anchors;
}

type Published = Pick<AuditAnchor, 'seq' | 'hash' | 'anchored_at'>;

const anchorOf = ({ seq, hash, anchored_at: atMs }: Published): Anchor => ({
  seq,
  hash,
  at: new Date(atMs).toISOString(),
});

async function inClickHouse(stack: Stack): Promise<readonly Anchor[]> {
  const client: ClickHouseClient = createClient({
    url: stack.endpoints.clickhouseUrl,
    ...clickhouseAccount(stack.endpoints, 'analyst'),
    log: { level: ClickHouseLogLevel.OFF },
  });
  try {
    const result = await client.query({
      query:
        'SELECT seq, hash, toUnixTimestamp64Milli(anchored_at) AS anchored_at FROM fineprint.audit_anchors',
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    });
    return (await result.json<Published>()).map(anchorOf);
  } finally {
    await client.close();
  }
}
