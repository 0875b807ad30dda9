export type { FieldLook } from './byte-look.ts';
export type { PathFinding } from './document-pass.ts';
export { PiiError, type PiiErrorCode } from './errors.ts';
export {
  defaultPolicy,
  type FieldRule,
  PII_ACTIONS,
  type PiiAction,
  type PiiPolicy,
  parsePolicy,
} from './policy.ts';
export { scanField, scanText } from './scan.ts';
export {
  createScrubber,
  type Scrubber,
  type ScrubOptions,
  type ScrubResult,
  scrubJsonLine,
  scrubValue,
} from './scrub.ts';
export { type FieldContext, type Finding, NO_CONTEXT, PII_TYPES, type PiiType } from './types.ts';
