import type { EventSelector, SegmentRule, SegmentTest } from '@fineprint/behaviour';
import { AMOUNT_UNITS, HAS_AMOUNT } from '../analytics/amounts.ts';
import { EVENT_MS } from '../analytics/persons.ts';
import { filterSql, traitSql } from './filter-sql.ts';
import type { SqlValues } from './sql-values.ts';

const DAY_MS = 86_400_000;
const UNITS = 1_000_000;
const COMPARISONS = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/** A rule in three layers: what is gathered per raw id, what that makes of a person, and whether they belong. */
export interface RuleSql {
  readonly ofGroup: readonly string[];
  readonly ofPerson: readonly string[];
  readonly belongs: string;
}

/** What `compileSegment` of @fineprint/behaviour asks of a user, as SQL. A parsed rule has at most 20 levels. */
export function ruleSql(rule: SegmentRule, nowMs: number, values: SqlValues): RuleSql {
  const ofGroup: string[] = [];
  const ofPerson: string[] = [];
  const gather = (group: (name: string) => string, person: (name: string) => string): string => {
    const name = `fact_${ofGroup.length}`;
    ofGroup.push(`${group(name)} AS ${name}`);
    ofPerson.push(`${person(name)} AS person_${name}`);
    return `person_${name}`;
  };
  const build = (one: SegmentRule): string => {
    if (!('rules' in one)) return testSql(one, nowMs, values, gather);
    const parts = one.rules.map(build);
    if (one.type === 'all') return `(${parts.join(' AND ')})`;
    return `${one.type === 'not' ? 'NOT ' : ''}(${parts.join(' OR ')})`;
  };
  const belongs = build(rule);
  return { ofGroup, ofPerson, belongs };
}

type Gather = (group: (name: string) => string, person: (name: string) => string) => string;

function testSql(test: SegmentTest, nowMs: number, values: SqlValues, gather: Gather): string {
  switch (test.type) {
    case 'event_count': {
      const matches = eventSql(test.selector, values);
      const since =
        test.withinDays === null
          ? ''
          : ` AND ${EVENT_MS} >= ${values.whole(nowMs - test.withinDays * DAY_MS)}`;
      const count = gather(
        () => `countIf(${matches}${since})`,
        (name) => `sum(${name})`,
      );
      return `(${count} ${COMPARISONS[test.op]} ${values.whole(test.count)})`;
    }
    case 'last_seen': {
      const matches = eventSql(test.selector, values);
      const last = gather(
        () => `maxOrNullIf(${EVENT_MS}, ${matches})`,
        (name) => `max(${name})`,
      );
      const silentMs = `${values.whole(nowMs)} - assumeNotNull(${last})`;
      return `(${last} IS NOT NULL AND ${silentMs} ${COMPARISONS[test.op]} ${values.whole(test.days * DAY_MS)})`;
    }
    case 'property':
      return traitTestSql(test, values, gather);
    case 'funnel':
      return `(person IN (SELECT person FROM fineprint.funnel_people
        WHERE funnel = ${values.text(test.funnel)} AND level >= ${values.whole(test.atLeastStep)}))`;
    case 'cohort':
      return `(person IN (SELECT person FROM fineprint.cohort_members WHERE cohort = ${values.text(test.cohort)}))`;
    case 'lifetime_value': {
      const sum = gather(
        () =>
          `sumIf(${AMOUNT_UNITS}, ${HAS_AMOUNT} AND ifNull(currency = ${values.text(test.currency)}, false))`,
        (name) => `sum(${name})`,
      );
      return `(toFloat64(${sum}) / ${UNITS} ${COMPARISONS[test.op]} ${values.float(test.amount)})`;
    }
  }
}

function eventSql({ event, kind, where }: EventSelector, values: SqlValues): string {
  const parts = where.map((filter) => filterSql(filter, values));
  if (kind !== undefined) parts.unshift(`kind = ${values.text(kind)}`);
  if (event !== undefined) parts.unshift(`event_name = ${values.text(event)}`);
  return parts.length === 0 ? 'true' : `(${parts.join(' AND ')})`;
}

/** The last identify that told this trait counts, as for cohorts; never told is missing. */
function traitTestSql(
  test: Extract<SegmentTest, { type: 'property' }>,
  values: SqlValues,
  gather: Gather,
): string {
  const [, root = ''] = test.filter.path.split('.');
  const told = `traits IS NOT NULL AND JSONHas(assumeNotNull(traits), ${values.text(root)})`;
  const latest = gather(
    () => `maxIf((${EVENT_MS}, UUIDToNum(event_id), assumeNotNull(traits)), ${told})`,
    (name) => `max(${name})`,
  );
  return traitSql(test.filter, `${latest}.3`, values);
}
