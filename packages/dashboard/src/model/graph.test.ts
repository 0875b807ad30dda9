import { expect, it } from 'vitest';
import type { PipelineReading, PipelineStage, PipelineTopic } from '../api/api.gen.ts';
import { graphOf } from './graph.ts';

const stage = (given: Partial<PipelineStage> & { stage: string }): PipelineStage => ({
  group: null,
  group_state: null,
  members: null,
  state: 'ok',
  reasons: [],
  from_requests: false,
  by_clock: false,
  reads: [],
  writes: [],
  dead_letter: null,
  refused_last_hour: 0,
  stores: [],
  destination: null,
  ...given,
});
const reading = (topic: string, lag_records = 0, lag_seconds: number | null = 0): PipelineReading => ({
  topic,
  lag_records,
  lag_seconds,
  records_per_second: 5,
});
const topic = (name: string, records_per_second: number): PipelineTopic => ({
  topic: name,
  classification: 'clean',
  partitions: 3,
  records: 10,
  records_per_second,
});

const live = {
  stages: [
    stage({ stage: 'gateway', from_requests: true, writes: ['raw', 'ai.raw', 'pipeline.ledger'] }),
    stage({
      stage: 'scrubber',
      group: 'g',
      reads: [reading('raw', 7, 2), reading('ai.raw', 3, 5), reading('consent.updates')],
      writes: ['clean'],
      refused_last_hour: 4,
    }),
    stage({
      stage: 'loader',
      group: 'l',
      reads: [
        reading('clean', 1, null),
        reading('pipeline.ledger', 90, 9),
        reading('replay.loader'),
        reading('deliveries'),
      ],
      stores: ['clickhouse'],
    }),
    stage({
      stage: 'forwarder-mixpanel',
      state: 'not_in_use',
      destination: 'mixpanel',
      writes: ['deliveries'],
      reads: [reading('clean')],
    }),
  ],
  topics: [topic('raw', 10), topic('ai.raw', 2), topic('clean', 12)],
};

it('draws who gives what to whom, with rates and what waits, without books and what nobody uses', () => {
  const { nodes, edges, unused } = graphOf(live);
  expect(nodes.map((n) => n.id)).toEqual([
    'HTTP',
    'Other services',
    'gateway',
    'scrubber',
    'loader',
    'clickhouse',
  ]);
  expect(unused).toEqual(['forwarder-mixpanel']);
  expect(edges.map((e) => [e.from, e.to, e.perSecond, e.lagRecords, e.lagSeconds])).toEqual([
    ['HTTP', 'gateway', null, 0, null],
    ['gateway', 'scrubber', 12, 10, 5],
    ['Other services', 'scrubber', null, 0, 0],
    ['scrubber', 'loader', 12, 1, null],
    ['loader', 'clickhouse', null, 0, null],
  ]);
});

it('gives each stage its own rate, lag (with what is not drawn) and refusals', () => {
  const { nodes } = graphOf(live);
  const of = (id: string) => nodes.find((n) => n.id === id);
  expect(of('gateway')).toMatchObject({ perSecond: 12, lagRecords: null });
  expect(of('scrubber')).toMatchObject({ perSecond: 15, lagRecords: 10, lagSeconds: 5, refused: 4 });
  expect(of('loader')).toMatchObject({ perSecond: 10, lagRecords: 91, lagSeconds: 9 });
});

it('breaks the arrow to a destination that takes nothing', () => {
  const reasons = [{ code: 'destination_unavailable', message: 'away' }];
  const stages = live.stages.map((s) =>
    s.destination === null ? s : { ...s, state: 'not_ready' as const, reasons },
  );
  const { edges } = graphOf({ ...live, stages });
  expect(edges.filter((e) => e.isBroken).map((e) => [e.from, e.to])).toEqual([
    ['forwarder-mixpanel', 'mixpanel'],
  ]);
});
