/** Quotes a name for ClickHouse SQL. Both backslash and backtick would end or alter the name otherwise. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replace(/[\\`]/g, (character) => `\\${character}`)}\``;
}

export function quoteString(text: string): string {
  return `'${text.replace(/[\\']/g, (character) => `\\${character}`)}'`;
}
