import { matchesOf } from './matches.ts';
/** Base64 runs that hide readable text. */

export interface Encoded {
  readonly start: number;
  readonly end: number;
  readonly decoded: string;
}

const MIN_RUN = 18;
const RUN = /(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{18,65536}={0,2}(?![A-Za-z0-9+/_=-])/g;
/** Readable: printable ASCII, white space, or letters beyond ASCII; almost everything else decodes to noise. */
const NOISE = /[^\P{Cc}\t\n\r]|\ufffd/u;
/** The first bytes tell text from noise without decoding the rest. */
const PROBE = 24;

function readable(run: string): string | undefined {
  const probe = Buffer.from(run.slice(0, PROBE), 'base64').toString('latin1');
  for (let i = 0; i < probe.length; i++) {
    const code = probe.charCodeAt(i);
    if ((code < 32 && code !== 9 && code !== 10 && code !== 13) || code === 127) return undefined;
  }
  const decoded = Buffer.from(run, 'base64').toString('utf8');
  return NOISE.test(decoded) ? undefined : decoded;
}

export function encodedRuns(text: string): Encoded[] {
  if (text.length < MIN_RUN) return [];
  const runs: Encoded[] = [];
  for (const match of matchesOf(RUN, text)) {
    const decoded = readable(match[0]);
    if (decoded !== undefined) runs.push({ start: match.index, end: match.index + match[0].length, decoded });
  }
  return runs;
}
