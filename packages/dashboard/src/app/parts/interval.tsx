/** An estimate with its interval on a line around nothing: what crosses the middle may be chance. */
export function Interval(props: {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** The largest distance that is drawn. */
  readonly reach: number;
  readonly label: string;
}) {
  const { estimate, low, high, reach, label } = props;
  const at = (n: number): number => 100 + (Math.max(-reach, Math.min(reach, n)) / reach) * 92;
  const tone = low > 0 || high < 0 ? 'clear' : 'open';
  return (
    <svg class={`interval ${tone}`} viewBox="0 0 200 18" role="img" aria-label={label}>
      <path d="M100 1V17" class="zero" />
      <path d={`M${at(low)} 9H${at(high)}M${at(low)} 5V13M${at(high)} 5V13`} />
      <circle cx={at(estimate)} cy="9" r="4" />
    </svg>
  );
}
