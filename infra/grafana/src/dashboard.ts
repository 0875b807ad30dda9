import { type Panel, panelRows } from './panels.ts';

const DATASOURCE = { type: 'prometheus', uid: '$datasource' };
const COLUMNS = 24;
const PER_ROW = 3;
const HEIGHT = 8;

/** The dashboard as Grafana imports it. */
export function dashboard(): object {
  let y = 0;
  let id = 0;
  const panels: object[] = [];
  for (const { title, panels: own } of panelRows) {
    panels.push({
      id: ++id,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y: y++, w: COLUMNS, h: 1 },
    });
    for (const [i, panel] of own.entries()) {
      const width = COLUMNS / PER_ROW;
      const place = { x: (i % PER_ROW) * width, y: y + Math.floor(i / PER_ROW) * HEIGHT };
      panels.push({ id: ++id, ...panelJson(panel), gridPos: { ...place, w: width, h: HEIGHT } });
    }
    y += Math.ceil(own.length / PER_ROW) * HEIGHT;
  }
  return {
    uid: 'fineprint',
    title: 'Fine Print AI: analytics pipeline',
    tags: ['fineprint'],
    schemaVersion: 39,
    editable: true,
    timezone: 'utc',
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' }],
    },
    panels,
  };
}

function panelJson({ title, description, unit, queries }: Panel): object {
  return {
    type: 'timeseries',
    title,
    description,
    datasource: DATASOURCE,
    fieldConfig: { defaults: { unit, min: 0, custom: { fillOpacity: 10 } }, overrides: [] },
    options: {
      legend: { displayMode: 'list', placement: 'bottom' },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    targets: queries.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + i),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}

export const renderDashboard = (): string => `${JSON.stringify(dashboard(), null, 2)}\n`;
