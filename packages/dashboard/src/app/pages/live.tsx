import { useEffect, useState } from 'preact/hooks';
import { clock, count, duration, rate, whole } from '../../model/format.ts';
import { linesOf, scaled } from '../../model/series.ts';
import { stepSecondsOf } from '../../model/view.ts';
import type { Answer } from '../api.ts';
import { Chart } from '../parts/chart.tsx';
import { Dag } from '../parts/dag.tsx';
import { Figure, Figures } from '../parts/figures.tsx';
import { Answered, Panel } from '../parts/panel.tsx';
import { PassportDialog } from '../parts/passport.tsx';
import { Problems } from '../parts/problems.tsx';
import { useFilter, useRouter } from '../router.tsx';
import { useApi } from '../use-api.ts';

const EVERY_MS = 2_000;
const HISTORY_EVERY_MS = 10_000;

type Live = Answer<'GET /api/v1/pipeline/live'>;

export function LivePage() {
  const live = useApi('GET /api/v1/pipeline/live', {}, { everyMs: EVERY_MS });
  return (
    <>
      <Panel title="What is wrong" wide>
        <Answered asked={live} height={60}>
          {(data) => <Problems problems={data.problems} nowMs={Date.parse(data.as_of)} />}
        </Answered>
      </Panel>
      <Panel title="The pipeline now" wide aside={<Age at={live.data?.as_of} />}>
        <Answered asked={live} height={520}>
          {(data) => (
            <>
              <Now live={data} />
              <Dag live={data} />
            </>
          )}
        </Answered>
      </Panel>
      <History />
      <Latest />
      <PassportDialog />
    </>
  );
}

/** So that nobody takes an old picture for a new one. */
function Age({ at }: { readonly at: string | undefined }) {
  const { zone } = useRouter();
  return at === undefined ? null : <span class="quiet">as of {clock(at, zone)}</span>;
}

const stageOf = (live: Live, name: string) => live.stages.find((s) => s.stage === name);
const sum = (values: readonly (number | null)[]): number | null =>
  values.some((v) => v !== null) ? values.reduce<number>((a, b) => a + (b ?? 0), 0) : null;

function Now({ live }: { readonly live: Live }) {
  const arriving = sum(stageOf(live, 'pii-scrubber')?.reads.map((r) => r.records_per_second) ?? []);
  const clean = new Set(['product.events.clean', 'ai.requests.clean', 'ai.feedback.clean', 'consent.clean']);
  const loaded = sum(
    stageOf(live, 'warehouse-loader')
      ?.reads.filter((r) => clean.has(r.topic))
      .map((r) => r.records_per_second) ?? [],
  );
  const reads = live.stages.filter((s) => s.state !== 'not_in_use').flatMap((s) => s.reads);
  const waiting = reads.reduce((total, r) => total + r.lag_records, 0);
  const oldest = Math.max(0, ...reads.map((r) => r.lag_seconds ?? 0));
  const refused = live.stages.reduce((total, s) => total + (s.refused_last_hour ?? 0), 0);
  return (
    <Figures>
      <Figure name="Events come in" value={rate(arriving)} />
      <Figure name="Events reach ClickHouse" value={rate(loaded)} />
      <Figure
        name="Records wait"
        value={count(waiting)}
        note={waiting === 0 ? '' : `up to ${duration(oldest * 1_000)}`}
      />
      <Figure name="Refused in the last hour" value={whole(refused)} />
    </Figures>
  );
}

/** Until what a stage has done is in the books, and they are in ClickHouse. */
const SETTLE_MS = 15_000;

const SHOWN: readonly (readonly [stage: string, name: string])[] = [
  ['pii-scrubber', 'come in'],
  ['warehouse-loader', 'reach ClickHouse'],
];

function History() {
  const { span } = useRouter();
  const step = stepSecondsOf(span);
  const stepMs = step * 1_000;
  const asked = useApi(
    'GET /api/v1/pipeline/throughput',
    { ...span.asked, step_seconds: step },
    { everyMs: HISTORY_EVERY_MS },
  );
  return (
    <Panel title="Events over time" note="As the ledger has it: what each stage wrote down that it had done.">
      <Answered
        asked={asked}
        height={260}
        empty={(d) => d.rows.length === 0 && 'Nothing happened in this time.'}
      >
        {(data) => {
          const grid = {
            fromMs: Date.parse(data.range.from),
            // What is being written down now would look like a fall.
            toMs: Math.min(Date.parse(data.range.to), stepMs * Math.floor((Date.now() - SETTLE_MS) / stepMs)),
            stepMs,
          };
          const settled = data.rows.filter((r) => Date.parse(r.bucket) < grid.toMs);
          const lines = linesOf(settled, {
            at: (r) => r.bucket,
            name: (r) => SHOWN.find(([stage]) => stage === r.stage)?.[1] ?? '',
            value: (r) => r.records,
            names: SHOWN.map(([, name]) => name),
            missing: 0,
            grid,
          });
          return (
            <Chart
              title="Events over time"
              height={340}
              unit="events per second"
              isFilled
              lines={scaled(lines, 1 / step)}
              format={rate}
            />
          );
        }}
      </Answered>
    </Panel>
  );
}

function Latest() {
  const { zone } = useRouter();
  const [stream, setStream] = useFilter('stream');
  const [name, setName] = useFilter('name');
  const [, setEvent] = useFilter('event');
  const [isPaused, setPaused] = useState(false);
  const [typed, setTyped] = useState(name);
  useEffect(() => {
    const timer = setTimeout(() => typed !== name && setName(typed), 400);
    return () => clearTimeout(timer);
  }, [typed, name, setName]);
  const asked = useApi(
    'GET /api/v1/pipeline/events',
    { stream: stream === 'ai' ? 'ai' : 'product', limit: 30, ...(name === '' ? {} : { name }) },
    isPaused ? {} : { everyMs: EVERY_MS },
  );
  return (
    <Panel
      title="Latest events"
      note="As they are in ClickHouse. Click one to see where it went."
      aside={
        <button type="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {isPaused ? 'Go on' : 'Pause'}
        </button>
      }
    >
      <div class="filters">
        <label>
          <span class="label">Stream</span>
          <select value={stream === 'ai' ? 'ai' : ''} onChange={(e) => setStream(e.currentTarget.value)}>
            <option value="">Product events</option>
            <option value="ai">AI requests</option>
          </select>
        </label>
        <label>
          <span class="label">{stream === 'ai' ? 'Model' : 'Event name'}</span>
          <input value={typed} placeholder="all" onInput={(e) => setTyped(e.currentTarget.value)} />
        </label>
      </div>
      <Answered asked={asked} height={300} empty={(d) => d.events.length === 0 && 'No event has come yet.'}>
        {(data) => (
          <>
            <p class="quiet">
              {count(data.arrived_last_10_seconds)} in the last 10 s
              {data.arrived_last_10_seconds > data.events.length
                ? `; the newest ${data.events.length} are shown`
                : ''}
              .
            </p>
            <ul class="events">
              {data.events.map((event) => (
                <li key={event.event_id}>
                  <button type="button" class="row" onClick={() => setEvent(event.event_id)}>
                    <span class="quiet">{clock(event.received_at, zone)}</span> <b>{event.name}</b>{' '}
                    <span class="quiet">
                      {event.detail} · {event.source}
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </>
        )}
      </Answered>
    </Panel>
  );
}
