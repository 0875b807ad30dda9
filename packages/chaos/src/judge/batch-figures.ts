import { FUNNEL_EVENTS } from '../load/event-source.ts';
import type { SentEvent } from '../load/sent-event.ts';
import type { MetricRow } from './facts.ts';

const MINUTE_MS = 60_000;
const NONE: MetricRow = { requests: 0, successes: 0, inputTokens: 0, outputTokens: 0 };

/** What the metrics have to show, counted in one go over the events. */
export function batchMetrics(events: Iterable<SentEvent>): Map<string, MetricRow> {
  const rows = new Map<string, MetricRow>();
  for (const { timeMs, ai } of events) {
    if (ai === undefined) continue;
    const key = `${timeMs - (timeMs % MINUTE_MS)}|${ai.model}|${ai.version}`;
    const row = rows.get(key) ?? NONE;
    rows.set(key, {
      requests: row.requests + 1,
      successes: row.successes + Number(ai.success),
      inputTokens: row.inputTokens + ai.inputTokens,
      outputTokens: row.outputTokens + ai.outputTokens,
    });
  }
  return rows;
}

/** How far each subject came in the ordered funnel; those who never began are left out. Its window is longer than a run. */
export function batchFunnel(events: Iterable<SentEvent>): Map<string, number> {
  const bySubject = new Map<string, SentEvent[]>();
  for (const event of events) {
    if (event.kind !== 'product' || event.order === null) continue;
    const own = bySubject.get(event.order.subject);
    if (own === undefined) bySubject.set(event.order.subject, [event]);
    else own.push(event);
  }
  const levels = new Map<string, number>();
  for (const [subject, own] of bySubject) {
    let level = 0;
    for (const { name } of own.sort((a, b) => a.timeMs - b.timeMs))
      if (name === FUNNEL_EVENTS[level]) level += 1;
    if (level > 0) levels.set(subject, level);
  }
  return levels;
}
