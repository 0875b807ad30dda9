import { compareText } from '../distinct.ts';
import type { BehaviourEvent } from '../event.ts';
import type { EventPredicate } from '../filter.ts';
import type { Session } from './sessions.ts';

export interface JourneyQuery {
  /** from: what follows the anchor's first event in a session; to: what led to it. No anchor: from the session's start. */
  readonly direction: 'from' | 'to';
  readonly anchor?: EventPredicate;
  /** Longest path; longer ones are cut at the end far from the anchor. */
  readonly maxSteps: number;
  /** How many paths, and how many links, are named. */
  readonly topK: number;
}

export interface JourneyPath {
  readonly steps: readonly string[];
  readonly sessions: number;
}

/** One ribbon of a Sankey diagram. Position 0 is the path's first step, in `to` journeys the anchor's end counts back as 0. */
export interface JourneyLink {
  readonly position: number;
  readonly from: string;
  readonly to: string;
  readonly sessions: number;
}

export interface Journeys {
  /** Sessions that have the anchor. */
  readonly sessions: number;
  readonly paths: readonly JourneyPath[];
  /** Everything beyond topK, so that the sum is always the whole. */
  readonly otherPaths: { readonly paths: number; readonly sessions: number };
  readonly links: readonly JourneyLink[];
  readonly otherLinks: { readonly links: number; readonly sessions: number };
}

export function journeysOf(sessions: readonly Session[], query: JourneyQuery): Journeys {
  const paths = new Map<string, { steps: readonly string[]; sessions: number }>();
  const links = new Map<string, { position: number; from: string; to: string; sessions: number }>();
  let total = 0;
  for (const session of sessions) {
    const steps = pathOf(session.events, query);
    if (steps.length === 0) continue;
    total++;
    count(paths, JSON.stringify(steps), () => ({ steps, sessions: 0 }));
    for (let i = 0; i + 1 < steps.length; i++) {
      const [from = '', to = ''] = [steps[i], steps[i + 1]];
      const position = query.direction === 'from' ? i : steps.length - 2 - i;
      count(links, JSON.stringify([position, from, to]), () => ({ position, from, to, sessions: 0 }));
    }
  }
  const rankedPaths = ranked(paths);
  const rankedLinks = ranked(links);
  const restPaths = rankedPaths.slice(query.topK);
  const restLinks = rankedLinks.slice(query.topK);
  return {
    sessions: total,
    paths: rankedPaths.slice(0, query.topK),
    otherPaths: { paths: restPaths.length, sessions: sum(restPaths) },
    links: rankedLinks.slice(0, query.topK),
    otherLinks: { links: restLinks.length, sessions: sum(restLinks) },
  };
}

/** The names along the way; the same event again and again is one step. Empty: the session has no anchor. */
function pathOf(events: readonly BehaviourEvent[], query: JourneyQuery): string[] {
  const { anchor, direction, maxSteps } = query;
  const place = anchor === undefined ? 0 : events.findIndex(anchor);
  if (place < 0) return [];
  const whole = anchor === undefined || direction === 'from';
  const part = whole ? events.slice(place) : events.slice(0, place + 1);
  const steps: string[] = [];
  for (const event of part) if (event.name !== steps.at(-1)) steps.push(event.name);
  return direction === 'from' ? steps.slice(0, maxSteps) : steps.slice(-maxSteps);
}

function count<T extends { sessions: number }>(map: Map<string, T>, key: string, create: () => T): void {
  const entry = map.get(key) ?? create();
  entry.sessions++;
  map.set(key, entry);
}

/** Most sessions first; equal ones by their text, so that every run gives the same list. */
function ranked<T extends { sessions: number }>(map: ReadonlyMap<string, T>): T[] {
  return [...map]
    .sort(([keyA, a], [keyB, b]) => b.sessions - a.sessions || compareText(keyA, keyB))
    .map(([, entry]) => entry);
}

function sum(entries: readonly { sessions: number }[]): number {
  return entries.reduce((total, entry) => total + entry.sessions, 0);
}
