import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datasetNames } from './datasets.ts';
import { type RetentionSettings, resolvePolicy } from './policy.ts';
import { limitText, readLimit } from './read-limit.ts';

const usual: RetentionSettings = { DATA_RETENTION_DAYS: 365, RAW_RETENTION_HOURS: 72 };
const resolve = (overrides: string, more: Partial<RetentionSettings> = {}) =>
  resolvePolicy({ ...usual, RETENTION_OVERRIDES: overrides, ...more });
const problemsOf = (overrides: string) => resolve(overrides).problems.map((p) => p.problem);

describe('resolvePolicy', () => {
  it('keeps everything for as long as it is told, where nothing else is said', () => {
    const { policy, problems } = resolvePolicy({ ...usual, DATA_RETENTION_DAYS: 30 });
    expect(problems).toEqual([]);
    expect(datasetNames.map((name) => policy.datasets[name].hours)).toEqual(datasetNames.map(() => 720));
    expect(policy.topicHours.size).toBe(0);
  });

  it('takes limits of data sets and topics, and holds', () => {
    const { policy, problems } = resolve(
      ' ai_requests=90d, product.events.clean=720h,ai.requests.raw=24h,alerts=45d,topic:alerts=96h,',
      { RETENTION_HOLDS: ['deliveries'] },
    );
    expect(problems).toEqual([]);
    expect(policy.datasets.ai_requests).toEqual({ hours: 2_160, isOverridden: true, isHeld: false });
    expect(policy.datasets.alerts.hours).toBe(1_080);
    expect(policy.datasets.deliveries).toMatchObject({ hours: 8_760, isHeld: true });
    expect([...policy.topicHours]).toEqual([
      ['product.events.clean', 720],
      ['ai.requests.raw', 24],
      ['alerts', 96],
    ]);
  });

  it('tells everything that is wrong at once', () => {
    const { problems } = resolve(
      'nothing=3d,ai_requests=3w,ai_feedback,deliveries=23h,deliveries=2d,ai_drift=1d,ai_drift=2d',
      {
        RETENTION_HOLDS: ['product_events', 'everything'],
      },
    );
    expect(problems.map((p) => `${p.variable}: ${p.problem}`)).toEqual([
      'RETENTION_OVERRIDES: there is no data set or topic nothing',
      expect.stringContaining('ai_requests: 3w is no length of time'),
      expect.stringContaining('ai_feedback: nothing is no length of time'),
      expect.stringContaining('deliveries must keep at least 1d, not 23h'),
      'RETENTION_OVERRIDES: ai_drift is named twice',
      'RETENTION_HOLDS: there is no data set everything',
    ]);
  });

  it('keeps what may be personal no longer than RAW_RETENTION_HOURS', () => {
    expect(problemsOf('product.events.raw=73h').join()).toContain('RAW_RETENTION_HOURS');
    expect(problemsOf('dead-letter.pii-scrubber=4d').join()).toContain('RAW_RETENTION_HOURS');
    expect(problemsOf('product.events.raw=72h')).toEqual([]);
  });

  it('keeps clean topics as long as they are needed, and compacted ones as they are', () => {
    expect(problemsOf('product.events.clean=167h').join()).toContain('at least 7d, not 167h');
    expect(problemsOf('alerts.deliveries=71h').join()).toContain('at least 3d');
    expect(problemsOf('replay.postgres-loader=71h').join()).toContain('at least 3d');
    expect(problemsOf('ai.metrics=400d').join()).toContain('no effect');
    expect(problemsOf('toString=4d').join()).toContain('no data set or topic');
  });

  it('keeps the notes as long as the books that are compared with them', () => {
    expect(problemsOf('event_notes=30d').join()).toContain('notes must stay as long');
    expect(problemsOf('event_notes=30d,pipeline_ledger=30d')).toEqual([]);
  });

  it('never throws, and answers what it was told', () => {
    fc.assert(fc.property(fc.string(), (text) => resolve(text).policy.datasets.alerts.hours >= 24));
    fc.assert(fc.property(fc.integer({ min: 1, max: 876_000 }), (h) => readLimit(limitText(h)) === h));
    for (const bad of ['', '0d', '-1d', '1.5d', '36501d', '1e3h', '9999999999d'])
      expect(typeof readLimit(bad)).toBe('string');
  });
});
