import { ReplayError } from './errors.ts';

/** Where a replay stands. `promoting`: rows are being swapped, or a swap was interrupted and must be finished. */
export type ReplayState = 'building' | 'ready' | 'promoting' | 'promoted' | 'discarded' | 'failed';
export type ReplayAction = 'promote' | 'discard' | 'discard-backup';

const PROMOTE_AGAIN = 'Finish it: npm run -s fineprint -- replay --promote ';

/** What an action comes to: `nothing` where it has been done already. Throws where it is not possible. */
export function decide(id: string, state: ReplayState, action: ReplayAction): 'do' | 'nothing' {
  if (action === 'promote') return decidePromote(id, state);
  if (action === 'discard') return decideDiscard(id, state);
  if (state === 'promoted') return 'do';
  throw new ReplayError('REPLAY_STATE', `Replay ${id} is ${state}: it keeps no replaced rows.`, SHOW + id);
}

const SHOW = 'See: npm run -s fineprint -- replay --show ';

function decidePromote(id: string, state: ReplayState): 'do' | 'nothing' {
  if (state === 'ready' || state === 'promoting') return 'do';
  if (state === 'promoted') return 'nothing';
  throw new ReplayError(
    'REPLAY_STATE',
    `Replay ${id} is ${state}: there is nothing to promote.`,
    'Run it again: npm run -s fineprint -- replay --stage … --since … --shadow',
  );
}

/** Whoever is allowed to act holds the replay's lock, so `building` here means that its process died. */
function decideDiscard(id: string, state: ReplayState): 'do' | 'nothing' {
  if (state === 'discarded') return 'nothing';
  if (state === 'promoting')
    throw new ReplayError(
      'REPLAY_STATE',
      `Replay ${id} has been promoted in part: some tables have its rows, others not.`,
      PROMOTE_AGAIN + id,
    );
  if (state === 'promoted')
    throw new ReplayError(
      'REPLAY_STATE',
      `Replay ${id} is promoted: its rows are the live ones.`,
      `The rows they replaced: npm run -s fineprint -- replay --discard-backup ${id}`,
    );
  return 'do';
}
