export const pages = [
  'live',
  'ai',
  'behaviour',
  'business',
  'quality',
  'dead-letters',
  'privacy',
  'operations',
] as const;
export type Page = (typeof pages)[number];

export const titles: Readonly<Record<Page, string>> = {
  live: 'Live',
  ai: 'AI models',
  behaviour: 'Behaviour',
  business: 'Business',
  quality: 'Data quality',
  'dead-letters': 'Dead letters',
  privacy: 'Privacy',
  operations: 'Operations',
};

/** Ranges up to now, in milliseconds. */
export const presets = {
  '30m': 1_800_000,
  '3h': 10_800_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
  '90d': 7_776_000_000,
  '1y': 31_536_000_000,
} as const;
export type Preset = keyof typeof presets;

export const presetTitles: Readonly<Record<Preset, string>> = {
  '30m': 'Last 30 minutes',
  '3h': 'Last 3 hours',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  '1y': 'Last year',
};

/** A range up to now, or between two moments (ISO 8601, UTC). */
export type Range = { readonly preset: Preset } | { readonly from: string; readonly to: string };

const DEFAULTS: Readonly<Record<Page, Preset>> = {
  live: '30m',
  ai: '24h',
  behaviour: '30d',
  business: '90d',
  quality: '7d',
  'dead-letters': '24h',
  privacy: '30d',
  operations: '24h',
};

/** What is shown: all of it is in the address, so an address shows the same again. */
export interface View {
  readonly page: Page;
  /** Null: the page's own. */
  readonly range: Range | null;
  /** Null: the browser's. */
  readonly zone: string | null;
  readonly filters: Readonly<Record<string, string>>;
}

export const BASE = '/dashboard';
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z$/;

/** What an address says; what it says wrong is left out. */
export function parseView(pathname: string, search: string): View {
  const [, name = ''] = /^\/dashboard\/([a-z-]+)\/?$/.exec(pathname) ?? [];
  const page = pages.find((p) => p === name) ?? 'live';
  const { range, from, to, zone, ...filters } = Object.fromEntries(new URLSearchParams(search));
  return { page, range: readRange(range, from, to), zone: zone && isZone(zone) ? zone : null, filters };
}

function readRange(preset?: string, from?: string, to?: string): Range | null {
  if (preset !== undefined && preset in presets) return { preset: preset as Preset };
  if (from === undefined || to === undefined || !ISO.test(from) || !ISO.test(to)) return null;
  return Date.parse(from) < Date.parse(to) ? { from, to } : null;
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).format(0) !== '';
  } catch {
    return false;
  }
}

export function viewUrl({ page, range, zone, filters }: View): string {
  const query = new URLSearchParams();
  if (range !== null && 'preset' in range) query.set('range', range.preset);
  else if (range !== null) {
    query.set('from', range.from);
    query.set('to', range.to);
  }
  if (zone !== null) query.set('zone', zone);
  for (const name of Object.keys(filters).sort()) {
    const value = filters[name];
    if (value) query.set(name, value);
  }
  return query.size === 0 ? `${BASE}/${page}` : `${BASE}/${page}?${query}`;
}

/** Another page of the same time. */
export const goTo = (view: View, page: Page, filters: Readonly<Record<string, string>> = {}): View => ({
  ...view,
  page,
  filters,
});

/** One filter changed; empty: taken away. */
export const withFilter = (view: View, name: string, value: string): View => ({
  ...view,
  filters: { ...view.filters, [name]: value },
});

export const rangeOf = (view: View): Range => view.range ?? { preset: DEFAULTS[view.page] };

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  /** For the API: without `to`, answers go up to now and equal questions of a minute are the same. */
  readonly asked: { readonly from: string; readonly to?: string };
}

const MINUTE_MS = 60_000;

/** A range in figures, in whole minutes. */
export function spanOf(range: Range, nowMs: number): Span {
  if ('preset' in range) {
    const toMs = (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS;
    const fromMs = toMs - presets[range.preset];
    return { fromMs, toMs, asked: { from: new Date(fromMs).toISOString() } };
  }
  return { fromMs: Date.parse(range.from), toMs: Date.parse(range.to), asked: range };
}

/** The finest step that gives a chart no more than some hundred points. */
export function granularityOf({ fromMs, toMs }: Span): 'minute' | 'hour' | 'day' {
  const length = toMs - fromMs;
  if (length <= presets['3h']) return 'minute';
  return length <= 8 * presets['24h'] ? 'hour' : 'day';
}

const STEPS_S = [10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 86_400];
const MAX_POINTS = 200;

/** For paths that take any step. */
export const stepSecondsOf = ({ fromMs, toMs }: Span): number =>
  STEPS_S.find((s) => (toMs - fromMs) / (s * 1_000) <= MAX_POINTS) ?? 86_400;
