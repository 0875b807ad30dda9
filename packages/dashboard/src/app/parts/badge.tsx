/** A state in a word and a shape; the colour only repeats it. */
const LOOKS: Readonly<Record<string, readonly [tone: string, sign: string, word?: string]>> = {
  ok: ['good', '●', 'ok'],
  pass: ['good', '●', 'passed'],
  succeeded: ['good', '●'],
  stable: ['good', '●'],
  running: ['good', '▶'],
  resolved: ['good', '●'],
  better: ['good', '▲'],
  degraded: ['warn', '▲'],
  behind: ['warn', '▲'],
  moderate: ['warn', '▲'],
  warning: ['warn', '▲'],
  waiting: ['quiet', '○'],
  skipped: ['quiet', '○'],
  stuck: ['bad', '■'],
  stopped: ['bad', '■'],
  silent: ['bad', '■', 'no answer'],
  not_ready: ['bad', '■', 'not ready'],
  critical: ['bad', '■'],
  major: ['bad', '■'],
  fail: ['bad', '■', 'failed'],
  failed: ['bad', '■'],
  error: ['bad', '■'],
  raised: ['bad', '■'],
  worse: ['bad', '▼'],
};

export function Badge({ state, word }: { readonly state: string; readonly word?: string }) {
  const [tone, sign, known] = LOOKS[state] ?? ['quiet', '○'];
  return (
    <span class={`badge ${tone}`}>
      <span aria-hidden="true">{sign}</span> {word ?? known ?? state.replaceAll('_', ' ')}
    </span>
  );
}
