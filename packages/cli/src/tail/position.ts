/** Where `tail` begins in each partition. */
export type Start =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'back'; readonly records: number };

/** `earliest`, `latest`, or how many records back in all. */
export function parseStart(text: string): Start | undefined {
  if (text === 'earliest' || text === 'latest') return { kind: text };
  return /^\d{1,9}$/.test(text) ? { kind: 'back', records: Number(text) } : undefined;
}

export interface Watermarks {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

/** The first offset to show, by partition. `back` is shared out evenly over the partitions that have that many. */
export function startOffsets(start: Start, partitions: readonly Watermarks[]): Map<number, number> {
  if (start.kind === 'earliest') return new Map(partitions.map((p) => [p.partition, p.low]));
  const offsets = new Map(partitions.map((p) => [p.partition, p.high]));
  let left = start.kind === 'back' ? start.records : 0;
  let open = partitions.filter((p) => p.high > p.low);
  while (left > 0 && open.length > 0) {
    const share = Math.ceil(left / open.length);
    for (const p of open) {
      const at = offsets.get(p.partition) ?? p.high;
      const take = Math.min(share, at - p.low, left);
      offsets.set(p.partition, at - take);
      left -= take;
    }
    open = open.filter((p) => (offsets.get(p.partition) ?? p.low) > p.low);
  }
  return offsets;
}
