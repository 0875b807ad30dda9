import { ago, money, percent, whole } from '../../../model/format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Answered, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { useApi } from '../../use-api.ts';

const STATES = { ready: 'ok', pending: 'waiting', failed: 'failed' } as const;

/** Segments with what is known of their members. */
export function SegmentsPanel() {
  const asked = useApi('GET /api/v1/analytics/segment-figures', { limit: 200 }, { everyMs: 30_000 });
  return (
    <Panel title="Segments" wide>
      <Answered
        asked={asked}
        height={120}
        empty={(d) =>
          d.segments.length === 0 &&
          'No segment is in force. fineprint segments apply examples/segments.yaml puts some.'
        }
      >
        {(data) => (
          <Table
            caption="Segments"
            rows={data.segments}
            rowKey={(s) => s.name}
            columns={[
              { title: 'Segment', isHead: true, cell: (s) => s.name },
              { title: 'People', isNumber: true, cell: (s) => whole(s.user_count) },
              {
                title: 'Lifetime value',
                isNumber: true,
                cell: (s) => (s.currency === null ? '–' : money(s.avg_lifetime_value, s.currency)),
              },
              { title: 'Conversion', isNumber: true, cell: (s) => percent(s.conversion_rate) },
              { title: 'Churn', isNumber: true, cell: (s) => percent(s.churn_rate) },
              { title: 'State', cell: (s) => <Badge state={STATES[s.state]} word={s.state} /> },
              { title: 'Counted', isExtra: true, cell: (s) => ago(s.as_of, Date.now()) },
            ]}
          />
        )}
      </Answered>
    </Panel>
  );
}
