import { count, whole } from '../../../model/format.ts';
import type { Answer } from '../../api.ts';
import { Badge } from '../../parts/badge.tsx';
import { Answered, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { useFilter } from '../../router.tsx';
import { useApi } from '../../use-api.ts';

type Group = Answer<'GET /api/v1/pipeline/groups'>['groups'][number];

const lagOf = (group: Group): number => group.partitions.reduce((sum, p) => sum + p.lag_records, 0);

/** Consumer groups; the partitions of those that something waits for. */
export function GroupsPanel() {
  const [stage] = useFilter('stage');
  const asked = useApi('GET /api/v1/pipeline/groups', {}, { everyMs: 5_000 });
  return (
    <Panel
      title="Consumer groups"
      note="How far each group is in the partitions of its topics. Open one for its partitions."
      wide
    >
      <Answered
        asked={asked}
        height={200}
        empty={(d) => d.groups.length === 0 && 'No group has read anything yet.'}
      >
        {(data) => {
          const isKnown = data.groups.some((g) => g.stage === stage);
          return (
            <ul class="groups">
              {data.groups
                .filter((g) => !isKnown || g.stage === stage)
                .map((group) => (
                  <li key={group.group}>
                    <details open={isKnown}>
                      <summary>
                        <b>{group.group}</b>{' '}
                        <Badge
                          state={
                            group.members === 0 ? 'stopped' : group.state === 'Stable' ? 'ok' : 'waiting'
                          }
                          word={group.members === 0 ? 'nobody is in it' : group.state.toLowerCase()}
                        />{' '}
                        <span class="quiet">
                          {group.members} {group.members === 1 ? 'member' : 'members'} · {count(lagOf(group))}{' '}
                          waiting in {group.partitions.length} partitions
                        </span>
                      </summary>
                      <Partitions group={group} />
                    </details>
                  </li>
                ))}
            </ul>
          );
        }}
      </Answered>
    </Panel>
  );
}

function Partitions({ group }: { readonly group: Group }) {
  const rows = [...group.partitions].sort((a, b) => b.lag_records - a.lag_records);
  return (
    <Table
      caption={`Partitions of ${group.group}`}
      rows={rows}
      rowKey={(p) => `${p.topic}/${p.partition}`}
      columns={[
        {
          title: 'Partition',
          isHead: true,
          cell: (p) => (
            <code>
              {p.topic}/{p.partition}
            </code>
          ),
        },
        { title: 'Position', isNumber: true, cell: (p) => whole(p.committed) },
        { title: 'End', isNumber: true, cell: (p) => whole(p.end) },
        { title: 'Waiting', isNumber: true, cell: (p) => whole(p.lag_records) },
      ]}
    />
  );
}
