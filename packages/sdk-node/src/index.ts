export {
  type About,
  type AiCalls,
  type Calls,
  type Conversion,
  type Engagement,
  type Feedback,
  type FunnelStep,
  type ModelRequest,
  type PageView,
  type Properties,
  SdkError,
  type SdkErrorCode,
} from '@fineprint/sdk-core';
export { createAnalytics, type NodeAnalytics } from './client.ts';
export type { RecordOptions } from './models/record-calls.ts';
export { recordAnthropic, recordOpenAI } from './models/record-client.ts';
export type { FsyncPolicy, NodeOptions } from './options.ts';
export type { NodeStats, Recorded } from './recorder.ts';
