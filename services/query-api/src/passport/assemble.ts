import type { Passport, PassportHop, PassportOpen } from './answer.ts';
import { tellCopies } from './copies.ts';
import { tellDeliveries } from './deliveries.ts';
import type { Facts, Ledger, Place } from './facts.ts';
import { hopOf, noteHop, placeOf, textOf, windowOf } from './hops.ts';
import { beganMs, type Journey, journeysOf, samePlace } from './journeys.ts';
import {
  AGGREGATOR,
  cleanOf,
  FORWARDERS,
  FUNNELS,
  GATEWAY,
  LOADER,
  PERSONS,
  POSTGRES_LOADER,
  readersOf,
  SCRUBBER,
} from './routes.ts';

/** What was gathered of one record. */
interface Told {
  readonly hops: PassportHop[];
  readonly open: PassportOpen[];
}

/** The passport of an event from what is known of it; null where nothing is. Pure. */
export function assemblePassport(facts: Facts): Passport | null {
  const journeys = journeysOf(facts);
  if (journeys.length === 0) return null;
  const told: Told = { hops: [], open: [] };
  for (const journey of journeys) {
    tellArrival(journey, facts, told);
    tellScrubber(journey, journeys, facts, told);
    tellReaders(journey, facts, told);
  }
  const { hops, open } = told;
  return {
    event_id: facts.eventId,
    status: statusOf(facts, hops, open),
    hops,
    open,
    left_out: facts.notesLeftOut,
  };
}

function statusOf(
  facts: Facts,
  hops: readonly PassportHop[],
  open: readonly PassportOpen[],
): Passport['status'] {
  // Whatever a destination or another store does, the event is where it is to be asked for.
  const isAside = (stage: string) => FORWARDERS.includes(stage) || stage === POSTGRES_LOADER;
  if (open.some(({ code, stage }) => code === 'not_yet' && !isAside(stage))) return 'on_its_way';
  if (facts.rows.length > 0) return 'stored';
  if (open.some(({ code }) => code === 'not_stored')) return 'missing';
  return hops.some(({ outcome }) => outcome === 'dead_lettered') ? 'dead_lettered' : 'dropped';
}

const ledgerAt = (facts: Facts, stage: string, place: Place | null): Ledger | null =>
  facts.ledger.find((l) => l.stage === stage && samePlace(l.place, place)) ?? null;

/** The record's receipt, where a row tells when that was. */
function tellArrival({ raw, row }: Journey, facts: Facts, { hops }: Told): void {
  if (raw === null || row === null) return;
  const claim = ledgerAt(facts, GATEWAY, raw);
  const isClaimed = claim !== null && claim.run !== null;
  const at = new Date(row.receivedMs).toISOString();
  const result = placeOf(raw, row.receivedMs);
  const stage = isClaimed ? GATEWAY : 'producer';
  hops.push(hopOf({ stage, outcome: 'received', at, at_is: 'exact', result }, claim));
}

function tellScrubber(journey: Journey, journeys: readonly Journey[], facts: Facts, { hops }: Told): void {
  const { raw, clean, row } = journey;
  const ledger = ledgerAt(facts, SCRUBBER, raw);
  const receivedMs = beganMs(journey);
  const result = clean === null ? null : placeOf(clean, receivedMs);
  const notes = journey.notes.filter((note) => note.stage === SCRUBBER);
  for (const note of notes) {
    const hop = noteHop(note, receivedMs, ledger);
    if (hop.outcome === 'scrubbed') hops.push({ ...hop, result });
    else if (hop.outcome === 'duplicate') hops.push({ ...hop, first: firstOf(journey, journeys) });
    else hops.push(hop);
  }
  const isPassed = notes.some((note) => note.kind === 'scrubbed');
  if (row !== null && raw !== null && !isPassed)
    hops.push(
      hopOf({ stage: SCRUBBER, outcome: 'passed', record: placeOf(raw, receivedMs), result }, ledger),
    );
}

/** The stored record that a dropped one repeats. An id counts once per raw topic. */
function firstOf(dropped: Journey, journeys: readonly Journey[]): PassportHop['first'] {
  const first = journeys.find(
    (j) => j !== dropped && j.row !== null && j.raw !== null && j.raw.topic === dropped.raw?.topic,
  );
  return first?.raw == null ? null : placeOf(first.raw, beganMs(first));
}

/** What the stages behind the scrubber made of the record. */
function tellReaders(journey: Journey, facts: Facts, told: Told): void {
  const { raw, clean, notes } = journey;
  const others = notes.filter((note) => note.stage !== SCRUBBER);
  if (clean === null) {
    for (const note of others) told.hops.push(noteHop(note, null, null));
    if (raw !== null && notes.some((note) => note.kind === 'scrubbed')) tellNoRow(journey, raw, facts, told);
    return;
  }
  const readers = readersOf(clean.topic);
  for (const stage of readers) {
    const ledger = ledgerAt(facts, stage, clean);
    const own = others.filter((note) => note.stage === stage);
    for (const note of own) told.hops.push(noteHop(note, beganMs(journey), ledger));
    if (own.length === 0) tellReader(stage, journey, clean, ledger, facts, told);
  }
  const copies = tellCopies(clean, beganMs(journey), facts);
  told.hops.push(...copies.hops);
  told.open.push(...copies.open);
  const forwarded = tellDeliveries(clean, beganMs(journey), facts);
  told.hops.push(...forwarded.hops);
  told.open.push(...forwarded.open);
  for (const note of others)
    if (!readers.includes(note.stage)) told.hops.push(noteHop(note, beganMs(journey), null));
}

