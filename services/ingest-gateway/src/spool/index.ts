export { openSpool, type Spool, type SpoolBatch, SpoolFull } from './spool.ts';
export { createSpoolingWriter, type SpoolingOptions, type SpoolingWriter } from './spooling-writer.ts';
