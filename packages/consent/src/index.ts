export {
  type ChosenCategory,
  type ConsentCategory,
  categoryOf,
  chosenCategories,
  consentCategories,
} from './category.ts';
export { type Choices, type ConsentRecord, choicesOf } from './consent-record.ts';
export { type Jurisdiction, jurisdictionFor } from './jurisdiction.ts';
export { CONSENT_HEADER, stampOf, standingIn } from './stamp.ts';
export {
  type ConsentHistory,
  NOTHING_SAID,
  type Occasion,
  type Standing,
  type Standings,
  verdict,
} from './verdict.ts';
