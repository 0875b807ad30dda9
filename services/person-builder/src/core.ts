/** What works people out, without the database: for models of it. */
export type { Compiled, Definitions } from './definitions.ts';
export { type Claim, ownerOf } from './owner.ts';
export type { CohortRow, CountedFunnelRow, FunnelRow, LinkRow, Revised } from './rows.ts';
export { newestOf, type Snapshot } from './snapshot.ts';
export { cohortRowOf, funnelRowOf, tellsCohort, tellsFunnel } from './standing.ts';
export { readCohortState, readFunnelState, readLinkTime } from './states.ts';
export type { PeopleNews, PeopleStore } from './store/people-store.ts';
