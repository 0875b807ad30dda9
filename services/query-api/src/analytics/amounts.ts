/** Sums are kept in millionths, so that no order of addition changes them. As in @fineprint/behaviour. */
const UNITS = 1_000_000;

const UNITS_SQL = `(assumeNotNull(conversion_value) * ${UNITS})`;
/** Beyond this a sum would not be one of money. */
const MAX_UNITS = 1e30;

/** Whether an event brings an amount. */
export const HAS_AMOUNT = `(kind = 'conversion' AND conversion_value IS NOT NULL AND abs(${UNITS_SQL}) < ${MAX_UNITS})`;

/** Its millionths, rounded as JavaScript's Math.round does: halves up. ClickHouse's round takes them to the even number. */
export const AMOUNT_UNITS = `toInt128(floor(${UNITS_SQL}) + if(${UNITS_SQL} - floor(${UNITS_SQL}) >= 0.5, 1, 0))`;

export const amountOf = (units: bigint): number => Number(units) / UNITS;
