import { count, time, whole } from '../../model/format.ts';
import { largest, linesOf } from '../../model/series.ts';
import { stepSecondsOf } from '../../model/view.ts';
import type { Answer } from '../api.ts';
import { Badge } from '../parts/badge.tsx';
import { Chart } from '../parts/chart.tsx';
import { Command } from '../parts/command.tsx';
import { Answered, Panel } from '../parts/panel.tsx';
import { PassportDialog } from '../parts/passport.tsx';
import { Table } from '../parts/table.tsx';
import { useFilter, useRouter } from '../router.tsx';
import { useApi } from '../use-api.ts';

const EVERY_MS = 10_000;
const MAX_LINES = 6;
type Counts = Answer<'GET /api/v1/pipeline/dead-letter-counts'>;

export function DeadLettersPage() {
  const { span, view, go } = useRouter();
  const [stage] = useFilter('stage');
  const [reason] = useFilter('reason');
  const step = stepSecondsOf(span);
  const counts = useApi(
    'GET /api/v1/pipeline/dead-letter-counts',
    { ...span.asked, step_seconds: step },
    { everyMs: EVERY_MS },
  );
  const choose = (filters: Record<string, string>) => go({ ...view, filters });
  return (
    <>
      <Panel
        title="Refused over time"
        note="Records that a stage could not take. Each waits with its bytes and its reason; nothing behind it waits, and nothing is lost."
      >
        <Answered
          asked={counts}
          height={260}
          empty={(d) => d.rows.length === 0 && 'No stage refused anything in this time.'}
        >
          {(data) => <Over counts={data} step={step} />}
        </Answered>
      </Panel>
      <Panel title="By stage and reason">
        <Answered asked={counts} height={200} empty={(d) => d.rows.length === 0 && 'Nothing to show.'}>
          {(data) => <Reasons counts={data} stage={stage} reason={reason} onChoose={choose} />}
        </Answered>
      </Panel>
      {(stage !== '' || reason !== '') && <Replay stage={stage} reason={reason} onAll={() => choose({})} />}
      <Letters stage={stage} reason={reason} />
      <PassportDialog />
    </>
  );
}

function Over({ counts, step }: { readonly counts: Counts; readonly step: number }) {
  const lines = linesOf(counts.rows, {
    at: (r) => r.bucket,
    name: (r) => `${r.stage}: ${r.reason}`,
    value: (r) => r.records,
    missing: 0,
    grid: {
      fromMs: Date.parse(counts.range.from),
      toMs: Math.min(Date.parse(counts.range.to), Date.now()),
      stepMs: step * 1_000,
    },
  });
  const shown = largest(lines, MAX_LINES);
  return (
    <>
      <Chart
        title="Refused over time"
        unit={`records per ${step < 60 ? `${step} s` : `${step / 60} min`}`}
        lines={shown.lines}
        format={count}
      />
      {shown.leftOut > 0 && (
        <p class="quiet">{shown.leftOut} reasons with fewer records are in the table only.</p>
      )}
    </>
  );
}

function Reasons(props: {
  readonly counts: Counts;
  readonly stage: string;
  readonly reason: string;
  readonly onChoose: (filters: Record<string, string>) => void;
}) {
  const sums = new Map<string, { stage: string; reason: string; records: number; last: string }>();
  for (const { stage, reason, records, bucket } of props.counts.rows) {
    const known = sums.get(`${stage} ${reason}`);
    const last = known === undefined || bucket > known.last ? bucket : known.last;
    sums.set(`${stage} ${reason}`, { stage, reason, records: (known?.records ?? 0) + records, last });
  }
  return (
    <Table
      caption="Refused records by stage and reason"
      rows={[...sums.values()].sort((a, b) => b.records - a.records)}
      rowKey={(r) => `${r.stage} ${r.reason}`}
      columns={[
        { title: 'Stage', isHead: true, cell: (r) => r.stage },
        { title: 'Reason', cell: (r) => <code>{r.reason}</code> },
        { title: 'Records', isNumber: true, cell: (r) => whole(r.records) },
        {
          title: 'Look into',
          cell: (r) => (
            <button
              type="button"
              aria-pressed={r.stage === props.stage && r.reason === props.reason}
              onClick={() => props.onChoose({ stage: r.stage, reason: r.reason })}
            >
              Show
              <span class="visually-hidden">
                {' '}
                {r.stage} {r.reason}
              </span>
            </button>
          ),
        },
      ]}
    />
  );
}

