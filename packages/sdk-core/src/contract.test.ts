import { latestSchema, type RecordName } from '@fineprint/schemas';
import { describe, expect, it } from 'vitest';
import { createAiCalls, createCalls } from './calls.ts';
import { type Draft, toQueuedEvent } from './draft.ts';
import { SdkError } from './error.ts';
import type { Feedback, ModelRequest } from './wire.ts';
import { callName, feedbackFields, modelRequestFields } from './wire.ts';

const ABOUT = { userId: 'u', anonymousId: 'a', sessionId: 's', context: { page: 'p' } };
const calls = createCalls((draft: Draft) => draft);
const ai = createAiCalls((draft: Draft) => draft);
const stamp = { id: 'ID', nowMs: 0, about: ABOUT, maxBytes: 1_000 };
const sent = (draft: Draft) => JSON.parse(toQueuedEvent(draft, stamp).text) as Record<string, unknown>;

/** Every call with everything that it can say. */
const ALL = {
  ProductEvent: [
    calls.trackPageView({ url: 'https://x.example/', title: 't', referrer: 'r', more: 1 }),
    calls.trackEvent('Feature Used', { feature: 'f' }),
    calls.trackConversion('subscription', { plan: 'professional', value: 29.99, currency: 'USD' }),
    calls.identify('u2', { plan: 'p' }),
    calls.trackEngagement('clauses', { action: 'opened', durationMs: 12 }),
    calls.trackFunnelStep('signup', 'verified', { order: 2 }),
  ],
  AiRequest: [
    ai.trackModelRequest(
      'm',
      '1',
      Object.fromEntries(modelRequestFields.map((f) => [callName(f), 1])) as unknown as ModelRequest,
    ),
  ],
  AiFeedback: [
    calls.trackFeedback('r', Object.fromEntries(feedbackFields.map((f) => [callName(f), 1])) as Feedback),
  ],
} satisfies Partial<Record<RecordName, Draft[]>>;

const OF_THE_GATEWAY = ['source', 'client_event_time', 'flags'];

describe('the contract', () => {
  it.each(Object.entries(ALL))('%s: the calls fill every field that is a producer’s', (record, drafts) => {
    const { schema } = latestSchema(record as RecordName);
    const fields = (schema as { fields: { name: string }[] }).fields.map((f) => f.name);
    const filled = new Set(drafts.flatMap((d) => Object.keys(sent(d))));
    if (record !== 'ProductEvent') filled.delete('kind');
    expect([...filled, ...OF_THE_GATEWAY].sort()).toEqual([...fields].sort());
  });

  it('names what the document names', () => {
    expect(modelRequestFields.map(callName)).toEqual(
      expect.arrayContaining(['inputTokens', 'outputTokens', 'latency', 'success', 'confidenceScore']),
    );
  });
});

describe('an event', () => {
  it('is made once, of the draft before the stamp', () => {
    const eventTime = new Date(5);
    const draft = calls.trackEvent('x', { a: 1 }, { userId: 'other', eventTime, context: { own: true } });
    expect(toQueuedEvent(draft, stamp)).toMatchObject({ id: 'id', route: 'product', createdMs: 0 });
    expect(sent(draft)).toEqual({
      ...{ event_id: 'id', event_time: '1970-01-01T00:00:00.005Z' },
      ...{ user_id: 'other', anonymous_id: 'a', session_id: 's' },
      ...{ kind: 'track', event_name: 'x', properties: { a: 1 }, context: { page: 'p', own: true } },
    });
    expect(sent(calls.trackEvent('x', {}, { eventId: 'MINE' }))).toMatchObject({ event_id: 'mine' });
  });

  it('says whom an identify is about, and that somebody saw a variant', () => {
    expect(sent(calls.identify('u2'))).toMatchObject({ kind: 'identify', user_id: 'u2', traits: {} });
    expect(sent(calls.trackExperiment('prompt', 'short', { page: 1 }))).toMatchObject({
      event_name: 'Experiment Exposure',
      properties: { page: 1, experiment_id: 'prompt', variant: 'short' },
    });
  });

  it('that cannot be sent is refused with a code', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const codeOf = (properties: Record<string, unknown>) => {
      try {
        return toQueuedEvent(calls.trackEvent('x', properties), stamp).id;
      } catch (error) {
        return error instanceof SdkError ? error.code : error;
      }
    };
    expect([codeOf({ cycle }), codeOf({ n: 1n }), codeOf({ text: 'x'.repeat(1_000) }), codeOf({})]).toEqual([
      'not_serializable',
      'not_serializable',
      'event_too_large',
      'id',
    ]);
  });
});
