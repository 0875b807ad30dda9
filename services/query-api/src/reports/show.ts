import { hash } from 'node:crypto';
import { send } from '@fineprint/http-kit';
import { STYLE } from '@fineprint/reports';
import { z } from 'zod';
import type { Endpoint } from '../ai/endpoint.ts';
import { type Call, notAcceptable, pathOf, queryOf } from '../http/call.ts';
import { readParameters } from '../params/read-parameters.ts';
import { Problem } from '../problem/problem.ts';

const parameters = z.strictObject({
  format: z.enum(['html', 'csv']).default('html').meta({ description: 'The page, or its figures.' }),
});
const pathParameters = z.strictObject({
  id: z
    .string()
    .regex(/^(?:weekly|monthly)-\d{4}-\d\d-\d\d$/, 'is not an id of a report')
    .meta({ description: 'As the list says it: weekly-2026-01-05.' }),
});

/** How the report is documented; `handleReport` answers it. */
export const reportEndpoint: Omit<Endpoint, 'prepare'> = {
  path: '/api/v1/reports/{id}',
  name: 'reports.show',
  action: 'business',
  summary: 'One report, as a page or as CSV',
  description: 'The page holds all it needs: no script, and nothing is loaded.',
  parameters,
  pathParameters,
  answerSchema: z.string().meta({ description: 'The report.' }),
  example: '?format=csv',
};

const TYPES = { html: 'text/html', csv: 'text/csv' } as const;
/** The page's own style and nothing else. */
const POLICY = `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; frame-ancestors 'none'`;

export async function handleReport({ req, res, ports, headers }: Call): Promise<void> {
  const { format } = readParameters(parameters, queryOf(req));
  const { id } = readParameters(pathParameters, pathOf(req));
  if (!req.accepts(TYPES[format])) throw notAcceptable();
  const { rows } = await ports.database.query(
    `SELECT ${format === 'html' ? 'html' : 'csv'} AS text FROM fineprint.reports WHERE id = $1`,
    [id],
  );
  const [row] = rows as { text: string }[];
  if (row === undefined) throw new Problem('unknown_report', 'There is no report of this id.');
  const own =
    format === 'html'
      ? { 'content-security-policy': POLICY }
      : { 'content-disposition': `attachment; filename="${id}.csv"` };
  send(res, 200, `${TYPES[format]}; charset=utf-8`, row.text, { ...headers, ...own });
}