/** It was passed on, and is in no table. */
function tellNoRow(journey: Journey, raw: Place, facts: Facts, { open }: Told): void {
  const passedMs = Math.max(...journey.notes.map((note) => note.notedMs));
  const topic = cleanOf(raw.topic);
  const reach = facts.ledger.find(
    (l) => l.stage === LOADER && l.place.topic === topic && l.place.partition === raw.partition,
  );
  // What the loader has read was received in order, and this one was received before it was scrubbed.
  const isPast = reach !== undefined && reach.readUntilMs > passedMs;
  const record = topic === null ? null : placeOf({ topic, partition: raw.partition, offset: null }, passedMs);
  const message = isPast
    ? 'The loader has gone past it, and no table has it: deleted, expired, or lost.'
    : `Not yet at ${LOADER}.`;
  open.push({ stage: LOADER, record, code: isPast ? 'not_stored' : 'not_yet', message });
}

/** What one stage made of the record: where its ledger covers it, or a row proves it. */
function tellReader(
  stage: string,
  journey: Journey,
  clean: Place,
  ledger: Ledger | null,
  facts: Facts,
  told: Told,
): void {
  const { row } = journey;
  const record = placeOf(clean, beganMs(journey));
  if (stage === LOADER && row !== null) {
    const { partition, offset } = clean;
    const stored = { store: 'clickhouse', table: row.table, partition, offset };
    told.hops.push(hopOf({ stage, outcome: 'stored', record, row: stored }, ledger));
    return;
  }
  if (ledger === null || ledger.run === null) {
    told.open.push({ stage, record, ...whyOpen(stage, clean, ledger) });
    return;
  }
  if (stage === LOADER) {
    const message = 'The loader has gone past it, and no table has it: deleted, expired, or lost.';
    told.open.push({ stage, record, code: 'not_stored', message });
  } else if (stage === AGGREGATOR && row !== null && row.window !== null) {
    tellWindow(journey, clean, ledger, facts, told);
  } else if (stage === FUNNELS && row?.hasSubject === false) {
    told.hops.push(hopOf({ stage, outcome: 'dropped', record, reason: 'no_subject' }, ledger));
  } else {
    told.hops.push(hopOf({ stage, outcome: 'applied', record }, ledger));
    if (stage === FUNNELS) tellPersons(clean, facts, told);
  }
}

function whyOpen(stage: string, place: Place, ledger: Ledger | null): Pick<PassportOpen, 'code' | 'message'> {
  if (ledger === null || ledger.toOffset <= place.offset)
    return { code: 'not_yet', message: `Not yet at ${stage}.` };
  if (ledger.fromOffset > place.offset)
    return { code: 'ledger_expired', message: `What ${stage} did so long ago is no longer in the ledger.` };
  return { code: 'ledger_gap', message: `No ledger entry of ${stage} covers ${textOf(place)}.` };
}

/** The minute of metrics that counts an AI request. */
function tellWindow(
  { row }: Journey,
  clean: Place,
  ledger: Ledger,
  facts: Facts,
  { hops, open }: Told,
): void {
  if (row === null || row.window === null) return;
  const found = facts.counted.find((c) => samePlace(c.clean, clean));
  const record = placeOf(clean, row.receivedMs);
  const window = windowOf(found?.window ?? row.window);
  if (found === undefined) {
    hops.push(hopOf({ stage: AGGREGATOR, outcome: 'counted', record, window }, ledger));
    const message = 'Its window of metrics is not yet loaded.';
    open.push({ stage: LOADER, record: null, code: 'not_yet', message });
    return;
  }
  const { partition, offset } = found.place;
  const inTable = { store: 'clickhouse', table: 'ai_metrics', partition, offset };
  const result = placeOf(found.place, found.snapshotMs);
  hops.push(hopOf({ stage: AGGREGATOR, outcome: 'counted', record, window, result, row: inTable }, ledger));
}

/** What became of the states that funnel-builder published after the record. */
function tellPersons(clean: Place, facts: Facts, { hops, open }: Told): void {
  const applied = facts.applied.find((a) => samePlace(a.clean, clean));
  if (applied === undefined) return;
  const { topic, partition, run } = applied;
  const record = placeOf({ topic, partition, offset: null }, null);
  if (run === null) open.push({ stage: PERSONS, record, code: 'not_yet', message: `Not yet at ${PERSONS}.` });
  else hops.push(hopOf({ stage: PERSONS, outcome: 'applied', record }, run));
}
