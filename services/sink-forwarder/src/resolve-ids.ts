import { type Database, type SubjectKind, subjectsOfPseudonyms } from '@fineprint/privacy';
import type { ProductEvent } from '@fineprint/schemas';
import { StreamError } from '@fineprint/stream-runtime';

/** Events with the ids that their producers sent, as far as anything still connects a pseudonym with one. */
export type ResolveIds = (events: readonly ProductEvent[]) => Promise<readonly ProductEvent[]>;

/** Over the table of pseudonyms, one question for all. Rejects with a retriable StreamError while Postgres is away. */
export function createResolveIds(database: Database): ResolveIds {
  return async (events) => {
    const ids = new Set(events.flatMap(({ user_id, anonymous_id }) => [user_id, anonymous_id]));
    const whose = await subjectsOfPseudonyms(
      database,
      [...ids].filter((id) => id !== null),
    ).catch((cause: unknown) => {
      throw new StreamError('unavailable', 'Postgres does not say whose pseudonyms these are', {
        cause,
        retriable: true,
      });
    });
    const resolved = (kind: SubjectKind, id: string | null) => {
      const subject = id === null ? undefined : whose.get(id);
      return subject?.kind === kind ? subject.id : id;
    };
    return events.map((event) => ({
      ...event,
      user_id: resolved('user', event.user_id),
      anonymous_id: resolved('anonymous', event.anonymous_id),
    }));
  };
}
