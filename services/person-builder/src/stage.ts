import { type ErasedList, type SubjectId, subjectOfName } from '@fineprint/privacy';
import type { CohortMembership, FunnelProgress, IdentityLink } from '@fineprint/schemas';
import type { DecodedRecord, Drop, EffectStage, Emission } from '@fineprint/stream-runtime';
import type { CohortRow, FunnelRow, LinkRow, Revised } from './rows.ts';
import { admit, toSnapshot } from './snapshot.ts';
import type { PeopleNews, PeopleStore } from './store/people-store.ts';

type Output = 'funnel.progress' | 'cohort.membership' | 'identity.links';

export type PersonStage = EffectStage<'person-builder', 'subject.behaviour'>;

/** Snapshots of single ids in, what they mean for persons out. */
export function createPersonStage(
  store: PeopleStore,
  onNews: (news: PeopleNews) => void,
  erased: ErasedList | null = null,
): PersonStage {
  return {
    node: 'person-builder',
    input: 'subject.behaviour',
    admit,
    async apply(records) {
      await erased?.refresh();
      const others = new Map(
        records.flatMap((record, i) => (isErased(erased, record) ? [[i, ERASED] as const] : [])),
      );
      const kept = records.filter((_, i) => !others.has(i));
      const news = await store.apply(kept.map(({ record, partition }) => toSnapshot(record, partition)));
      onNews(news);
      return { emissions: emissionsOf(news), others };
    },
  };
}

const ERASED: Drop = { type: 'drop', reason: 'erased' };

/** A snapshot from before its subject was erased, read late or again. */
function isErased(erased: ErasedList | null, { record, input }: DecodedRecord<'subject.behaviour'>): boolean {
  if (erased === null) return false;
  const subject = subjectOfName(record.subject);
  const isGone = (id: SubjectId | null) => id !== null && erased.isErased(id, input.timestampMs);
  return isGone(subject) || (record.kind === 'link' && isGone({ kind: 'user', id: record.name }));
}

function emissionsOf({ links, funnels, cohorts }: PeopleNews): Emission<Output>[] {
  return [
    ...links.map(
      (row): Emission<Output> => ({
        to: 'identity.links',
        key: row.anonymousId,
        record: linkRecord(row),
      }),
    ),
    ...funnels.map(
      (row): Emission<Output> => ({
        to: 'funnel.progress',
        key: keyOf(row),
        record: funnelRecord(row),
      }),
    ),
    ...cohorts.map(
      (row): Emission<Output> => ({
        to: 'cohort.membership',
        key: keyOf(row),
        record: cohortRecord(row),
      }),
    ),
  ];
}

/** Names may hold any character, so no separator would tell person and name apart. */
const keyOf = ({ person, name }: { person: string; name: string }) => JSON.stringify([person, name]);

const linkRecord = (row: Revised<LinkRow>): IdentityLink => ({
  anonymous_id: row.anonymousId,
  user_id: row.userId,
  identified_at: row.identifiedAtMs,
  revision: row.revision,
  updated_at: row.updatedAtMs,
});

const funnelRecord = (row: Revised<FunnelRow>): FunnelProgress => ({
  person: row.person,
  funnel: row.name,
  definition_version: row.definitionVersion,
  revision: row.revision,
  level: row.level,
  step_count: row.stepCount,
  steps: row.steps,
  step_times: row.stepTimesMs,
  entered_at: row.enteredAtMs,
  reached_at: row.reachedAtMs,
  open_until: row.openUntilMs,
  exact: row.exact,
  merged_into: row.mergedInto,
  updated_at: row.updatedAtMs,
});

const cohortRecord = (row: Revised<CohortRow>): CohortMembership => ({
  person: row.person,
  cohort: row.name,
  definition_version: row.definitionVersion,
  revision: row.revision,
  member: row.member,
  since: row.sinceMs,
  merged_into: row.mergedInto,
  updated_at: row.updatedAtMs,
});
