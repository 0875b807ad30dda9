import { count, duration, percent, time, whole } from '../../../model/format.ts';
import type { Answer } from '../../api.ts';
import { Figure, Figures } from '../../parts/figures.tsx';
import { Answered, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { useFilter, useRouter } from '../../router.tsx';
import { useMay } from '../../signing.ts';
import { useApi } from '../../use-api.ts';

type Report = Answer<'GET /api/v1/analytics/funnels/{name}/report'>;
type Step = Report['steps'][number];

/** Of five steps, as most have: what stands below does not jump, and is not asked for before it is seen. */
const HEIGHT = 420;

/** One funnel as bars, and the people who stopped at a step. */
export function FunnelPanel() {
  const { span } = useRouter();
  const [name, setName] = useFilter('funnel');
  const asked = useApi('GET /api/v1/analytics/funnels', { limit: 200 });
  const names = (asked.data?.definitions ?? []).map((d) => d.name);
  const chosen = names.includes(name) ? name : names[0];
  const report = useApi(
    'GET /api/v1/analytics/funnels/{name}/report',
    chosen === undefined ? null : { name: chosen, ...span.asked },
    { everyMs: 30_000 },
  );
  return (
    <Panel
      title="Funnel"
      note="People who entered within the time, and how far they have come since."
      wide
      aside={
        names.length > 0 && (
          <label>
            <span class="visually-hidden">Funnel</span>
            <select value={chosen} onChange={(e) => setName(e.currentTarget.value)}>
              {names.map((n) => (
                <option key={n} value={n}>
                  {n}
                </option>
              ))}
            </select>
          </label>
        )
      }
    >
      <Answered
        asked={asked}
        height={HEIGHT}
        empty={() =>
          names.length === 0 &&
          'No funnel is in force. fineprint funnels apply examples/funnels.yaml puts some.'
        }
      >
        {() => (
          <Answered
            asked={report}
            height={HEIGHT}
            empty={(d) => d.entered === 0 && 'Nobody entered this funnel within the time.'}
          >
            {(data) => <Shown report={data} />}
          </Answered>
        )}
      </Answered>
    </Panel>
  );
}

function Shown({ report }: { readonly report: Report }) {
  const [step, setStep] = useFilter('step');
  const mayName = useMay('people');
  return (
    <>
      <Figures>
        <Figure name="Entered" value={count(report.entered)} />
        <Figure name="Converted" value={count(report.converted)} note={percent(report.conversion_rate)} />
        <Figure name="Still on their way" value={count(report.in_progress)} />
        <Figure name="Time to convert, median" value={duration(report.time_to_convert.median_ms)} />
      </Figures>
      <ol class="funnel">
        {report.steps.map((s, i) => (
          <Bar
            key={s.step}
            step={s}
            index={i}
            entered={report.entered}
            onPeople={mayName ? () => setStep(step === s.step ? '' : s.step) : null}
            isOpen={step === s.step}
          />
        ))}
      </ol>
      {mayName && step !== '' && report.steps.some((s) => s.step === step) && (
        <Dropped funnel={report.funnel} step={step} />
      )}
    </>
  );
}

function Bar(props: {
  readonly step: Step;
  readonly index: number;
  readonly entered: number;
  readonly onPeople: (() => void) | null;
  readonly isOpen: boolean;
}) {
  const { step, index, entered, onPeople, isOpen } = props;
  return (
    <li>
      <div class="funnel-head">
        <b>{step.step}</b>
        <span>
          {whole(step.reached)} people, {percent(step.conversion_from_first)}
          {index > 0 && (
            <span class="quiet"> · {percent(step.conversion_from_previous)} of the step before</span>
          )}
        </span>
      </div>
      <svg class="funnel-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect class="all" width="100" height="10" />
        <rect class="reached" width={entered === 0 ? 0 : (step.reached / entered) * 100} height="10" />
      </svg>
      <p class="quiet funnel-foot">
        {index > 0 && `${duration(step.since_previous?.median_ms)} after the step before (median)`}
        {step.dropped > 0 && (
          <>
            {index > 0 && ' · '}
            {whole(step.dropped)} went no further{' '}
            {onPeople !== null && (
              <button type="button" class="plain" aria-expanded={isOpen} onClick={onPeople}>
                who<span class="visually-hidden"> stopped at {step.step}</span>
              </button>
            )}
          </>
        )}
      </p>
    </li>
  );
}

function Dropped({ funnel, step }: { readonly funnel: string; readonly step: string }) {
  const { span, zone } = useRouter();
  const asked = useApi('GET /api/v1/analytics/funnels/{name}/people', {
    name: funnel,
    ...span.asked,
    state: 'dropped',
    step,
    limit: 20,
  });
  return (
    <Answered asked={asked} height={100} empty={(d) => d.people.length === 0 && 'Nobody.'}>
      {(data) => (
        <>
          <h3>
            {whole(data.total)} stopped at {step}
            {data.total > data.people.length && `; the first ${data.people.length}`}
          </h3>
          <Table
            caption={`People who stopped at ${step}`}
            rows={data.people}
            rowKey={(p) => p.person}
            columns={[
              { title: 'Person', isHead: true, cell: (p) => <code>{p.person}</code> },
              { title: 'Entered', cell: (p) => time(p.entered_at, zone) },
            ]}
          />
        </>
      )}
    </Answered>
  );
}
