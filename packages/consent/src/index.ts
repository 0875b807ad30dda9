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
export { type Standing, type Standings, withoutSharing } from './standings.ts';
export { createJudge, type Parties, type Subject, subjectOf } from './subject.ts';
export { type ConsentHistory, NOTHING_SAID, type Occasion, verdict } from './verdict.ts';
