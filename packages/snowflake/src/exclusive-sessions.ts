import type { SnowflakeSession } from './session.ts';

/** Sessions by name: work under one name goes one after another, so each has a transaction to itself. */
export interface ExclusiveSessions<Session = SnowflakeSession> {
  use<T>(name: string, work: (session: Session) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface Lane<Session> {
  session: Session | undefined;
  last: Promise<unknown>;
}

/** Opens a session when its name is first used, and another one when it is not usable any more. */
export function createExclusiveSessions<Session extends Pick<SnowflakeSession, 'isUsable' | 'close'>>(
  open: () => Promise<Session>,
): ExclusiveSessions<Session> {
  const lanes = new Map<string, Lane<Session>>();

  const usable = async (lane: Lane<Session>): Promise<Session> => {
    if (lane.session !== undefined && !lane.session.isUsable()) {
      await lane.session.close();
      lane.session = undefined;
    }
    lane.session ??= await open();
    return lane.session;
  };

  return {
    use(name, work) {
      const lane = lanes.get(name) ?? { session: undefined, last: Promise.resolve() as Promise<unknown> };
      lanes.set(name, lane);
      const result = lane.last.then(async () => work(await usable(lane)));
      lane.last = result.catch(() => undefined); // its caller is told; who comes next goes on
      return result;
    },
    async close() {
      await Promise.all([...lanes.values()].map(({ last }) => last));
      await Promise.all([...lanes.values()].map(({ session }) => session?.close()));
      lanes.clear();
    },
  };
}
