import { EVENT_KINDS, type EventKind, ROUTES, type SentEvent } from '../load/sent-event.ts';
import { batchFunnel, batchMetrics } from './batch-figures.ts';
import type { Facts, MetricRow, StoredCopy } from './facts.ts';
import { type ComparedTable, differencesOf } from './store-figures.ts';

/** Something that is not as promised, with what to look for. */
export interface Finding {
  readonly what:
    | 'lost'
    | 'duplicated'
    | 'unknown'
    | 'out_of_order'
    | 'aggregate'
    | 'stores_differ'
    | 'personal_data';
  /** The table, topic or log. */
  readonly where: string;
  /** The event's id, the garbage's key, or the row's name. */
  readonly id: string;
  readonly detail: string;
}

export interface Verdict {
  readonly stored: Readonly<Record<string, number>>;
  readonly deadLettered: number;
  readonly garbageDeadLettered: number;
  readonly lost: readonly Finding[];
  readonly duplicated: readonly Finding[];
  readonly unknown: readonly Finding[];
  readonly outOfOrder: readonly Finding[];
  readonly aggregates: readonly Finding[];
  /** Figures that are not the same in all stores. */
  readonly differing: readonly Finding[];
  readonly compared: readonly ComparedTable[];
  readonly personalData: readonly Finding[];
  readonly personalDataCount: number;
}

/** Holds what was found against what was sent. */
export function judge(facts: Facts): Verdict {
  const storedIds = new Set(EVENT_KINDS.flatMap((kind) => [...facts.stored[kind]]));
  const deadLettered = [...facts.deadLettered].filter((id) => facts.sent.has(id) && !storedIds.has(id));
  return {
    stored: Object.fromEntries([
      ...EVENT_KINDS.map((kind) => [ROUTES[kind].table, facts.stored[kind].length] as const),
      ...facts.copies.map(({ table, ids }) => [table, ids.length] as const),
    ]),
    deadLettered: deadLettered.length,
    garbageDeadLettered: [...facts.garbage.sent].filter((key) => facts.garbage.deadLettered.has(key)).length,
    lost: [...lostEvents(facts), ...facts.copies.flatMap((c) => lostCopies(facts, c)), ...lostGarbage(facts)],
    duplicated: [
      ...EVENT_KINDS.flatMap((kind) => duplicates(facts, kind)),
      ...facts.copies.flatMap(({ table, ids }) => twice(ids, table)),
    ],
    unknown: EVENT_KINDS.flatMap((kind) => strangers(facts, kind)),
    outOfOrder: EVENT_KINDS.flatMap((kind) => disorder(facts, kind)),
    aggregates: [...wrongMetrics(facts), ...wrongFunnel(facts)],
    differing: facts.compared.flatMap((table) =>
      differencesOf(table).map(
        (detail) => ({ what: 'stores_differ', where: table.table, id: '', detail }) as const,
      ),
    ),
    compared: facts.compared,
    personalData: [...facts.personalData].map(([where, count]) => ({
      what: 'personal_data',
      where,
      id: '',
      detail: `${count} times`,
    })),
    personalDataCount: [...facts.personalData.values()].reduce((sum, n) => sum + n, 0),
  };
}

function lostEvents({ sent, acknowledged, stored, deadLettered }: Facts): Finding[] {
  const tables = Object.fromEntries(EVENT_KINDS.map((kind) => [kind, new Set(stored[kind])]));
  return [...acknowledged].flatMap((id) => {
    const event = sent.get(id);
    if (event === undefined) throw new Error(`${id} was acknowledged, but never sent`);
    if (tables[event.kind]?.has(id) || deadLettered.has(id)) return [];
    return [{ what: 'lost', where: ROUTES[event.kind].table, id, detail: describe(event) } as const];
  });
}

