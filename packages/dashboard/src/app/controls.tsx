import { useState } from 'preact/hooks';
import { type Preset, presets, presetTitles, rangeOf } from '../model/view.ts';
import { useRouter } from './router.tsx';

const ZONES = Intl.supportedValuesOf('timeZone').filter((z) => z !== 'UTC');
const LOCAL = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** `2026-11-23T08:59` in UTC, as an input of type datetime-local has it. */
const inputOf = (ms: number): string => new Date(ms).toISOString().slice(0, 16);

/** Which time is looked at, and in which zone it is told. Both are in the address. */
export function Controls() {
  const { view, zone, span, go } = useRouter();
  const range = rangeOf(view);
  const isOwn = !('preset' in range);
  const [isEditing, setEditing] = useState(false);
  const choose = (value: string) => {
    if (value === 'own') setEditing(true);
    else {
      setEditing(false);
      go({ ...view, range: { preset: value as Preset } });
    }
  };
  return (
    <div class="controls">
      <label>
        <span class="label">Time</span>
        <select
          value={isOwn || isEditing ? 'own' : range.preset}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          {(Object.keys(presets) as Preset[]).map((preset) => (
            <option key={preset} value={preset}>
              {presetTitles[preset]}
            </option>
          ))}
          <option value="own">From … to …</option>
        </select>
      </label>
      <label>
        <span class="label">Zone</span>
        <select value={zone} onChange={(event) => go({ ...view, zone: event.currentTarget.value })}>
          <option value="UTC">UTC</option>
          {LOCAL !== 'UTC' && <option value={LOCAL}>{LOCAL} (yours)</option>}
          {ZONES.filter((z) => z !== LOCAL).map((z) => (
            <option key={z} value={z}>
              {z}
            </option>
          ))}
        </select>
      </label>
      {(isOwn || isEditing) && (
        <OwnRange
          from={inputOf(span.fromMs)}
          to={inputOf(span.toMs)}
          onChange={(from, to) => go({ ...view, range: { from: `${from}:00Z`, to: `${to}:00Z` } })}
        />
      )}
    </div>
  );
}

function OwnRange(props: {
  readonly from: string;
  readonly to: string;
  readonly onChange: (from: string, to: string) => void;
}) {
  const [from, setFrom] = useState(props.from);
  const [to, setTo] = useState(props.to);
  const isValid = from !== '' && to !== '' && from < to;
  return (
    <form
      class="own-range"
      onSubmit={(event) => {
        event.preventDefault();
        if (isValid) props.onChange(from, to);
      }}
    >
      <label>
        <span class="label">From (UTC)</span>
        <input type="datetime-local" value={from} onInput={(e) => setFrom(e.currentTarget.value)} />
      </label>
      <label>
        <span class="label">To (UTC)</span>
        <input type="datetime-local" value={to} onInput={(e) => setTo(e.currentTarget.value)} />
      </label>
      <button type="submit" disabled={!isValid}>
        Show
      </button>
    </form>
  );
}
