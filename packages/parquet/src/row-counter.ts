/** Counts rows as bytes go by, in bounded memory. */
export interface RowCounter {
  add(chunk: Buffer): void;
  /** Once all bytes were added; throws where they are no whole file. */
  rows(): number;
}
