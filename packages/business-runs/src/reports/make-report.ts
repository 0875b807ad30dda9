import {
  type Period,
  periodBefore,
  type Report,
  type ReportKind,
  renderCsv,
  renderHtml,
  reportId,
} from '@fineprint/reports';
import type { BusinessStore } from '../store.ts';
import { growthSection, usageSection } from './people.ts';
import { revenueSections } from './revenue.ts';
import type { ReportQuestion } from './section.ts';
import { aiSection, qualitySection } from './technical.ts';

/** A report as it is kept. */
export interface MadeReport extends Period {
  readonly id: string;
  readonly kind: ReportKind;
  readonly createdAtMs: number;
  readonly html: string;
  readonly csv: string;
}

/** Reads what the tables say about a period, and makes the page and the CSV of it. */
export async function makeReport(
  store: BusinessStore,
  options: {
    readonly kind: ReportKind;
    readonly period: Period;
    readonly nowMs: number;
    readonly signal: AbortSignal;
  },
): Promise<MadeReport> {
  const { kind, period, nowMs, signal } = options;
  const question: ReportQuestion = { store, period, before: periodBefore(kind, period), signal };
  const [revenue, growth, usage, ai, quality] = await Promise.all([
    revenueSections(question),
    growthSection(question),
    usageSection(question),
    aiSection(question),
    qualitySection(question),
  ]);
  const report: Report = {
    kind,
    ...period,
    createdAtMs: nowMs,
    sections: [...revenue, growth, usage, ai, ...(quality === null ? [] : [quality])],
  };
  return {
    id: reportId(kind, period.fromMs),
    kind,
    ...period,
    createdAtMs: nowMs,
    html: renderHtml(report),
    csv: renderCsv(report),
  };
}