/** What another store lacks: nothing but what its loader refused by name. */
function lostCopies({ sent, acknowledged, deadLettered }: Facts, copy: StoredCopy): Finding[] {
  const ids = new Set(copy.ids);
  return [...acknowledged].flatMap((id) => {
    const event = sent.get(id);
    if (event?.kind !== copy.kind || ids.has(id) || deadLettered.has(id) || copy.refused.has(id)) return [];
    return [{ what: 'lost', where: copy.table, id, detail: describe(event) } as const];
  });
}

function lostGarbage({ garbage }: Facts): Finding[] {
  return [...garbage.sent]
    .filter((key) => !garbage.deadLettered.has(key))
    .map((id) => ({ what: 'lost', where: 'dead letters', id, detail: 'a record that is no event' }));
}

function duplicates({ stored, clean }: Facts, kind: EventKind): Finding[] {
  const { table, clean: topic } = ROUTES[kind];
  return [...twice(stored[kind], table), ...twice(clean[kind].flat(), topic)];
}

function twice(ids: readonly string[], where: string): Finding[] {
  const seen = new Set<string>();
  return ids.flatMap((id) => {
    if (seen.has(id)) return [{ what: 'duplicated', where, id, detail: 'once more' } as const];
    seen.add(id);
    return [];
  });
}

function strangers({ sent, stored, clean, copies }: Facts, kind: EventKind): Finding[] {
  const places = [
    [ROUTES[kind].table, stored[kind]],
    [ROUTES[kind].clean, clean[kind].flat()],
    ...copies.filter((c) => c.kind === kind).map((c) => [c.table, c.ids] as const),
  ] as const;
  return places.flatMap(([where, ids]) =>
    ids
      .filter((id) => sent.get(id)?.kind !== kind)
      .map((id) => ({ what: 'unknown', where, id, detail: `no ${kind} event of this id was sent` }) as const),
  );
}

function disorder({ sent, clean }: Facts, kind: EventKind): Finding[] {
  return clean[kind].flatMap((ids, partition) => {
    const last = new Map<string, number>();
    return ids.flatMap((id) => {
      const order = sent.get(id)?.order;
      if (!order) return [];
      const before = last.get(order.subject) ?? 0;
      last.set(order.subject, Math.max(before, order.sequence));
      if (order.sequence >= before) return [];
      const detail = `number ${order.sequence} of ${order.subject} came after its number ${before}`;
      return [{ what: 'out_of_order', where: `${ROUTES[kind].clean}/${partition}`, id, detail } as const];
    });
  });
}

/** The events that the store holds: what nobody acknowledged may be in it or not, and counts only if it is. */
function storedEvents({ sent, stored }: Facts, kind: EventKind): SentEvent[] {
  return [...new Set(stored[kind])].flatMap((id) => sent.get(id) ?? []);
}

function wrongMetrics(facts: Facts): Finding[] {
  const expected = batchMetrics(storedEvents(facts, 'ai'));
  const text = (row: MetricRow | undefined) =>
    row === undefined
      ? 'nothing'
      : `${row.requests} requests, ${row.successes} successes, ${row.inputTokens} and ${row.outputTokens} tokens`;
  return differences('ai_metrics_minute', expected, facts.metrics, text);
}

function wrongFunnel(facts: Facts): Finding[] {
  const expected = batchFunnel(storedEvents(facts, 'product'));
  return differences('funnel_people', expected, facts.funnelLevels, (level) => `level ${level ?? 0}`);
}

function differences<T>(
  where: string,
  expected: ReadonlyMap<string, T>,
  actual: ReadonlyMap<string, T>,
  text: (value: T | undefined) => string,
): Finding[] {
  const keys = new Set([...expected.keys(), ...actual.keys()]);
  return [...keys].flatMap((id) => {
    const [should, is] = [text(expected.get(id)), text(actual.get(id))];
    return should === is ? [] : [{ what: 'aggregate', where, id, detail: `${is}, not ${should}` } as const];
  });
}

function describe({ order, timeMs }: SentEvent): string {
  const when = new Date(timeMs).toISOString();
  return order === null ? `of ${when}` : `number ${order.sequence} of ${order.subject}, ${when}`;
}
