import { asCode, codeTable, fillTables, markdownTable, metricTable } from '@fineprint/http-kit/readme';
import { furtherNames } from '../event/field-names.ts';
import { createGatewayMetrics } from '../metrics.ts';
import { codes } from '../problem/codes.ts';

const none = () => 0;
const gauges = {
  queuedBytes: none,
  bodyBytesInMemory: none,
  keysAgeSeconds: none,
  spoolBytes: none,
  isSpooling: none,
};

/** The README with its tables as the code has them. */
export async function fillReadme(readme: string): Promise<string> {
  return fillTables(readme, {
    names: markdownTable(
      ['field', 'also as'],
      furtherNames().map(([field, names]) => [asCode(field), names.map(asCode).join(', ')]),
    ),
    codes: codeTable(codes),
    metrics: await metricTable('fineprint_gateway_', (metrics) => createGatewayMetrics(metrics, gauges)),
  });
}
