import { type TopicName, topics } from '@fineprint/topology';
import { isoOf } from '../params/time-range.ts';
import type { PassportHop, PassportPlace } from './answer.ts';
import type { Ledger, Note, Place, Run, SeriesWindow } from './facts.ts';
import { deadLetterTopicOf } from './routes.ts';

const HOUR_MS = 3_600_000;

/** A place, and until when Kafka keeps what was received at a time. */
export function placeOf(
  place: { readonly topic: string; readonly partition: number | null; readonly offset: number | null },
  receivedMs: number | null,
): PassportPlace {
  const { topic, partition, offset } = place;
  const kept = keptUntilMs(topic, receivedMs);
  return { topic, partition, offset, kept_until: kept === null ? null : isoOf(kept) };
}

function keptUntilMs(topic: string, receivedMs: number | null): number | null {
  if (receivedMs === null || !(topic in topics)) return null;
  const { cleanup, retentionHours } = topics[topic as TopicName];
  return cleanup === 'delete' ? receivedMs + retentionHours * HOUR_MS : null;
}

const EMPTY: Omit<PassportHop, 'stage' | 'outcome'> = {
  at: null,
  at_is: 'latest',
  record: null,
  result: null,
  row: null,
  reason: null,
  dead_letter_id: null,
  paths: [],
  changes: [],
  first: null,
  window: null,
  delivery: null,
  ledger: null,
};

/** A hop, with what the stage's ledger says of it: who did it, and by when. */
export function hopOf(
  hop: Pick<PassportHop, 'stage' | 'outcome'> & Partial<PassportHop>,
  ledger: Ledger | Run | null | undefined,
): PassportHop {
  const run = ledger == null ? null : 'run' in ledger ? ledger.run : ledger;
  const { stage, outcome, ...more } = hop;
  if (run === null) return { stage, outcome, ...EMPTY, ...more };
  return {
    ...{ stage, outcome, ...EMPTY },
    at: isoOf(run.writtenMs),
    ledger: {
      entry_id: run.entryId,
      instance: run.instance,
      first_offset: run.firstOffset,
      next_offset: run.nextOffset,
      written_at: isoOf(run.writtenMs),
    },
    ...more,
  };
}

/** What a note tells. */
export function noteHop(note: Note, receivedMs: number | null, ledger: Ledger | null): PassportHop {
  const { stage, kind, reason, place, types, paths } = note;
  const common = {
    stage,
    at: isoOf(note.notedMs),
    at_is: 'exact',
    record: place === null ? null : placeOf(place, receivedMs),
  } as const;
  if (kind === 'scrubbed') {
    const changes = types.map((type, i) => ({ type, path: paths[i] ?? '' }));
    return hopOf({ ...common, outcome: 'scrubbed', changes }, ledger);
  }
  if (kind === 'dropped') {
    const outcome = reason === 'duplicate_event_id' ? 'duplicate' : 'dropped';
    return hopOf({ ...common, outcome, reason }, ledger);
  }
  const topic = deadLetterTopicOf(stage);
  const letter = topic === null ? null : { topic, partition: place?.partition ?? null, offset: null };
  return hopOf(
    {
      ...common,
      outcome: 'dead_lettered',
      reason,
      dead_letter_id: note.deadLetterId,
      paths: [...paths],
      result: letter === null ? null : placeOf(letter, note.notedMs),
    },
    ledger,
  );
}

export const windowOf = (window: SeriesWindow): NonNullable<PassportHop['window']> => ({
  start: isoOf(window.startMs),
  model: window.model_name,
  version: window.model_version,
  provider: window.provider,
  experiment_id: window.experiment_id,
  variant: window.variant,
});

export const textOf = ({ topic, partition, offset }: Place): string => `${topic}/${partition}@${offset}`;
