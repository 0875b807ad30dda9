import { ago, count, time, whole } from '../../../model/format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Answered, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { useRouter } from '../../router.tsx';
import { useApi } from '../../use-api.ts';

/** Whether everything that came in is accounted for. */
export function BooksPanel() {
  const { zone } = useRouter();
  const asked = useApi('GET /api/v1/pipeline/books', {}, { everyMs: 10_000 });
  return (
    <Panel
      title="The books"
      note="Every stage writes down what became of each record; the reconciler compares it with topics and rows. fineprint audit looks at all of it."
    >
      <Answered asked={asked} height={200}>
        {(books) => (
          <>
            <p>
              {books.gaps.length === 0 ? (
                <Badge state="ok" word="They balance" />
              ) : (
                <Badge state="critical" word={`${count(books.gaps.length)} gaps`} />
              )}{' '}
              <span class="quiet">
                {books.reconciled_at === null
                  ? 'Nobody has reconciled yet.'
                  : `reconciled ${ago(books.reconciled_at, Date.now())}`}
              </span>
            </p>
            {books.gaps.length > 0 && (
              <Table
                caption="Gaps in the books"
                rows={books.gaps}
                rowKey={(g) => g.gap}
                columns={[
                  { title: 'Gap', isHead: true, cell: (g) => g.title },
                  { title: 'Found', cell: (g) => time(g.raised_at, zone) },
                ]}
              />
            )}
            <Table
              caption="What each stage wrote down in the last hour"
              rows={books.stages}
              rowKey={(s) => s.stage}
              columns={[
                { title: 'Stage, last hour', isHead: true, cell: (s) => s.stage },
                { title: 'Records', isNumber: true, cell: (s) => whole(s.records) },
                { title: 'Left out', isNumber: true, cell: (s) => whole(s.dropped) },
                { title: 'Refused', isNumber: true, cell: (s) => whole(s.dead_lettered) },
                { title: 'Last line', isExtra: true, cell: (s) => ago(s.last_entry_at, Date.now()) },
              ]}
            />
          </>
        )}
      </Answered>
    </Panel>
  );
}
