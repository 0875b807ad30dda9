/** Why a price file is refused. Stable: a code never changes its meaning. */
export type PriceProblemCode =
  | 'file_too_large'
  | 'not_json'
  | 'wrong_type'
  | 'missing_field'
  | 'unknown_field'
  | 'invalid_text'
  | 'unsupported_currency'
  | 'no_entries'
  | 'too_many_entries'
  | 'invalid_price'
  | 'negative_price'
  | 'too_precise'
  | 'price_too_high'
  | 'invalid_time'
  | 'empty_range' // effective_to is not after effective_from
  | 'overlapping_range'; // two prices of one subject at one time

export interface PriceProblem {
  readonly code: PriceProblemCode;
  /** Where: `entries[3].input`. */
  readonly path: string;
  readonly message: string;
}
