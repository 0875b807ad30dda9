/** Nearly no context names a signal, and looking for the name costs far less than parsing. */
const NAMES = /"(?:gpc|dnt)"/;

/** Whether the browser asked not to sell or share: `gpc` (Global Privacy Control) or `dnt` (Do Not Track) in the context. */
export function hasOptOutSignal(context: string): boolean {
  if (context === '{}' || !NAMES.test(context)) return false;
  const { gpc, dnt } = JSON.parse(context) as { gpc?: unknown; dnt?: unknown };
  return gpc === true || dnt === true;
}
