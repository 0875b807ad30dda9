export { createAmplitude } from './amplitude.ts';
export { createDeletions, type DeletionServer } from './deletions.ts';
export { always, type Fault, type Faults, mulberry32, noFaults, seededFaults } from './faults.ts';
export { createMixpanel } from './mixpanel.ts';
export { createSegment, type SegmentVendor } from './segment.ts';
export { type ContractServer, serve } from './server.ts';
export type { TakenEvent, Vendor, VendorAnswer, VendorRequest } from './vendor.ts';
export { createWebhookReceiver } from './webhook.ts';
