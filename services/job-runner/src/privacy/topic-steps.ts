import type { TopicName } from '@fineprint/topology';
import { type LiveKey, liveKeys, takeAway } from './live-keys.ts';
import { noteFound } from './note-found.ts';
import type { Step, StepContext } from './step.ts';
import { waitForReaders } from './wait-for-readers.ts';

/** What stages know by raw subject: their memory has let go of it by the list; a rebuild of it does by these tombstones. */
export const stages: Step = (context) => {
  const { scope, ports } = context;
  const [persons, users] = [new Set(scope.persons), new Set(scope.users)];
  return emptied(context, 'stages', ['subject.behaviour'], () =>
    liveKeys(
      ports.kafka,
      ports.decoder,
      'subject.behaviour',
      (_key, { subject, kind, name }) => persons.has(subject) || (kind === 'link' && users.has(name)),
    ),
  );
};

/** What is derived of people: after Postgres, so that nothing works it out again. */
export const topics: Step = (context) => {
  const { scope, ports } = context;
  const [persons, users, anonymous] = [
    new Set(scope.persons),
    new Set(scope.users),
    new Set(scope.anonymous),
  ];
  const isOf = (_key: string, row: { person: string; merged_into: string | null }) =>
    persons.has(row.person) || persons.has(row.merged_into ?? '');
  const { kafka, decoder } = ports;
  return emptied(context, 'topics', ['funnel.progress', 'cohort.membership', 'identity.links'], async () => [
    ...(await liveKeys(kafka, decoder, 'funnel.progress', isOf)),
    ...(await liveKeys(kafka, decoder, 'cohort.membership', isOf)),
    ...(await liveKeys(
      kafka,
      decoder,
      'identity.links',
      (_key, row) => anonymous.has(row.anonymous_id) || users.has(row.user_id),
    )),
  ]);
};

async function emptied(
  context: StepContext,
  step: 'stages' | 'topics',
  names: readonly TopicName[],
  find: () => Promise<LiveKey[]>,
): Promise<{ readonly tombstones: number; readonly unread: Record<string, number> }> {
  const { ports, run } = context;
  const keys = await find();
  const tombstones = await noteFound(context, step, 'tombstones', keys.length);
  await takeAway(ports.kafka, keys);
  const admin = await ports.kafka.admin();
  try {
    return { tombstones, unread: await waitForReaders(admin, names, run.signal) };
  } finally {
    await admin.close();
  }
}
