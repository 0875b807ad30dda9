import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ChaosReport } from '@fineprint/chaos';
import { REPO_DIR } from '@fineprint/stack';

const FILE = path.join(REPO_DIR, 'docs', 'reliability.md');
const SECTION = /(<!-- chaos:start -->\n)[\s\S]*(<!-- chaos:end -->)/;

/** The results into docs/reliability.md, in place of the last ones. */
export async function writeReport(report: ChaosReport): Promise<void> {
  const { renderResults } = await import('@fineprint/chaos');
  const results = renderResults(report);
  writeFileSync(
    FILE,
    readFileSync(FILE, 'utf8').replace(SECTION, (_all, start, end) => `${start}${results}\n${end}`),
  );
}
