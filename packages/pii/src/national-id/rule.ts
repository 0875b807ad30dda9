/** A national identifier that is recognisable by itself: its written form and its check together leave little doubt. */
export interface NationalIdRule {
  /** ISO 3166 country and the identifier's usual name. */
  readonly name: string;
  /** Matches the whole candidate as written, upper case. Bounded, no nested quantifiers. */
  readonly written: RegExp;
  /** The check over the candidate without separators. */
  readonly valid: (compact: string) => boolean;
}
