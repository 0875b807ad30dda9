import { useState } from 'preact/hooks';
import { ago, time, whole } from '../../../model/format.ts';
import { type Answer, ApiError, ask } from '../../api.ts';
import { Badge } from '../../parts/badge.tsx';
import { Answered, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { useRouter } from '../../router.tsx';
import { useMay } from '../../signing.ts';
import { useApi } from '../../use-api.ts';

type Alert = Answer<'GET /api/v1/alerts'>['alerts'][number];

/** Alerts of the range, the silences in force, and a way to be silent about one. */
export function AlertsPanel() {
  const { span, zone } = useRouter();
  const alerts = useApi('GET /api/v1/alerts', { ...span.asked, limit: 200 }, { everyMs: 10_000 });
  const silences = useApi('GET /api/v1/alerts/silences', { limit: 50 });
  const mayMute = useMay('alert-silences');
  const [said, setSaid] = useState('');
  const nowMs = Date.now();
  return (
    <Panel title="Alerts" wide>
      <p role="status" class="quiet">
        {said}
      </p>
      <Answered
        asked={alerts}
        height={120}
        empty={(d) => d.alerts.length === 0 && 'No alert stood in this time.'}
      >
        {(data) => (
          <Table
            caption="Alerts that stood in this time"
            rows={[...data.alerts].sort(
              (a, b) => Number(a.resolved_at !== null) - Number(b.resolved_at !== null),
            )}
            rowKey={(a) => a.dedup_key + a.raised_at}
            columns={[
              {
                title: 'Alert',
                isHead: true,
                cell: (a) => (
                  <>
                    {a.title}
                    <Evidence alert={a} />
                  </>
                ),
              },
              { title: 'Severity', cell: (a) => <Badge state={a.severity} /> },
              { title: 'Kind', isExtra: true, cell: (a) => a.kind.replaceAll('_', ' ') },
              {
                title: 'Stands',
                cell: (a) =>
                  a.resolved_at === null ? (
                    <>since {ago(a.raised_at, nowMs)}</>
                  ) : (
                    <span class="quiet">until {time(a.resolved_at, zone)}</span>
                  ),
              },
              ...(mayMute
                ? [
                    {
                      title: 'Silence',
                      cell: (a: Alert) =>
                        a.resolved_at === null && (
                          <SilenceButton
                            alert={a}
                            onDone={(text) => {
                              setSaid(text);
                              silences.refresh();
                            }}
                          />
                        ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </Answered>
      <h3>Silences</h3>
      <Answered asked={silences} height={60} empty={(d) => d.silences.length === 0 && 'Nothing is silenced.'}>
        {(data) => (
          <Table
            caption="Silences in force"
            rows={data.silences}
            rowKey={(s) => s.id}
            columns={[
              { title: 'Covers', isHead: true, cell: (s) => <code>{coversOf(s.matchers)}</code> },
              { title: 'Until', cell: (s) => time(s.until, zone) },
              { title: 'Because', cell: (s) => s.comment },
              {
                title: 'End',
                cell: (s) =>
                  mayMute && (
                    <EndButton
                      id={s.id}
                      onDone={(text) => {
                        setSaid(text);
                        silences.refresh();
                      }}
                    />
                  ),
              },
            ]}
          />
        )}
      </Answered>
    </Panel>
  );
}

const MAX_CHARS = 200;

function textOf(value: unknown): string {
  if (typeof value === 'number') return whole(value);
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, MAX_CHARS);
}

/** What it is about and what was seen, as it was written down when it was raised. */
function Evidence({ alert }: { readonly alert: Alert }) {
  const seen = typeof alert.evidence === 'object' && alert.evidence !== null ? alert.evidence : {};
  const entries = Object.entries({ ...alert.labels, ...seen });
  return entries.length === 0 ? null : (
    <details class="evidence">
      <summary>Evidence</summary>
      <dl>
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{name.replaceAll('_', ' ')}</dt>
            <dd>{textOf(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

/** `rule is ai-slow and model is x`. */
function coversOf(matchers: readonly unknown[]): string {
  return matchers
    .map((matcher) => {
      const { name, is, not } = matcher as { name: string; is?: readonly string[]; not?: readonly string[] };
      return is === undefined ? `${name} not ${not?.join(' or ')}` : `${name} is ${is.join(' or ')}`;
    })
    .join(' and ');
}

const HOUR_MS = 3_600_000;

/** What names this alert and no other of its kind. */
const matchersOf = ({ kind, labels }: Alert) => [
  { name: 'kind', is: [kind] },
  ...Object.entries(labels)
    .slice(0, 5)
    .map(([name, value]) => ({ name, is: [value] })),
];

const failure = (error: unknown): string =>
  error instanceof ApiError ? `${error.message} (${error.code})` : String(error);

function SilenceButton({
  alert,
  onDone,
}: {
  readonly alert: Alert;
  readonly onDone: (said: string) => void;
}) {
  const [isBusy, setBusy] = useState(false);
  const silence = async () => {
    setBusy(true);
    try {
      const until = new Date(Date.now() + HOUR_MS).toISOString();
      const body = { matchers: matchersOf(alert), until, comment: 'from the dashboard' };
      await ask('POST /api/v1/alerts/silences', {}, { body });
      onDone(`Nobody is told of “${alert.title}” for an hour.`);
    } catch (error) {
      onDone(failure(error));
    }
    setBusy(false);
  };
  return (
    <button type="button" disabled={isBusy} onClick={() => void silence()}>
      1 hour<span class="visually-hidden"> of silence about {alert.title}</span>
    </button>
  );
}

function EndButton({ id, onDone }: { readonly id: string; readonly onDone: (said: string) => void }) {
  const end = async () => {
    try {
      await ask('DELETE /api/v1/alerts/silences/{id}', { id });
      onDone('The silence has ended.');
    } catch (error) {
      onDone(failure(error));
    }
  };
  return (
    <button type="button" onClick={() => void end()}>
      End now
    </button>
  );
}
