import { useState } from 'preact/hooks';
import { count, day, time } from '../../../model/format.ts';
import type { Answer } from '../../api.ts';
import { Badge } from '../../parts/badge.tsx';
import { Command } from '../../parts/command.tsx';
import { Answered, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { useRouter } from '../../router.tsx';
import { useMay } from '../../signing.ts';
import { useApi } from '../../use-api.ts';

type Request = Answer<'GET /api/v1/privacy/requests'>['requests'][number];

const KINDS: Readonly<Record<string, string>> = { access: 'Access', erasure: 'Erasure' };
const SHOWN = 100;

/**
 * What people asked for, when it is due, and how far it is. Whom it is about is not shown: fineprint privacy does. A look is an
 * entry of the audit log, so it is asked for, not opened with the page.
 */
export function RequestsPanel() {
  const may = useMay('privacy-requests');
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState('');
  const asked = useApi('GET /api/v1/privacy/requests', isOpen && may ? { limit: SHOWN } : null);
  return (
    <Panel
      title="Requests of people"
      note="For everything about them, or for its erasure. A worker begins within seconds, and tries again what failed. Each look is written to the audit log."
      wide
      aside={
        may && (
          <button type="button" onClick={() => (isOpen ? asked.refresh() : setOpen(true))}>
            {isOpen ? 'Look again' : 'Show the latest requests'}
          </button>
        )
      }
    >
      {!may && <p class="empty">Your key’s role may not see this.</p>}
      {may && isOpen && (
        <Answered
          asked={asked}
          height={120}
          empty={(d) => d.requests.length === 0 && 'Nobody has asked for anything.'}
        >
          {(data) => (
            <>
              <Overdue requests={data.requests} />
              <Requests
                requests={data.requests}
                chosen={chosen}
                onChoose={(id) => setChosen(id === chosen ? '' : id)}
              />
              {chosen !== '' && <Steps key={chosen} id={chosen} />}
            </>
          )}
        </Answered>
      )}
    </Panel>
  );
}

function Requests(props: {
  readonly requests: readonly Request[];
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}) {
  const { zone } = useRouter();
  return (
    <Table
      caption={`The latest ${SHOWN} requests`}
      rows={props.requests}
      rowKey={(r) => r.id}
      columns={[
        {
          title: 'Request',
          isHead: true,
          cell: (r) => (
            <button
              type="button"
              class="plain"
              aria-expanded={r.id === props.chosen}
              onClick={() => props.onChoose(r.id)}
            >
              {KINDS[r.kind] ?? r.kind} <code>{r.id.slice(0, 8)}…</code>
            </button>
          ),
        },
        { title: 'State', cell: (r) => <State request={r} /> },
        { title: 'Due', cell: (r) => (r.state === 'done' ? '–' : day(r.due_at, zone)) },
        { title: 'Made', isExtra: true, cell: (r) => time(r.created_at, zone) },
        { title: 'Done', isExtra: true, cell: (r) => time(r.finished_at, zone) },
        { title: 'Law', isExtra: true, cell: (r) => r.regulation.toUpperCase() },
        { title: 'Checked', isExtra: true, cell: (r) => r.identity_check },
      ]}
    />
  );
}

function Overdue({ requests }: { readonly requests: readonly Request[] }) {
  const late = requests.filter((r) => r.overdue).length;
  return late === 0 ? null : (
    <p>
      <Badge state="critical" word={`${count(late)} overdue`} />
    </p>
  );
}

function State({ request: { state, overdue } }: { readonly request: Request }) {
  if (overdue) return <Badge state="critical" word="overdue" />;
  if (state === 'done') return <Badge state="ok" word="done" />;
  return <Badge state="waiting" word={state === 'following' ? 'at vendors' : state} />;
}

const STEP_LOOKS: Readonly<Record<string, string>> = { done: 'ok', running: 'running', waiting: 'waiting' };

function Steps({ id }: { readonly id: string }) {
  const { zone } = useRouter();
  const asked = useApi('GET /api/v1/privacy/requests/{id}', { id });
  return (
    <>
      <h3>Steps</h3>
      <Answered asked={asked} height={120}>
        {(data) => (
          <>
            <Table
              caption="Steps of the request"
              rows={data.steps ?? []}
              rowKey={(s) => s.name}
              columns={[
                { title: 'Step', isHead: true, cell: (s) => s.name },
                {
                  title: 'State',
                  cell: (s) =>
                    s.error_code === null ? (
                      <Badge state={STEP_LOOKS[s.state] ?? 'waiting'} word={s.state} />
                    ) : (
                      <Badge state="failed" word={s.error_code.replaceAll('_', ' ')} />
                    ),
                },
                { title: 'Tries', isNumber: true, cell: (s) => count(s.attempts) },
                { title: 'Ended', isExtra: true, cell: (s) => time(s.finished_at, zone) },
              ]}
            />
            {data.has_receipt && <Command text={`npm run -s fineprint -- privacy receipt ${id}`} />}
          </>
        )}
      </Answered>
    </>
  );
}
