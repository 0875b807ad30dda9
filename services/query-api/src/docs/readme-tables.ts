import { asCode, codeTable, fillTables, markdownTable, metricTable } from '@fineprint/http-kit/readme';
import { endpoints } from '../ai/endpoints.ts';
import { realTime } from '../ai/real-time.ts';
import { exportEndpoint } from '../exports/endpoint.ts';
import { mayDo } from '../keys/access.ts';
import { roles } from '../keys/api-key.ts';
import { createQueryMetrics } from '../metrics.ts';
import { operations } from '../operations/index.ts';
import { archiveEndpoint } from '../privacy/archive.ts';
import { codes } from '../problem/codes.ts';
import { reportEndpoint } from '../reports/show.ts';

const none = () => 0;
const gauges = { streams: none, keysAgeSeconds: none };

/** The README with its tables as the code has them. */
export async function fillReadme(readme: string): Promise<string> {
  const all = [
    ...[...endpoints, realTime, exportEndpoint, reportEndpoint, archiveEndpoint].map((e) => ({
      ...e,
      method: 'GET',
    })),
    ...operations,
  ];
  return fillTables(readme, {
    paths: markdownTable(
      ['', 'path', 'answers', ...roles],
      all.map((e) => [
        e.method,
        asCode(e.path),
        e.summary,
        ...roles.map((role) => (mayDo(role, e.action) ? 'yes' : '')),
      ]),
    ),
    codes: codeTable(codes),
    metrics: await metricTable('fineprint_query_', (metrics) => createQueryMetrics(metrics, gauges)),
  });
}
