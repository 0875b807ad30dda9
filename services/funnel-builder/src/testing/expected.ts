import {
  type CohortState,
  compileFunnel,
  compileSelector,
  type FunnelState,
  fromProductEvent,
  progressOf,
} from '@fineprint/behaviour';
import { bruteForceBest } from '@fineprint/behaviour/testing';
import type { ActiveDefinition } from '@fineprint/definitions';
import type { ProductEvent, SubjectBehaviour } from '@fineprint/schemas';
import type { CountedDefinition } from '../tracked-definition.ts';

/** An event and the partition it lies in. */
export interface Placed {
  readonly partition: number;
  readonly event: ProductEvent;
}

/** What is known of a subject, in plain words: `partition kind name version subject` → what its state says. */
export type Known = Readonly<Record<string, unknown>>;

const subjectOf = (e: ProductEvent) => (e.user_id ? `u:${e.user_id}` : `a:${e.anonymous_id}`);

/** By the definitions' own words, from all events at once: no state, no order of arrival, no shared code but the filters. */
export function expectedFrom(events: readonly Placed[], definitions: readonly CountedDefinition[]): Known {
  const distinct = [...new Map(events.map((p) => [`${p.partition} ${p.event.event_id}`, p])).values()];
  const known: Record<string, unknown> = {};
  for (const { partition, event } of distinct) {
    if (event.kind !== 'identify' || !event.user_id || !event.anonymous_id) continue;
    const key = `${partition} link ${event.user_id} 0 a:${event.anonymous_id}`;
    known[key] = Math.min(event.event_time, (known[key] as number | undefined) ?? Number.POSITIVE_INFINITY);
  }
  const groups = Map.groupBy(distinct, (p) => `${p.partition} ${subjectOf(p.event)}`);
  for (const [group, placed] of groups) {
    const [partition = '', subject = ''] = splitOnce(group);
    const own = placed.map((p) => p.event);
    for (const definition of definitions) {
      const says = definition.kind === 'funnel' ? funnelOf(definition, own) : cohortOf(definition, own);
      const { kind, name, version } = definition;
      if (says !== null) known[`${partition} ${kind} ${name} ${version} ${subject}`] = says;
    }
  }
  return known;
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf(' ');
  return [text.slice(0, at), text.slice(at + 1)];
}

function funnelOf({ value }: CountedDefinition, events: readonly ProductEvent[]): unknown {
  if (!('steps' in value)) throw new Error('no funnel');
  const matches = value.steps.map((step) => compileSelector(step.selector));
  const history = events.map((event) => {
    const mask = matches.reduce((m, is, i) => (is(fromProductEvent(event, '')) ? m | (1 << i) : m), 0);
    return { timeMs: event.event_time, mask, id: event.event_id };
  });
  const seen = history.filter((h) => h.mask !== 0 || value.order === 'strict');
  return seen.length === 0
    ? null
    : { best: bruteForceBest(seen, value.steps.length, value.windowMs, value.order) };
}

function cohortOf({ value }: CountedDefinition, events: readonly ProductEvent[]): unknown {
  if (!('rule' in value) || value.rule.type !== 'event') throw new Error('no cohort of events');
  const { selector, atLeast } = value.rule;
  const is = compileSelector(selector);
  const times = events.filter((event) => is(fromProductEvent(event, ''))).map((event) => event.event_time);
  return times.length === 0 ? null : times.sort((a, b) => a - b).slice(0, atLeast);
}

/** A published topic as a reader keeps it: per key the last value; none where it was taken away. */
export class PublishedView {
  readonly #latest = new Map<string, { partition: number; record: SubjectBehaviour }>();

  take(partition: number, key: string, record: SubjectBehaviour | null): void {
    const id = `${partition} ${key}`;
    const known = this.#latest.get(id)?.record;
    if (record === null) this.#latest.delete(id);
    else if (known === undefined || !isNewer(known, record)) this.#latest.set(id, { partition, record });
  }

  records(): SubjectBehaviour[] {
    return [...this.#latest.values()].map((l) => l.record);
  }

  /** In the words of `expectedFrom`. */
  known(definitions: readonly CountedDefinition[]): Known {
    const funnels = new Map(
      definitions
        .filter((d): d is ActiveDefinition<'funnel'> => d.kind === 'funnel')
        .map((d) => [d.name, compileFunnel(d.value)]),
    );
    const known: Record<string, unknown> = {};
    for (const { partition, record } of this.#latest.values()) {
      const { kind, name, definition_version: version, subject } = record;
      if (kind === 'definition') continue;
      const state: unknown = JSON.parse(record.state);
      const funnel = funnels.get(name);
      const key = `${partition} ${kind} ${name} ${version} ${subject}`;
      if (kind === 'link') known[key] = (state as { at: number }).at;
      else if (kind === 'cohort') known[key] = (state as CohortState).earliest.map((m) => m.timeMs);
      else if (funnel === undefined) known[key] = 'not in force';
      else known[key] = { best: progressOf(funnel, state as FunnelState, 0).best };
    }
    return known;
  }

  /** Ids and versions of the definitions that all of these partitions have counted. */
  marked(partitions: number): string[] {
    const markers = [...this.#latest.values()].filter((l) => l.record.kind === 'definition');
    const counts = Map.groupBy(markers, (l) => `${l.record.name} ${l.record.definition_version}`);
    return [...counts]
      .filter(([, list]) => list.length === partitions)
      .map(([id]) => id)
      .sort();
  }
}

const isNewer = (a: SubjectBehaviour, b: SubjectBehaviour) =>
  a.definition_version > b.definition_version ||
  (a.definition_version === b.definition_version && a.as_of_offset > b.as_of_offset);
