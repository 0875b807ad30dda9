import type { AskedSubject, PrivacyRequest } from '@fineprint/privacy';

/** Whom an open request is about. */
export function askedOf({ subject }: PrivacyRequest): AskedSubject {
  if (subject === null) throw new Error('a request that is not finished knows whom it is about');
  return subject;
}
