import type { Receipt } from '@fineprint/privacy';
import { deadLetterOf, inputTopics, nodes, type TopicName, topics } from '@fineprint/topology';
import type { PrivacyPorts } from './ports.ts';

const HOUR_MS = 3_600_000;

/** What an erasure cannot reach, and until when it is there: nothing of it is read into a store again. */
export function remainsOf(
  {
    topicHours,
    isAnonymized,
    retentionArchiveDays: archiveDays,
  }: Pick<PrivacyPorts, 'topicHours' | 'isAnonymized' | 'retentionArchiveDays'>,
  fromMs: number,
): Receipt['remains'] {
  const until = (hours: number) => new Date(fromMs + hours * HOUR_MS).toISOString();
  const raw: readonly TopicName[] = inputTopics(nodes['pii-scrubber']);
  const clean: readonly TopicName[] = Object.values(nodes['pii-scrubber'].routes).flat();
  const letters: readonly TopicName[] = [deadLetterOf('pii-scrubber'), deadLetterOf('ingest-gateway')];
  const later = (Object.keys(topics) as TopicName[]).filter(
    (name) => /^(?:dead-letter|replay)\./.test(name) && !letters.includes(name),
  );
  const asStored = isAnonymized
    ? 'events under a pseudonym that nothing connects with anybody'
    : 'events with the ids';
  return [
    ...raw.map((where) => ({ where, what: 'events as they came', until: until(topicHours(where)) })),
    ...letters.map((where) => ({
      where,
      what: 'refused events as they came',
      until: until(topicHours(where)),
    })),
    ...clean.map((where) => ({
      where,
      what: asStored,
      until: until(topicHours(where)),
    })),
    ...(['subject.behaviour', 'funnel.progress', 'cohort.membership', 'identity.links'] as const).map(
      (where) => ({
        where,
        what: 'records that a tombstone follows, until Kafka compacts them',
        until: until(topicHours(where)),
      }),
    ),
    ...later.map((where) => ({
      where,
      what: `refused: ${asStored}`,
      until: until(topicHours(where)),
    })),
    {
      where: 'archived files of rows whose time was over',
      what: asStored,
      until: archiveDays === undefined ? 'ARCHIVE_RETENTION_DAYS is set' : until(archiveDays * 24),
    },
    {
      where: "the gateway's spool",
      what: 'events that Kafka did not have yet',
      until: 'they are sent, then dropped as erased',
    },
    {
      where: 'backups, write-ahead logs and freed space of stores',
      what: 'rows as they were',
      until: 'they are replaced or written over',
    },
  ];
}
