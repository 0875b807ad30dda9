import type { Lab } from '../lab.ts';

/** The table of labs in docs/reliability.md. */
export function renderLabs(labs: readonly Lab[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  return [
    '| lab | | what is done | passes when |',
    '| --- | --- | --- | --- |',
    ...labs.map((l) => `| \`${l.name}\` | ${l.kind} | ${cell(l.title)} | ${cell(l.passes)} |`),
  ].join('\n');
}
