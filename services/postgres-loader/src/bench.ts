/** What scripts/bench measures the loader against. */
export { COPY_HEADER, COPY_TRAILER } from './copy-row.ts';
export { columns, eventRow } from './document-rows.ts';
export { createPostgresSink } from './postgres-sink.ts';
export { createPostgresStore } from './postgres-store.ts';
