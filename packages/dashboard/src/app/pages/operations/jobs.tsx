import { useState } from 'preact/hooks';
import { ago, duration } from '../../../model/format.ts';
import { type Answer, ApiError, ask } from '../../api.ts';
import { Badge } from '../../parts/badge.tsx';
import { Answered, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { useMay } from '../../signing.ts';
import { useApi } from '../../use-api.ts';

type Job = Answer<'GET /api/v1/jobs'>['jobs'][number];

const tookMs = ({ last }: Job): number | null =>
  last?.started_at && last.finished_at ? Date.parse(last.finished_at) - Date.parse(last.started_at) : null;

/** What runs by the clock, and a way to have it run now. */
export function JobsPanel() {
  const asked = useApi('GET /api/v1/jobs', {}, { everyMs: 10_000 });
  const mayStart = useMay('job-start');
  const [said, setSaid] = useState('');
  const start = async (name: string) => {
    try {
      await ask('POST /api/v1/jobs/{name}/runs', { name });
      setSaid(`${name} was asked to run.`);
      asked.refresh();
    } catch (error) {
      setSaid(error instanceof ApiError ? error.message : String(error));
    }
  };
  return (
    <Panel title="Jobs">
      <p role="status" class="quiet">
        {said}
      </p>
      <Answered
        asked={asked}
        height={200}
        empty={(d) => d.jobs.length === 0 && 'No worker has told of its jobs yet.'}
      >
        {(data) => (
          <Table
            caption="Jobs"
            rows={data.jobs}
            rowKey={(j) => j.name}
            columns={[
              { title: 'Job', isHead: true, cell: (j) => <span title={j.description}>{j.name}</span> },
              {
                title: 'Last run',
                cell: (j) =>
                  j.last === null ? <span class="quiet">never</span> : <Badge state={j.last.state} />,
              },
              {
                title: 'Ended',
                isNumber: true,
                isExtra: true,
                cell: (j) => ago(j.last?.finished_at, Date.now()),
              },
              { title: 'Took', isNumber: true, isExtra: true, cell: (j) => duration(tookMs(j)) },
              { title: 'Next', isNumber: true, cell: (j) => ago(j.next_slot_at, Date.now()) },
              ...(mayStart
                ? [
                    {
                      title: 'Run',
                      cell: (j: Job) => (
                        <button type="button" onClick={() => void start(j.name)}>
                          Now<span class="visually-hidden"> {j.name}</span>
                        </button>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </Answered>
    </Panel>
  );
}
