import { rows } from '../rows/index.ts';
import { type MissionContext, type MissionRow, type RowResult, RowSkipped } from './row.ts';

/** Tries every row against the running product, one after another. Never rejects: a row that throws fails. */
export async function runMission(
  context: MissionContext,
  onResult: (result: RowResult) => void,
  selected: readonly MissionRow[] = rows,
): Promise<RowResult[]> {
  const results: RowResult[] = [];
  for (const { row, name, missing, check } of selected) {
    const outcome = await check(context).then(
      (evidence) =>
        missing === undefined
          ? { status: 'works' as const, evidence }
          : { status: 'fails' as const, evidence: `${evidence}. Not built yet: ${missing}` },
      (error: unknown) => ({
        status: error instanceof RowSkipped ? ('skipped' as const) : ('fails' as const),
        evidence: error instanceof Error ? error.message : String(error),
      }),
    );
    const result = { row, name, ...outcome };
    results.push(result);
    onResult(result);
  }
  return results;
}

/** docs/mission.md: the table as the last run found it. */
export function renderMission(results: readonly RowResult[]): string {
  const lines = results.map(
    (r) => `| ${r.row} | ${r.name} | ${r.status} | ${r.evidence.replaceAll('|', '\\|')} |`,
  );
  return `# The product document, row by row

Written by \`npm run -s fineprint -- mission --write\` against a running stack; \`npm test\` runs the same. Rows that are not here are not
built yet.

| # | row | | evidence |
|---|---|---|---|
${lines.join('\n')}
`;
}
