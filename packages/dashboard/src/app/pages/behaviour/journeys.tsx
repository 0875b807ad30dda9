import { useEffect, useState } from 'preact/hooks';
import { count, percent, whole } from '../../../model/format.ts';
import { sankeyOf } from '../../../model/sankey.ts';
import type { Answer } from '../../api.ts';
import { Answered, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { useFilter, useRouter } from '../../router.tsx';
import { useApi } from '../../use-api.ts';

type Journeys = Answer<'GET /api/v1/analytics/journeys'>;

const STEPS = 4;
const BANDS = 24;

/** Which ways people take through a session. */
export function JourneysPanel() {
  const { span } = useRouter();
  const [event, setEvent] = useFilter('from_event');
  const [typed, setTyped] = useState(event);
  useEffect(() => {
    const timer = setTimeout(() => typed !== event && setEvent(typed), 500);
    return () => clearTimeout(timer);
  }, [typed, event, setEvent]);
  const asked = useApi('GET /api/v1/analytics/journeys', {
    ...span.asked,
    steps: STEPS,
    limit: 50,
    ...(event === '' ? {} : { event }),
  });
  return (
    <Panel
      title="Paths"
      note="Sessions from event to event: a band is as thick as the number of sessions that went there."
      wide
      aside={
        <label>
          <span class="label">From event</span>
          <input value={typed} placeholder="the beginning" onInput={(e) => setTyped(e.currentTarget.value)} />
        </label>
      }
    >
      <Answered asked={asked} height={320} empty={(d) => d.sessions === 0 && 'No session in this time.'}>
        {(data) => (
          <>
            {data.links.length > 0 && (
              // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
              <section class="scroll" tabIndex={0} aria-label="Picture of the paths">
                <Picture links={data.links.slice(0, BANDS)} />
              </section>
            )}
            <Table
              caption="The commonest paths"
              rows={data.paths.slice(0, 10)}
              rowKey={(p) => p.steps.join('\n')}
              columns={[
                { title: 'Path', isHead: true, cell: (p) => p.steps.join(' → ') },
                { title: 'Sessions', isNumber: true, cell: (p) => whole(p.sessions) },
                { title: 'Share', isNumber: true, cell: (p) => percent(p.sessions / data.sessions) },
              ]}
            />
          </>
        )}
      </Answered>
    </Panel>
  );
}

const BOX = 12;
const WIDTH = 1_000;
/** Of a label above its box; those of the last column end where the picture ends. */
const MAX_LABEL = 26;

function Picture({ links }: { readonly links: Journeys['links'] }) {
  const { columns, height, nodes, links: bands } = sankeyOf(links);
  const isLast = (column: number) => columns > 1 && column === columns - 1;
  const xOf = (column: number) => (columns < 2 ? 0 : (column * (WIDTH - BOX)) / (columns - 1));
  const first = Math.min(...links.map((l) => l.position));
  const short = (name: string) => (name.length > MAX_LABEL ? `${name.slice(0, MAX_LABEL - 1)}…` : name);
  return (
    <svg
      class="sankey"
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-label="Paths from event to event; the table below has the commonest"
    >
      {bands.map((band) => {
        const x1 = xOf(band.position - first) + BOX;
        const x2 = xOf(band.position - first + 1);
        const middle = (x1 + x2) / 2;
        return (
          <path
            key={`${band.position} ${band.from} ${band.to}`}
            class="band"
            d={`M${x1},${band.fromY}C${middle},${band.fromY} ${middle},${band.toY} ${x2},${band.toY}`}
            stroke-width={band.thickness}
          >
            <title>{`${band.from} → ${band.to}: ${whole(band.sessions)} sessions`}</title>
          </path>
        );
      })}
      {nodes.map((node) => (
        <g key={`${node.column} ${node.name}`}>
          <rect x={xOf(node.column)} y={node.y} width={BOX} height={node.height} rx="2" />
          <text
            x={xOf(node.column) + (isLast(node.column) ? BOX : 0)}
            y={node.y - 5}
            text-anchor={isLast(node.column) ? 'end' : 'start'}
          >
            <title>{node.name}</title>
            {short(node.name)} <tspan class="n">{count(node.sessions)}</tspan>
          </text>
        </g>
      ))}
    </svg>
  );
}
