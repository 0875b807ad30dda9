export { bruteForceBest } from './brute-funnel.ts';
export { readClickstream } from './clickstream.ts';
export { disturb, seededRandom } from './events.ts';
