import { CommanderError } from 'commander';
import { EXIT_USAGE, exitCodeOf } from './errors.ts';
import { endQuietlyWhenReaderLeaves } from './output.ts';
import { buildProgram } from './program.ts';
import { quietKnownWarnings } from './quiet-warnings.ts';
import { readSecretFiles } from './read-secret-files.ts';
import { renderError, reportedError } from './report-error.ts';

if (Object.keys(process.env).some((name) => /^TLS_VERIFY$|_CA_FILE$/.test(name))) {
  const { useTransportSettings } = await import('./transport-settings.ts');
  useTransportSettings(process.env);
}
quietKnownWarnings();
endQuietlyWhenReaderLeaves();
try {
  await readSecretFiles();
  const program = buildProgram();
  if (process.argv.length > 2) await program.parseAsync(process.argv);
  else program.outputHelp();
} catch (error) {
  if (error instanceof CommanderError) {
    // Help and version come this way too, with 0; they have been written already.
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  } else {
    await (await import('./audit-log/record-command.ts')).recordFailure(error);
    process.stderr.write(renderError(reportedError(error), process.argv.includes('--json')));
    process.exitCode = exitCodeOf(error);
  }
}
