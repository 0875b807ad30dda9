import type { Post } from './post.ts';

/** What a person allows. What is left out is a no, and without `analytics` nothing is kept or sent at all. */
export interface Choices {
  readonly analytics: boolean;
  /** Passing events on to others: the destinations. */
  readonly marketing?: boolean;
  /** What they say of a model's answers. */
  readonly ai?: boolean;
}

/** What was decided here, until the gateway has it and after. */
export interface Decision {
  readonly id: string;
  readonly choices: Choices;
  /** From when on it counts. */
  readonly fromMs: number;
  readonly isRecorded: boolean;
}

/** Whom it is about. */
export interface Decider {
  readonly anonymousId: string;
  readonly userId?: string | undefined;
}

/** What proves a consent. */
export interface ConsentTerms {
  /** The text that is agreed to. */
  readonly policyVersion?: string | undefined;
  /** The law it is asked under: GDPR, CCPA, … */
  readonly jurisdiction?: string | undefined;
}

const PATH = '/api/v1/privacy/consent';

/** A plain yes allows what the site itself needs; sharing is asked for by its name. */
export const choicesOf = (given: boolean | Choices): Choices =>
  typeof given === 'boolean' ? { analytics: given, ai: given } : given;

/** Posts a decision; resolves once the gateway has it, or will never take it. */
export async function postDecision(
  post: Post,
  writeKey: string,
  { anonymousId, userId }: Decider,
  { id, choices, fromMs }: Decision,
  terms: ConsentTerms,
): Promise<void> {
  const body = JSON.stringify({
    ...{ write_key: writeKey, event_id: id, anonymous_id: anonymousId, user_id: userId },
    ...{ event_time: new Date(fromMs).toISOString(), sent_at: new Date().toISOString(), method: 'browser' },
    categories: {
      analytics: choices.analytics,
      marketing: choices.marketing === true,
      ai: choices.ai === true,
    },
    policy_version: terms.policyVersion,
    jurisdiction: terms.jurisdiction,
  });
  const { status } = await post(PATH, body, new AbortController().signal);
  if (status >= 500 || status === 429) throw new Error('not now');
}
