export { endpointsEnv, localEndpoints, type StackEndpoints } from './endpoints.ts';
export { StackError, type StackErrorCode } from './errors.ts';
export {
  CLICKHOUSE_READER,
  CLICKHOUSE_USER,
  LOOPBACK,
  OPTIONAL_PART_NAMES,
  type OptionalPartName,
  PART_NAMES,
  type PartName,
  type PortName,
  type Ports,
} from './parts.ts';
export type { OnProgress, Progress, ProgressState } from './progress.ts';
export { type Requirement, requirements } from './requirements.ts';
export { serviceArgs } from './service-args.ts';
export { type ProviderName, resolveSettings, type StackSettings } from './settings.ts';
export { openStack, REPO_DIR, type Stack } from './stack.ts';
export { logFileOf, tailLog } from './supervisor/logs.ts';
export { processMark } from './supervisor/orphans.ts';
export type { ProcessSpec, ReadyCheck, Tier } from './supervisor/process-spec.ts';
export type { ProcessStatus } from './supervisor/supervisor.ts';
