import { type MissionContext, type MissionRow, same } from '../mission/row.ts';

const VISIBLE_WITHIN_MS = 30_000;
const MINUTE_MS = 60_000;

interface Sent {
  readonly event_name?: string;
  readonly user_id?: string;
  readonly anonymous_id?: string;
  readonly minute: number;
}

/** The same story under names of this run: minutes before now. */
function createStory({ run, post, get, sql, eventually }: MissionContext, startMs: number) {
  const timeOf = (minute: number) => new Date(startMs + minute * MINUTE_MS).toISOString();
  const accepted = async (path: string, body: object) =>
    same(`POST ${path}`, (await post(`/api/v1/product/${path}`, body)).status, 202);
  const about = async (query: string) => {
    const { status, body } = await get(`/api/v1/product/funnel/${run}-join/progress?${query}`);
    const {
      level,
      status: state,
      user_id,
    } = body as { level?: number; status?: string; user_id?: string | null };
    return { answered: status, level, state, user: user_id };
  };
  const personsOf = async () => {
    const rows = await sql<{ person: string; n: number }>(
      `SELECT person, toInt32(count()) AS n FROM fineprint.product_events_by_person
       WHERE startsWith(event_name, {name:String}) GROUP BY person ORDER BY person`,
      { name: `${run}-identity ` },
    );
    return rows.map((r) => `${r.person} ${r.n}`);
  };
  const levelsOf = async () => {
    const rows = await sql<{ person: string; level: number }>(
      'SELECT person, level FROM fineprint.funnel_people WHERE funnel = {funnel:String} ORDER BY person',
      { funnel: `${run}-join` },
    );
    return rows.map((r) => `${r.person} ${r.level}`);
  };
  const buyers = async () => {
    const rows = await sql<{ person: string }>(
      'SELECT person FROM fineprint.cohort_members WHERE cohort = {cohort:String} ORDER BY person',
      { cohort: `${run}-buyers` },
    );
    return rows.map((r) => r.person);
  };
  return {
    track: ({ minute, ...event }: Sent) => accepted('events', { ...event, event_time: timeOf(minute) }),
    identify: (user_id: string, anonymous_id: string, minute: number) =>
      accepted('identify', { user_id, anonymous_id, traits: {}, event_time: timeOf(minute) }),
    /** Waits until live state and ClickHouse say the same. */
    becomes: (what: string, expected: { levels: string[]; persons: string[]; buyers: string[] }) =>
      eventually(VISIBLE_WITHIN_MS, async () => {
        same(`${what}: funnel in ClickHouse`, await levelsOf(), expected.levels);
        same(`${what}: events by person`, await personsOf(), expected.persons);
        same(`${what}: cohort`, await buyers(), expected.buyers);
      }),
    progress: (what: string, query: string, expected: object) =>
      eventually(VISIBLE_WITHIN_MS, async () => same(what, await about(query), expected)),
  };
}

export const identity: MissionRow = {
  row: 9,
  name: 'Identity',
  async check(context) {
    const { run, put } = context;
    const steps = ['view', 'cart', 'buy'].map((step) => ({ name: step, event: `${run}-identity ${step}` }));
    const funnel = await put(`/api/v1/analytics/funnels/${run}-join`, { windowMs: 86_400_000, steps });
    same('the funnel is made', funnel.status, 201);
    const rule = { type: 'event', event: `${run}-identity view`, atLeast: 2 };
    same('the cohort is made', (await put(`/api/v1/analytics/cohorts/${run}-buyers`, { rule })).status, 201);

    const story = createStory(context, Date.now() - 120 * MINUTE_MS);
    const [ann, bob, device] = [`${run}-ann`, `${run}-bob`, `${run}-device`];
    await story.track({ event_name: `${run}-identity view`, anonymous_id: device, minute: 1 });
    await story.track({ event_name: `${run}-identity view`, anonymous_id: device, minute: 2 });
    await story.track({ event_name: `${run}-identity cart`, anonymous_id: device, minute: 10 });
    await story.track({ event_name: `${run}-identity buy`, user_id: ann, minute: 40 });
    await story.track({ event_name: `${run}-identity view`, user_id: bob, minute: 50 });
    await story.becomes('before anybody is identified', {
      levels: [`a:${device} 2`, `u:${bob} 1`],
      persons: [`a:${device} 3`, `u:${ann} 1`, `u:${bob} 1`],
      buyers: [`a:${device}`],
    });

    await story.identify(ann, device, 30);
    await story.becomes('after identify', {
      levels: [`u:${ann} 3`, `u:${bob} 1`],
      persons: [`u:${ann} 4`, `u:${bob} 1`],
      buyers: [`u:${ann}`],
    });
    const converted = { answered: 200, level: 3, state: 'converted', user: ann };
    await story.progress('progress of the user', `user_id=${ann}`, converted);
    await story.progress('progress of the device', `anonymous_id=${device}`, converted);

    await story.identify(bob, device, 20);
    await story.becomes('after an earlier identify came late', {
      levels: [`u:${bob} 2`],
      persons: [`u:${ann} 1`, `u:${bob} 4`],
      buyers: [`u:${bob}`],
    });
    await story.progress('progress of the user that lost it', `user_id=${ann}`, {
      ...{ answered: 200, level: 0, state: 'not_entered', user: ann },
    });
    await story.progress('progress of the device', `anonymous_id=${device}`, {
      ...{ answered: 200, level: 2, state: 'in_progress', user: bob },
    });
    return 'three anonymous steps became the user’s at identify, in the funnel (2 of 3 to converted), a cohort and the events by person; a late, earlier identify moved them all to another user; live API and ClickHouse agree';
  },
};
