import { useEffect, useRef } from 'preact/hooks';
import { time } from '../../model/format.ts';
import { useFilter, useRouter } from '../router.tsx';
import { useApi } from '../use-api.ts';
import { Badge } from './badge.tsx';
import { Answered } from './panel.tsx';

const STATES: Readonly<Record<string, string>> = {
  stored: 'ok',
  on_its_way: 'waiting',
  dead_lettered: 'failed',
  dropped: 'warning',
  missing: 'failed',
};

/** Where one event went; opened by the filter `event` of the address. */
export function PassportDialog() {
  const [event, setEvent] = useFilter('event');
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    if (event !== '' && !element.open) element.showModal();
    if (event === '' && element.open) element.close();
  }, [event]);
  return (
    <dialog ref={dialog} aria-labelledby="passport-title" onClose={() => setEvent('')}>
      {event !== '' && (
        <>
          <div class="panel-head">
            <h2 id="passport-title">Passport of an event</h2>
            <button type="button" onClick={() => setEvent('')}>
              Close
            </button>
          </div>
          <Passport id={event} />
        </>
      )}
    </dialog>
  );
}

function Passport({ id }: { readonly id: string }) {
  const { zone } = useRouter();
  const asked = useApi('GET /api/v1/events/{id}/passport', { id });
  return (
    <>
      <p>
        <code class="id">{id}</code>
      </p>
      <Answered asked={asked}>
        {(passport) => (
          <>
            <p>
              <Badge
                state={STATES[passport.status] ?? 'unknown'}
                word={passport.status.replaceAll('_', ' ')}
              />
            </p>
            <ol class="hops">
              {passport.hops.map((hop, i) => (
                <li key={`${hop.stage} ${i}`}>
                  <b>{hop.stage}</b> {hop.outcome.replaceAll('_', ' ')}
                  {hop.reason !== null && (
                    <>
                      {' '}
                      <code>{hop.reason}</code>
                    </>
                  )}
                  {hop.row !== null && ` in ${hop.row.store}, ${hop.row.table}`}
                  {hop.delivery !== null && ` to ${hop.delivery.destination}`}
                  {hop.changes.length > 0 &&
                    `: ${hop.changes.map((c) => `${c.type} at ${c.path}`).join(', ')}`}
                  <br />
                  <span class="quiet">
                    {hop.at !== null && `${hop.at_is === 'latest' ? 'by ' : ''}${time(hop.at, zone)} `}
                    {hop.record !== null &&
                      `${hop.record.topic}/${hop.record.partition ?? '?'} at ${hop.record.offset ?? '?'}`}
                  </span>
                </li>
              ))}
            </ol>
            {passport.open.map((open, i) => (
              <p key={`${open.stage} ${i}`}>
                <Badge state="waiting" word={open.code.replaceAll('_', ' ')} /> {open.stage}: {open.message}
              </p>
            ))}
          </>
        )}
      </Answered>
    </>
  );
}
