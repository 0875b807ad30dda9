export type {
  About,
  ConsentChoice,
  Conversion,
  Engagement,
  Feedback,
  FunnelStep,
  PageView,
  Properties,
  SdkErrorCode,
} from '@fineprint/sdk-core';
export { type BrowserAnalytics, createAnalytics } from './client.ts';
export type { Choices } from './consent.ts';
export type { BrowserOptions, BrowserStats } from './options.ts';
