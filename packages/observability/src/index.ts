export { type AdminGuard, createAdminGuard } from './admin-guard.ts';
export {
  type AdminEndpoints,
  type AdminServer,
  adminPaths,
  closeServer,
  handleAdmin,
  listen,
  type Readiness,
  type ReadyReason,
  startAdminServer,
} from './admin-server.ts';
export { type EventLoopWatch, watchEventLoop } from './event-loop.ts';
export { createLogger, type Logger, type LogLevel } from './logger.ts';
export { type Counter, createMetrics, type Gauge, type Histogram, type Metrics } from './metrics.ts';
export { logMetricsEvery } from './metrics-log.ts';
export { type RunningService, runService, type ServiceProcess } from './run-service.ts';
export { type SerializedError, serializeError } from './serialize-error.ts';
export { type FinishedSpan, startTracing, type Tracing, type TracingOptions } from './tracing.ts';
