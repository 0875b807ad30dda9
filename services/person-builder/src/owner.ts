import { createIdentityMap, type IdentityLink, userSubject } from '@fineprint/behaviour';

/** Someone was identified: a partition's earliest identify of an anonymous id as a user. */
export interface Claim {
  readonly userId: string;
  readonly timeMs: number;
}

/** Whose an anonymous id is, by all claims: the user of the earliest, at the same time the lesser user id. */
export function ownerOf(claims: readonly Claim[]): (Claim & { readonly person: string }) | null {
  const anonymousId = '';
  const links = claims.map(({ userId, timeMs }): IdentityLink => ({ anonymousId, userId, timeMs }));
  const [link] = createIdentityMap(links).links();
  if (link === undefined) return null;
  return { userId: link.userId, timeMs: link.timeMs, person: userSubject(link.userId) };
}
