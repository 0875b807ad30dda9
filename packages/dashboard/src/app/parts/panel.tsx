import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { Asked } from '../use-api.ts';

/** A part of a page with its heading. */
export function Panel(props: {
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly aside?: ComponentChildren;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class={props.wide ? 'panel wide' : 'panel'} aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id}>{props.title}</h2>
        {props.aside}
      </div>
      {props.note !== undefined && <p class="quiet note">{props.note}</p>}
      {props.children}
    </section>
  );
}

/** Shows an answer, or why there is none. */
export function Answered<T>(props: {
  readonly asked: Asked<T>;
  /** Said instead of the answer where there is nothing in it. */
  readonly empty?: (data: T) => ComponentChildren | false;
  readonly height?: number;
  readonly children: (data: T) => ComponentChildren;
}) {
  const { data, error, loading, refresh } = props.asked;
  if (error !== null && (data === null || error.status !== 0))
    return <Failed error={error} onRetry={refresh} />;
  if (data === null)
    return (
      <div class="skeleton" role="status" style={{ minHeight: `${props.height ?? 120}px` }}>
        <span class="quiet">Loading …</span>
      </div>
    );
  const nothing = props.empty?.(data) || false;
  return (
    <div class={loading ? 'stale' : undefined} aria-busy={loading}>
      {error !== null && (
        <p class="quiet" role="status">
          {error.message} What is shown is from before.
        </p>
      )}
      {nothing ? <div class="empty">{nothing}</div> : props.children(data)}
    </div>
  );
}

function Failed({
  error,
  onRetry,
}: {
  readonly error: { status: number; code: string; message: string };
  readonly onRetry: () => void;
}) {
  if (error.status === 403) return <p class="empty">Your key’s role may not see this.</p>;
  return (
    <div class="error" role="alert">
      <p>
        {error.message} <code>{error.code}</code>
      </p>
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
