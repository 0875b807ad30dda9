import { useState } from 'preact/hooks';
import { time } from '../../../model/format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Answered, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { useRouter } from '../../router.tsx';
import { useMay } from '../../signing.ts';
import { useApi } from '../../use-api.ts';

const LOOKS: Readonly<Record<string, string>> = { allowed: 'ok', denied: 'failed', failed: 'degraded' };
const SHOWN = 100;

/** Who did what with personal data. A look is an entry itself, so it is asked for, not opened with the page. */
export function AuditLogPanel() {
  const may = useMay('audit-log');
  const { span, zone } = useRouter();
  const [isOpen, setOpen] = useState(false);
  const asked = useApi('GET /api/v1/audit-log', isOpen && may ? { ...span.asked, limit: SHOWN } : null);
  return (
    <Panel
      title="Who did what"
      note="Access to personal data and administrative acts. A look at it is an entry too. fineprint audit-log verify says whether the chain is whole."
      wide
      aside={
        may && (
          <button type="button" onClick={() => (isOpen ? asked.refresh() : setOpen(true))}>
            {isOpen ? 'Look again' : 'Show the latest entries'}
          </button>
        )
      }
    >
      {!may && <p class="empty">Your key’s role may not see this.</p>}
      {may && isOpen && (
        <Answered asked={asked} height={160} empty={(d) => d.entries.length === 0 && 'Nothing in this time.'}>
          {(data) => (
            <Table
              caption={`The latest ${SHOWN} entries of this time`}
              rows={data.entries}
              rowKey={(e) => String(e.seq)}
              columns={[
                { title: 'Entry', isHead: true, cell: (e) => <code>{e.action}</code> },
                { title: 'When', cell: (e) => time(e.at, zone) },
                { title: 'Who', cell: (e) => <code>{e.actor}</code> },
                { title: 'Role', isExtra: true, cell: (e) => e.role.replace('_', ' ') },
                { title: 'To what', isExtra: true, cell: (e) => e.object ?? '–' },
                {
                  title: 'Outcome',
                  cell: (e) => (
                    <Badge
                      state={LOOKS[e.outcome] ?? 'waiting'}
                      word={e.code === null ? e.outcome : `${e.outcome}: ${e.code.replaceAll('_', ' ')}`}
                    />
                  ),
                },
              ]}
            />
          )}
        </Answered>
      )}
    </Panel>
  );
}
