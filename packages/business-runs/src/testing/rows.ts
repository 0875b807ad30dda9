import type { PlainEvent } from '@fineprint/business-metrics/testing';

const clickhouseTime = (ms: number): string => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');

/** Events as rows of product_events; `partition` is one that nobody else writes. */
export function productRows(events: readonly PlainEvent[], partition: number, firstOffset: number): object[] {
  return events.map((event, i) => {
    const isConversion = event.kind === 'conversion';
    return {
      event_id: event.id,
      kind: event.kind,
      event_name: isConversion ? 'conversion' : event.name,
      event_time: clickhouseTime(event.ms),
      received_at: clickhouseTime(Date.now()),
      user_id: event.user,
      anonymous_id: event.anonymous,
      source: 'business-itest',
      properties: JSON.stringify(event.properties),
      context: '{}',
      conversion_type: isConversion ? event.name : null,
      conversion_value: isConversion ? event.value : null,
      currency: isConversion ? event.currency : null,
      feature: event.feature,
      _partition: partition,
      _offset: firstOffset + i,
      _source_offset: firstOffset + i,
    };
  });
}
