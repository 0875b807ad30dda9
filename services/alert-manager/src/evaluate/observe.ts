import {
  lookOf,
  type MetricRow,
  metricOf,
  metricQuestion,
  type Observation,
  observationsOf,
  type Question,
  type Rule,
  shortLookOf,
} from '@fineprint/alert-rules';

/** Where figures come from. */
export interface Sources {
  rows<T>(question: Question): Promise<T[]>;
  /** Expected churn at a moment; null where it cannot be told. */
  churn(atMs: number): Promise<{ readonly rate: number | null; readonly users: number }>;
  /** Records that wait now, of groups that have begun. */
  lag(): Promise<readonly { readonly group: string; readonly topic: string; readonly lag: number }[]>;
}

const NOTHING_MORE = { history: [], short: null } as const;

/** Every series that a rule watches, as it is at a moment. */
export async function observe(sources: Sources, rule: Rule, atMs: number): Promise<readonly Observation[]> {
  switch (metricOf(rule.metric).source) {
    case 'clickhouse':
      return observeClickHouse(sources, rule, atMs);
    case 'model': {
      const { rate, users } = await sources.churn(atMs);
      return [{ labels: {}, value: rate, samples: users, ...NOTHING_MORE }];
    }
    case 'kafka':
      return (await sources.lag())
        .filter((one) => isChosen(rule, 'group', one.group) && isChosen(rule, 'topic', one.topic))
        .map(({ group, topic, lag }) => ({
          labels: { group, topic },
          value: lag,
          samples: 0,
          ...NOTHING_MORE,
        }));
  }
}

async function observeClickHouse(sources: Pick<Sources, 'rows'>, rule: Rule, atMs: number) {
  const rows = await sources.rows<MetricRow>(metricQuestion(rule, lookOf(rule, atMs)));
  const short = shortLookOf(rule, atMs);
  return observationsOf(
    rule,
    rows,
    short === null ? [] : await sources.rows<MetricRow>(metricQuestion(rule, short)),
  );
}

function isChosen({ where }: Rule, label: string, value: string): boolean {
  const choice = Object.hasOwn(where, label) ? where[label] : undefined;
  return choice === undefined || (typeof choice === 'string' ? choice === value : choice.includes(value));
}
