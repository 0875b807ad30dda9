import type { MadeReport } from './make-report.ts';

/** Postgres, or a transaction of it. */
interface Database {
  query(text: string, values: unknown[]): Promise<unknown>;
}

/** Keeps a report; one that was made earlier is replaced, one that was made later stays. */
export async function keepReport(database: Database, report: MadeReport): Promise<void> {
  await database.query(
    `INSERT INTO fineprint.reports (id, kind, period_start, period_end, created_at, html, csv)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (id) DO UPDATE SET created_at = EXCLUDED.created_at, html = EXCLUDED.html, csv = EXCLUDED.csv
     WHERE reports.created_at <= EXCLUDED.created_at`,
    [
      report.id,
      report.kind,
      new Date(report.fromMs),
      new Date(report.toMs),
      new Date(report.createdAtMs),
      report.html,
      report.csv,
    ],
  );
}
