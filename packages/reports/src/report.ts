/** A report before it is a page: what it says, in figures and words. */
export interface Report {
  readonly kind: ReportKind;
  readonly fromMs: number;
  readonly toMs: number;
  readonly createdAtMs: number;
  readonly sections: readonly Section[];
}

export const REPORT_KINDS = ['weekly', 'monthly'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

export interface Section {
  readonly title: string;
  /** A sentence that a reader needs to understand the figures. */
  readonly note: string | null;
  readonly figures: readonly Compared[];
  readonly charts: readonly Chart[];
  readonly tables: readonly Table[];
}

/** A figure beside that of the period before; null is not known, and never 0. */
export interface Compared {
  readonly title: string;
  readonly value: string | null;
  readonly before: string | null;
  /** Whether a rise is good; null: neither. */
  readonly rise: 'good' | 'bad' | null;
}

/** Lines over the days of the period. */
export interface Chart {
  readonly title: string;
  readonly days: readonly string[];
  readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export const reportId = (kind: ReportKind, fromMs: number): string =>
  `${kind}-${new Date(fromMs).toISOString().slice(0, 10)}`;
