import { count, duration, percent } from '../../../model/format.ts';
import { linesOf } from '../../../model/series.ts';
import { Chart } from '../../parts/chart.tsx';
import { Figure, Figures } from '../../parts/figures.tsx';
import { Answered, Panel } from '../../parts/panel.tsx';
import { useRouter } from '../../router.tsx';
import { useApi } from '../../use-api.ts';

const SERIES = [
  ['in a day', 'dau'],
  ['in 7 days', 'wau'],
  ['in 30 days', 'mau'],
] as const;

/** How many use features, and how many come. */
export function AdoptionPanel() {
  const { span } = useRouter();
  const adoption = useApi('GET /api/v1/analytics/adoption', { ...span.asked, event: 'Feature Used' });
  const stickiness = useApi('GET /api/v1/analytics/stickiness', span.asked);
  return (
    <>
      <Panel title="Adoption of features" note="Of all features: events of the name Feature Used.">
        <Answered
          asked={adoption}
          height={160}
          empty={(d) => d.active_users === 0 && 'Nobody did anything in this time.'}
        >
          {(d) => (
            <Figures>
              <Figure name="Active people" value={count(d.active_users)} />
              <Figure name="Use a feature" value={count(d.adopters)} note={percent(d.reach)} />
              <Figure name="Uses" value={count(d.uses)} />
              <Figure name="Uses per person, median" value={d.frequency_median ?? '–'} />
              <Figure name="First use after, median" value={duration(d.time_to_first_use_median_ms)} />
            </Figures>
          )}
        </Answered>
      </Panel>
      <Panel title="Active people" note="Stickiness is those of a day against those of 30 days.">
        <Answered
          asked={stickiness}
          height={240}
          empty={(d) => d.days.every((x) => x.mau === 0) && 'Nobody came in this time.'}
        >
          {(d) => (
            <>
              <Figures>
                <Figure name="Stickiness" value={percent(d.dau_over_mau)} />
              </Figures>
              <Chart
                title="Active people"
                unit="people"
                format={count}
                lines={linesOf(
                  d.days.flatMap((row) =>
                    SERIES.map(([name, key]) => ({
                      at: `${row.day.slice(0, 10)}T00:00:00Z`,
                      name,
                      value: row[key],
                    })),
                  ),
                  { at: (r) => r.at, name: (r) => r.name, value: (r) => r.value },
                )}
              />
            </>
          )}
        </Answered>
      </Panel>
    </>
  );
}
