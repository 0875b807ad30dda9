import { userSubject } from '@fineprint/behaviour';
import {
  type Claim,
  type CohortRow,
  cohortRowOf,
  type Definitions,
  type FunnelRow,
  funnelRowOf,
  type LinkRow,
  newestOf,
  ownerOf,
  type PeopleNews,
  type PeopleStore,
  type Revised,
  readCohortState,
  readFunnelState,
  readLinkTime,
  type Snapshot,
  tellsCohort,
  tellsFunnel,
} from '@fineprint/person-builder/core';
import { StreamError } from '@fineprint/stream-runtime';
import type { Remote } from './remote.ts';
import type { SimProcess } from './sim-process.ts';

interface Subject {
  person: string;
  link: Revised<LinkRow> | null;
  /** Everyone it was taken from. */
  readonly earlier: Set<string>;
}

/** What Postgres holds of people, and the transaction on it: a model of person-builder's statements. */
export interface SimPeople {
  connect(process: SimProcess): PeopleStore;
  readonly funnels: ReadonlyMap<string, Revised<FunnelRow>>;
  readonly cohorts: ReadonlyMap<string, Revised<CohortRow>>;
}

type Standing = { readonly person: string; readonly kind: 'funnel' | 'cohort'; readonly name: string };
const keyOf = (...parts: readonly (string | number)[]) => JSON.stringify(parts);

export function createPeople(remote: Remote, definitions: Definitions, nowMs: () => number): SimPeople {
  const states = new Map<string, Snapshot>();
  const subjects = new Map<string, Subject>();
  const funnels = new Map<string, Revised<FunnelRow>>();
  const cohorts = new Map<string, Revised<CohortRow>>();
  let revision = 0;
  const revised = <Row>(row: Row): Revised<Row> => ({ ...row, revision: ++revision, updatedAtMs: nowMs() });

  const subjectOf = (id: string): Subject => {
    const subject = subjects.get(id) ?? { person: id, link: null, earlier: new Set() };
    subjects.set(id, subject);
    return subject;
  };

  const save = (snapshot: Snapshot) => {
    const { subject, kind, name, partition } = snapshot;
    const key = keyOf(subject, kind, name, partition);
    const known = states.get(key);
    const isNewer =
      known === undefined ||
      snapshot.definitionVersion > known.definitionVersion ||
      (snapshot.definitionVersion === known.definitionVersion && snapshot.asOfOffset > known.asOfOffset);
    if (isNewer) states.set(key, snapshot);
    subjectOf(subject);
  };

  /** Gives a linked id to the user of its earliest identify; answers whom that concerns. */
  const relink = (id: string): string[] => {
    const claims = [...states.values()].flatMap((s): Claim[] => {
      const timeMs = s.kind === 'link' && s.subject === id ? readLinkTime(s.state) : null;
      return timeMs === null ? [] : [{ userId: s.name, timeMs }];
    });
    const subject = subjectOf(id);
    const before = subject.person;
    const owner = ownerOf(claims);
    if (owner !== null) {
      subjectOf(userSubject(owner.userId));
      if (owner.person !== before) subject.earlier.add(before);
      const isSame = subject.person === owner.person && subject.link?.identifiedAtMs === owner.timeMs;
      subject.person = owner.person;
      if (!isSame)
        subject.link = revised({
          anonymousId: id.slice(2),
          userId: owner.userId,
          identifiedAtMs: owner.timeMs,
        });
    }
    return [id, before, subject.person, ...subject.earlier];
  };

  const standingsOf = (snapshots: readonly Snapshot[]): Map<string, Standing> => {
    const standings = new Map<string, Standing>();
    const add = (standing: Standing) =>
      standings.set(keyOf(standing.person, standing.kind, standing.name), standing);
    const linked = new Set(snapshots.filter((s) => s.kind === 'link').map((s) => s.subject));
    for (const { subject, kind, name } of snapshots)
      if (kind !== 'link') add({ person: subjectOf(subject).person, kind, name });
    for (const id of linked) {
      const persons = relink(id);
      for (const { subject, kind, name } of states.values())
        if (subject === id && kind !== 'link') for (const person of persons) add({ person, kind, name });
    }
    return standings;
  };

  /** The states of all ids of a person, always in the same order. */
  const statesOf = ({ person, kind, name }: Standing): Snapshot[] =>
    [...states.values()]
      .filter((s) => s.kind === kind && s.name === name && subjectOf(s.subject).person === person)
      .sort((a, b) => (a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : a.partition - b.partition));

  const workOut = async (standing: Standing, news: News) => {
    const { person, kind, name } = standing;
    const key = keyOf(person, kind, name);
    const all = statesOf(standing);
    const known = kind === 'funnel' ? funnels.get(key) : cohorts.get(key);
    const version =
      all.length === 0 ? known?.definitionVersion : Math.max(...all.map((s) => s.definitionVersion));
    if (version === undefined) return;
    const definition = await definitions.compiled({ kind, name, version });
    const texts = all.filter((s) => s.definitionVersion === version).map((s) => s.state);
    const basis = { person, name, owner: subjectOf(person).person, version };
    if (definition?.kind === 'funnel') {
      const counted = texts.flatMap((text) => readFunnelState(text) ?? []);
      const row = funnelRowOf(definition, { ...basis, states: counted });
      if (tellsFunnel(row, funnels.get(key))) funnels.set(key, revised(row));
      news.funnels.push(...present(funnels.get(key)));
    }
    if (definition?.kind === 'cohort') {
      const counted = texts.flatMap((text) => readCohortState(text) ?? []);
      const row = cohortRowOf(definition, { ...basis, states: counted });
      if (tellsCohort(row, cohorts.get(key))) cohorts.set(key, revised(row));
      news.cohorts.push(...present(cohorts.get(key)));
    }
  };

  // One after another, as row locks make them where they meet.
  let queue: Promise<unknown> = Promise.resolve();
  const transact = (snapshots: readonly Snapshot[]): Promise<PeopleNews> => {
    const run = async () => {
      const newest = newestOf(snapshots);
      newest.forEach(save);
      const news: News = { funnels: [], cohorts: [], links: [] };
      for (const standing of standingsOf(newest).values()) await workOut(standing, news);
      for (const id of new Set(newest.filter((s) => s.kind === 'link').map((s) => s.subject))) {
        const link = subjectOf(id).link;
        if (link !== null) news.links.push(link);
      }
      return news;
    };
    const result = queue.then(run);
    queue = result.catch(() => undefined); // its caller is told
    return result;
  };

  return {
    funnels,
    cohorts,
    connect: (process) => ({
      apply: (snapshots) =>
        process
          .call(remote, `transaction of ${snapshots.length}`, () => transact(snapshots))
          .catch((error: unknown) =>
            Promise.reject(
              new StreamError('unavailable', 'Postgres does not answer', { cause: error, retriable: true }),
            ),
          ),
    }),
  };
}

const present = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

interface News {
  readonly funnels: Revised<FunnelRow>[];
  readonly cohorts: Revised<CohortRow>[];
  readonly links: Revised<LinkRow>[];
}
