/** The examples under a command's help. */
export function examples(list: readonly (readonly [command: string, what: string])[]): string {
  const lines = list.map(([command, what]) => `  npm run -s fineprint -- ${command}\n      ${what}`);
  return `\nExamples:\n${lines.join('\n')}\n`;
}