function Replay(props: { readonly stage: string; readonly reason: string; readonly onAll: () => void }) {
  const filter = [
    ...(props.stage === '' ? [] : [`--stage ${props.stage}`]),
    ...(props.reason === '' ? [] : [`--reason ${props.reason}`]),
  ].join(' ');
  const run = 'npm run -s fineprint --';
  return (
    <Panel
      title={`What to do about ${[props.stage, props.reason].filter(Boolean).join(': ')}`}
      wide
      aside={
        <button type="button" onClick={props.onAll}>
          All stages and reasons
        </button>
      }
    >
      <ol class="steps">
        <li>
          See what was refused. Letters may hold personal data, so they are shown on the machine that runs the
          pipeline, not here.
          <Command text={`${run} dlq list ${filter}`} />
        </li>
        <li>
          Mend the cause: register the schema, raise the limit, or have the producer send what it means.
        </li>
        <li>
          Give them back. Events keep their ids: nothing counts twice, however often this is run.
          <Command text={`${run} dlq replay ${filter} --dry-run`} />
          <Command text={`${run} dlq replay ${filter}`} />
        </li>
      </ol>
    </Panel>
  );
}

function Letters({ stage, reason }: { readonly stage: string; readonly reason: string }) {
  const { span, zone } = useRouter();
  const [, setEvent] = useFilter('event');
  const [offset, setOffset] = useFilter('offset');
  const asked = useApi(
    'GET /api/v1/pipeline/dead-letters',
    { ...span.asked, stage, reason, limit: 50, offset: Number(offset) || 0 },
    { everyMs: EVERY_MS },
  );
  return (
    <Panel
      title="Letters"
      note="Those whose event id could be read, the latest first. The others are in fineprint dlq list."
      wide
    >
      <Answered
        asked={asked}
        height={200}
        empty={(d) => d.letters.length === 0 && 'No letter with a readable id in this time.'}
      >
        {(data) => (
          <>
            <Table
              caption="Dead letters"
              rows={data.letters}
              rowKey={(l, i) => `${l.event_id} ${i}`}
              columns={[
                {
                  title: 'Event',
                  isHead: true,
                  cell: (l) => (
                    <button type="button" class="plain" onClick={() => setEvent(l.event_id)}>
                      <code>{l.event_id}</code>
                    </button>
                  ),
                },
                { title: 'Stage', cell: (l) => l.stage },
                { title: 'Reason', cell: (l) => <code>{l.reason}</code> },
                { title: 'Fields', isExtra: true, cell: (l) => l.paths.join(', ') },
                {
                  title: 'Where it lay',
                  isExtra: true,
                  cell: (l) =>
                    l.topic === null ? 'a request' : <code>{`${l.topic}/${l.partition}@${l.offset}`}</code>,
                },
                { title: 'Refused', cell: (l) => time(l.refused_at, zone) },
                {
                  title: 'State',
                  cell: (l) =>
                    l.replayed_at === null ? (
                      <Badge state="waiting" word="open" />
                    ) : (
                      <Badge state="ok" word="given back" />
                    ),
                },
              ]}
            />
            <p class="pager">
              {Number(offset) > 0 && (
                <button type="button" onClick={() => setOffset('')}>
                  Newest
                </button>
              )}{' '}
              {data.next_offset !== null && (
                <button type="button" onClick={() => setOffset(String(data.next_offset))}>
                  Older
                </button>
              )}
            </p>
          </>
        )}
      </Answered>
    </Panel>
  );
}
