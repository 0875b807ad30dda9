export { renderComposeFile } from './compose-file.ts';
export { renderHelmSchema, renderHelmValues } from './helm-values.ts';
