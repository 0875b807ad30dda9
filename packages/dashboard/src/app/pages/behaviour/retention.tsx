import { day, percent, whole } from '../../../model/format.ts';
import type { Answer } from '../../api.ts';
import { Answered, Panel } from '../../parts/panel.tsx';
import { useFilter, useRouter } from '../../router.tsx';
import { useApi } from '../../use-api.ts';

type Retention = Answer<'GET /api/v1/analytics/retention'>;
type Cell = Retention['cohorts'][number]['cells'][number];

const PERIODS = ['day', 'week', 'month'] as const;
type Period = (typeof PERIODS)[number];
const COLUMNS = 9;

/** Who comes back, by when they first came: a table whose cells are shaded by their share. */
export function RetentionPanel() {
  const { span } = useRouter();
  const [given, setPeriod] = useFilter('period');
  const period: Period = PERIODS.find((p) => p === given) ?? 'week';
  const asked = useApi('GET /api/v1/analytics/retention', { period, periods: COLUMNS, ...span.asked });
  return (
    <Panel
      title="Retention"
      note="Of those whose first event was in a period: the share that did something again, so many periods later. A dot: the period is not over."
      wide
      aside={
        <label>
          <span class="visually-hidden">Period</span>
          <select value={period} onChange={(e) => setPeriod(e.currentTarget.value)}>
            {PERIODS.map((p) => (
              <option key={p} value={p}>
                by {p}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <Answered
        asked={asked}
        height={240}
        empty={(d) => d.cohorts.every((c) => c.size === 0) && 'Nobody came first within this time.'}
      >
        {(data) => <HeatMap data={data} period={period} />}
      </Answered>
    </Panel>
  );
}

const MAX_COHORTS = 40;

function HeatMap({ data, period }: { readonly data: Retention; readonly period: Period }) {
  const cohorts = data.cohorts.filter((c) => c.size > 0).slice(-MAX_COHORTS);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="scroll" tabIndex={0} aria-label="Retention by cohort">
      <table class="heat">
        <caption class="visually-hidden">Share of each cohort that came back, by {period}s later</caption>
        <thead>
          <tr>
            <th scope="col">First seen (UTC)</th>
            <th scope="col" class="number">
              People
            </th>
            {data.columns.map((c) => (
              <th key={c.from} scope="col" class="number">
                {c.from === 0 ? `that ${period}` : `+${c.from}`}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {cohorts.map((cohort) => (
            <tr key={cohort.cohort}>
              <th scope="row">{day(`${cohort.cohort.slice(0, 10)}T00:00:00Z`, 'UTC')}</th>
              <td class="number">{whole(cohort.size)}</td>
              {cohort.cells.map((cell, i) => (
                <HeatCell key={`${i}`} cell={cell} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function HeatCell({ cell }: { readonly cell: Cell }) {
  if (cell === null) return <td />;
  const level = Math.round(Math.min(1, cell.share) * 10);
  return (
    <td class={`number heat-${level}`} title={`${cell.users} people${cell.complete ? '' : ', not over yet'}`}>
      {percent(cell.share, 0)}
      {cell.complete ? '' : ' ·'}
    </td>
  );
}
