export { renderComposeFile } from './compose-file.ts';
export { renderHelmSchema, renderHelmValues } from './helm-values.ts';
export { type Workload, workloads } from './workloads.ts';
