/** Nearly no context names a signal, and looking for the name costs far less than parsing. */
const NAMES = /"(?:gpc|dnt)"/;

/** Whether the browser asked not to sell or share: `gpc` (Global Privacy Control) or `dnt` (Do Not Track) in the context. */
export function hasOptOutSignal(context: string): boolean {
  if (context === '{}' || !NAMES.test(context)) return false;
  const { gpc, dnt } = JSON.parse(context) as { gpc?: unknown; dnt?: unknown };
  return gpc === true || dnt === true;
}

const QUOTE = 34;
const [GPC, DNT] = [Buffer.from('"gpc"'), Buffer.from('"dnt"')];

/** Whether a context's bytes name a signal, whatever it says. */
export function hasOptOutName(bytes: Buffer, start: number, end: number): boolean {
  const last = end - GPC.length;
  for (let i = start; i <= last; i++)
    if (bytes[i] === QUOTE && (standsAt(bytes, i, GPC) || standsAt(bytes, i, DNT))) return true;
  return false;
}

function standsAt(bytes: Buffer, at: number, name: Buffer): boolean {
  for (let i = 1; i < name.length; i++) if (bytes[at + i] !== name[i]) return false;
  return true;
}
