import { type Dialect, PERSON } from '../dialect.ts';

/** Rows with user_id and alias, each with its person. Group by the ids first where there are many rows. */
export const withPerson = (dialect: Dialect, columns: string, rows: string): string => `
  SELECT ${PERSON} AS person, ${columns}
  FROM (${rows}) AS given LEFT JOIN (${dialect.links()}) AS links ON given.alias = links.linked`;
