/** A question to ClickHouse: text that holds names of the catalogue only, and the values beside it. */
export interface Question {
  readonly query: string;
  readonly values: Readonly<Record<string, string | number | readonly string[]>>;
}

/** Collects values; each gets a name, and the text holds the name only. */
export function createValues() {
  const values: Record<string, string | number | readonly string[]> = {};
  let count = 0;
  const add = (value: string | number | readonly string[], type: string): string => {
    const name = `v${count++}`;
    values[name] = value;
    return `{${name}:${type}}`;
  };
  return {
    values,
    text: (value: string) => add(value, 'String'),
    texts: (value: readonly string[]) => add(value, 'Array(String)'),
    float: (value: number) => add(value, 'Float64'),
    whole: (value: number) => add(value, 'Int64'),
    moment: (ms: number) => `fromUnixTimestamp64Milli(${add(ms, 'Int64')}, 'UTC')`,
  };
}
export type Values = ReturnType<typeof createValues>;
