import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { printJson, printText } from '../output.ts';

export function addTopology(program: Command): void {
  program
    .command('topology')
    .description('show the topics and who reads and writes them')
    .option('--mermaid', 'as a Mermaid flowchart')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples([
        ['topology', 'as text'],
        ['topology --mermaid > dag.mmd', 'for a Markdown page'],
      ]),
    )
    .action(async (options: { mermaid?: true; json?: true }) => {
      const { nodes, openTopics, renderMermaid, topics } = await import('@fineprint/topology');
      const dag = { topics, nodes, openTopics };
      if (options.json) return printJson(dag);
      if (options.mermaid) return printText(renderMermaid());
      const { renderText } = await import('../topology/render-text.ts');
      return printText(renderText(dag));
    });
}
