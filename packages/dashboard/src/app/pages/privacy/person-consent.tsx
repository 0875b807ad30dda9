import { useState } from 'preact/hooks';
import { time } from '../../../model/format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Answered, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { useRouter } from '../../router.tsx';
import { useMay } from '../../signing.ts';
import { useApi } from '../../use-api.ts';

const STANDINGS: Readonly<Record<string, string>> = { granted: 'ok', denied: 'failed', unknown: 'waiting' };

/** What one person allowed. Whose it is stays out of the address: addresses are shared and kept. */
export function PersonConsentPanel() {
  const may = useMay('consent');
  const [typed, setTyped] = useState('');
  const [subject, setSubject] = useState('');
  return (
    <Panel title="Consent of one person" note="Each look is written to the audit log." wide>
      {!may ? (
        <p class="empty">Your key’s role may not see this.</p>
      ) : (
        <>
          <form
            class="filters"
            onSubmit={(event) => {
              event.preventDefault();
              setSubject(typed.trim());
            }}
          >
            <label>
              <span class="label">User id or anonymous id</span>
              <input value={typed} autoComplete="off" onInput={(e) => setTyped(e.currentTarget.value)} />
            </label>
            <button type="submit" disabled={typed.trim() === ''}>
              Show
            </button>
          </form>
          {subject !== '' && <History subject={subject} />}
        </>
      )}
    </Panel>
  );
}

function History({ subject }: { readonly subject: string }) {
  const { zone } = useRouter();
  const asked = useApi('GET /api/v1/privacy/consent/{subject}', { subject, limit: 50 });
  return (
    <Answered asked={asked} height={120}>
      {(data) => (
        <>
          <p class="standings">
            {Object.entries(data.in_force).map(([category, standing]) => (
              <span key={category}>
                {category} <Badge state={STANDINGS[standing] ?? 'waiting'} word={standing} />
              </span>
            ))}
          </p>
          {data.records.length === 0 ? (
            <p class="empty">Nothing was said under this id: the default of the law counts.</p>
          ) : (
            <Table
              caption="What was said, the latest first"
              rows={data.records}
              rowKey={(r) => r.event_id}
              columns={[
                { title: 'From', isHead: true, cell: (r) => time(r.event_time, zone) },
                {
                  title: 'Said',
                  cell: (r) =>
                    Object.entries(r.categories)
                      .map(([category, allowed]) => `${category}: ${allowed ? 'yes' : 'no'}`)
                      .join(', '),
                },
                { title: 'Law', isExtra: true, cell: (r) => r.jurisdiction ?? '–' },
                { title: 'How', isExtra: true, cell: (r) => r.method ?? '–' },
                { title: 'Until', isExtra: true, cell: (r) => time(r.expires_at, zone) },
                { title: 'Recorded by', cell: (r) => r.source },
              ]}
            />
          )}
        </>
      )}
    </Answered>
  );
}
