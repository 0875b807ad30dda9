import { z } from 'zod';
import type { Endpoint } from '../ai/endpoint.ts';
import { exportParameters, exportPath } from './parameters.ts';

/** How the stream is documented; `handleExport` answers it. */
export const exportEndpoint: Omit<Endpoint, 'prepare'> = {
  path: '/api/v1/exports/{dataset}',
  name: 'exports.stream',
  action: 'exports',
  summary: 'A data set as CSV, JSON lines or Parquet, streamed',
  description:
    'Rows come in no particular order. The trailers X-Export-Rows and X-Export-Sha256 follow the last byte: without them the export broke off. A client that goes away ends the query.',
  parameters: exportParameters,
  pathParameters: exportPath,
  answerSchema: z.string().meta({ description: 'The file, in the format that was asked for.' }),
  example: '?format=parquet&from=2026-01-01&to=2026-02-01',
};
