export { createConsentIndex } from './consent-index.ts';
export { type ConsentStep, createConsentStep } from './consent-step.ts';
export type { ConsentStore, Question, StoredConsent, Stretch, Told } from './consent-store.ts';
export { createPostgresConsentStore } from './postgres-consent-store.ts';
export { createReadBack } from './read-back.ts';
