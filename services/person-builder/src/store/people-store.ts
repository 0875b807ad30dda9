import { PoisonError, StreamError } from '@fineprint/stream-runtime';
import type { Pool } from 'pg';
import type { Compiled, Definitions } from '../definitions.ts';
import type { CohortRow, CountedFunnelRow, FunnelRow, LinkRow, Revised } from '../rows.ts';
import { newestOf, type Snapshot } from '../snapshot.ts';
import { cohortRowOf, funnelRowOf, tellsCohort, tellsFunnel } from '../standing.ts';
import { readCohortState, readFunnelState } from '../states.ts';
import { readCohortRows, writeCohortRows } from './cohort-rows.ts';
import { readFunnelRows, writeFunnelRows } from './funnel-rows.ts';
import { writeFunnelSteps } from './funnel-steps.ts';
import { relink } from './links.ts';
import { hold } from './lock.ts';
import { inTransaction, type Transaction } from './postgres.ts';
import { type MemberState, readMemberStates, type Standing, saveStates, standingKey } from './states.ts';

/** What the store holds, after a batch, of everything that the batch concerned. */
export interface PeopleNews {
  readonly funnels: readonly Revised<FunnelRow>[];
  readonly cohorts: readonly Revised<CohortRow>[];
  readonly links: readonly Revised<LinkRow>[];
}

/** People as Postgres has them. */
export interface PeopleStore {
  /** One transaction. The same snapshots again change nothing and answer at least as much. */
  apply(snapshots: readonly Snapshot[]): Promise<PeopleNews>;
}

/** Each try finds who must be held; more than a few tries means that ids are moving all the time. */
const MAX_HOLDS = 5;

export function createPeopleStore(pool: Pool, definitions: Definitions): PeopleStore {
  const tryOnce = (snapshots: readonly Snapshot[]) =>
    inTransaction(pool, async (tx): Promise<PeopleNews | null> => {
      const held = await hold(tx, snapshots);
      if (held === null) return null;
      await saveStates(tx, snapshots);
      const { links, standings: moved } = await relink(tx, snapshots, held);
      const own = snapshots.flatMap(({ subject, kind, name }): Standing[] =>
        kind === 'link' ? [] : [{ person: held.personOf.get(subject) ?? subject, kind, name }],
      );
      const standings = new Map([...own, ...moved].map((standing) => [standingKey(standing), standing]));
      return { ...(await workOut(tx, [...standings.values()], definitions)), links };
    });

  return {
    async apply(all) {
      const snapshots = newestOf(all);
      for (const snapshot of snapshots) await requireDefinition(definitions, snapshot);
      for (let tries = 0; tries < MAX_HOLDS; tries++) {
        const news = await tryOnce(snapshots);
        if (news !== null) return news;
      }
      throw new StreamError('unavailable', 'ids moved between persons while they were looked up', {
        retriable: true,
      });
    },
  };
}

/** Definitions are stored before anything is counted by them, so one that is not there never was. */
async function requireDefinition(definitions: Definitions, snapshot: Snapshot): Promise<void> {
  const { kind, name, definitionVersion: version, state } = snapshot;
  if (kind === 'link') return;
  const compiled = await definitions.compiled({ kind, name, version });
  if (compiled === null)
    throw new PoisonError('unknown_definition', `there is no ${kind} of this name and version`);
  if (compiled.kind === 'funnel' && readFunnelState(state)?.settled.open.length !== compiled.funnel.stepCount)
    throw new PoisonError('invalid_state', 'the state does not have as many steps as its funnel');
}

async function workOut(
  tx: Transaction,
  standings: readonly Standing[],
  definitions: Definitions,
): Promise<Pick<PeopleNews, 'funnels' | 'cohorts'>> {
  const states = await readMemberStates(tx, standings);
  const ownerOf = await readOwners(tx, standings);
  const funnels = standings.filter((s) => s.kind === 'funnel');
  const cohorts = standings.filter((s) => s.kind === 'cohort');
  const knownFunnels = byKey(funnels.length === 0 ? [] : await readFunnelRows(tx, funnels), 'funnel');
  const knownCohorts = byKey(cohorts.length === 0 ? [] : await readCohortRows(tx, cohorts), 'cohort');

  const changedFunnels: CountedFunnelRow[] = [];
  for (const standing of funnels) {
    const known = knownFunnels.get(standingKey(standing));
    const basis = await basisOf(standing, states, known, ownerOf, definitions);
    if (basis?.definition.kind !== 'funnel') continue;
    const read = basis.states.flatMap((s) => readFunnelState(s.state) ?? []);
    const row = funnelRowOf(basis.definition, { ...basis, states: read });
    if (tellsFunnel(row, known)) changedFunnels.push(row);
  }
  const changedCohorts: CohortRow[] = [];
  for (const standing of cohorts) {
    const known = knownCohorts.get(standingKey(standing));
    const basis = await basisOf(standing, states, known, ownerOf, definitions);
    if (basis?.definition.kind !== 'cohort') continue;
    const read = basis.states.flatMap((s) => readCohortState(s.state) ?? []);
    const row = cohortRowOf(basis.definition, { ...basis, states: read });
    if (tellsCohort(row, known)) changedCohorts.push(row);
  }
  const writtenFunnels = await writeFunnelRows(tx, changedFunnels);
  await writeFunnelSteps(tx, changedFunnels);
  const writtenCohorts = await writeCohortRows(tx, changedCohorts);
  return {
    funnels: [...new Map([...knownFunnels, ...byKey(writtenFunnels, 'funnel')]).values()],
    cohorts: [...new Map([...knownCohorts, ...byKey(writtenCohorts, 'cohort')]).values()],
  };
}

const byKey = <Row extends { readonly person: string; readonly name: string }>(
  rows: readonly Row[],
  kind: Standing['kind'],
): Map<string, Row> =>
  new Map(rows.map((row) => [standingKey({ person: row.person, kind, name: row.name }), row]));

/** Whose each person's own id is now. */
async function readOwners(tx: Transaction, standings: readonly Standing[]): Promise<Map<string, string>> {
  const rows = await tx.rows<{ subject: string; person: string }>(
    'SELECT subject, person FROM fineprint.subjects WHERE subject = ANY($1)',
    [[...new Set(standings.map((s) => s.person))]],
  );
  return new Map(rows.map((row) => [row.subject, row.person]));
}

/**
 * The definition that counts is the newest that any of the person's ids has a state of; states of an older one wait until
 * their partition has counted again. So a row depends on states and links alone, not on when who heard of a definition.
 */
async function basisOf(
  { person, kind, name }: Standing,
  states: ReadonlyMap<string, readonly MemberState[]>,
  known: { readonly definitionVersion: number } | undefined,
  ownerOf: ReadonlyMap<string, string>,
  definitions: Definitions,
) {
  const all = states.get(standingKey({ person, kind, name })) ?? [];
  const versions = all.map((state) => state.version);
  const version = versions.length === 0 ? known?.definitionVersion : Math.max(...versions);
  if (version === undefined) return null; // nothing known of them, and nothing to take back
  const definition: Compiled | null = await definitions.compiled({ kind, name, version });
  if (definition === null)
    throw new StreamError('unavailable', `a ${kind} that states were counted by is gone`, {
      retriable: true,
    });
  const owner = ownerOf.get(person) ?? person;
  return { person, name, owner, version, definition, states: all.filter((s) => s.version === version) };
}
