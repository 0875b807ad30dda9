export { makeHistory, recount, type Sent, type Watched } from './history.ts';
export { createRandom } from './random.ts';
