/** What a store holds of the events of a kind, in figures that mean the same wherever they are asked for. */
export type StoreFigures = Readonly<Record<string, number>>;

/** The same question to every store that keeps a kind of events. */
export interface ComparedTable {
  /** The table in ClickHouse. */
  readonly table: string;
  /** Store → its figures. What its loader refused by name is in none of them. */
  readonly stores: Readonly<Record<string, StoreFigures>>;
}

/** Which figures are not the same in all stores: `product_events ids: clickhouse 3, postgres 2`. */
export function differencesOf({ table, stores }: ComparedTable): string[] {
  const names = new Set(Object.values(stores).flatMap((figures) => Object.keys(figures)));
  return [...names].flatMap((name) => {
    const values = Object.entries(stores).map(([store, figures]) => [store, figures[name]] as const);
    if (new Set(values.map(([, value]) => value)).size === 1) return [];
    return [`${table} ${name}: ${values.map(([store, value]) => `${store} ${value ?? 'none'}`).join(', ')}`];
  });
}
