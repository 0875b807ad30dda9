import { z } from 'zod';

const time = z.iso.datetime();

const place = z
  .object({
    topic: z.string(),
    partition: z.int().nullable(),
    offset: z.int().nullable().meta({ description: 'Null where it is not known, as of a dead letter.' }),
    kept_until: time.nullable().meta({
      description:
        'When Kafka deletes the record, by the declared retention; what lies in the past is gone. Null where it is kept for good or the time is not known.',
    }),
  })
  .meta({ id: 'PassportPlace', description: 'Where a record lies in Kafka.' });

const hop = z
  .object({
    stage: z.string().meta({
      description:
        'The node of the topology; `producer` where no gateway claims to have written the record (published straight to the topic, or not yet claimed).',
    }),
    outcome: z
      .enum([
        'received',
        'passed',
        'scrubbed',
        'duplicate',
        'dropped',
        'dead_lettered',
        'stored',
        'counted',
        'applied',
        'delivered',
      ])
      .meta({
        description: '`passed`: forwarded byte for byte. `duplicate`: dropped; `first` says for which.',
      }),
    at: time.nullable().meta({ description: 'When; null where nothing tells.' }),
    at_is: z.enum(['exact', 'latest']).meta({
      description: '`latest`: it had happened by then, which is when the stage wrote its ledger entry.',
    }),
    record: place.nullable().meta({ description: 'What the stage read; null over HTTP.' }),
    result: place.nullable().meta({ description: 'What it published; of a refused record its dead letter.' }),
    row: z
      .object({ store: z.string(), table: z.string(), partition: z.int(), offset: z.int() })
      .nullable()
      .meta({ description: 'The row it led to, by its `_partition` and `_offset`.' }),
    reason: z.string().nullable().meta({ description: "The drop's name or the dead letter's code." }),
    dead_letter_id: z.uuid().nullable(),
    paths: z.array(z.string()).meta({ description: 'What it was refused for; never a value.' }),
    changes: z.array(z.object({ type: z.string(), path: z.string() })).meta({
      description: 'What the scrubber took out; never a value. `*` stands for a name that may be personal.',
    }),
    first: place.nullable().meta({ description: 'Of a duplicate: the record that counts, if it is stored.' }),
    window: z
      .object({
        start: time,
        model: z.string(),
        version: z.string(),
        provider: z.string(),
        experiment_id: z.string(),
        variant: z.string(),
      })
      .nullable()
      .meta({ description: 'The minute of metrics that counts it.' }),
    delivery: z
      .object({
        destination: z.string(),
        status: z.int().nullable().meta({ description: 'The HTTP status of its answer.' }),
        attempts: z.int().meta({ description: 'Requests that the event was part of.' }),
      })
      .nullable()
      .meta({ description: 'Of a delivered event: the receipt.' }),
    ledger: z
      .object({
        entry_id: z.uuid(),
        instance: z.string(),
        first_offset: z.int(),
        next_offset: z.int(),
        written_at: time,
      })
      .nullable()
      .meta({ description: 'The entry that says so, and the process that wrote it.' }),
  })
  .meta({ id: 'PassportHop' });

const open = z.object({
  stage: z.string(),
  record: place.nullable(),
  code: z.enum(['not_yet', 'ledger_gap', 'ledger_expired', 'not_stored']),
  message: z.string(),
});

export const passportAnswer = z
  .object({
    event_id: z.uuid(),
    status: z.enum(['stored', 'on_its_way', 'dead_lettered', 'dropped', 'missing']).meta({
      description:
        '`stored`: everywhere it goes. `on_its_way`: see `open`. `missing`: it was passed on, and no table has it (deleted, expired, or lost: ask `fineprint audit`).',
    }),
    hops: z.array(hop).meta({ description: 'By record in the order they came, each from stage to stage.' }),
    open: z.array(open).meta({
      description:
        'Where it is not yet, or where nothing tells: `not_yet`, `ledger_gap`, `ledger_expired`, `not_stored`.',
    }),
    left_out: z.int().meta({ description: 'Repeats beyond those that are shown.' }),
  })
  .meta({ id: 'Passport', description: 'Where an event went. Holds no value of it.' });

export type Passport = z.output<typeof passportAnswer>;
export type PassportHop = z.output<typeof hop>;
export type PassportPlace = z.output<typeof place>;
export type PassportOpen = z.output<typeof open>;
