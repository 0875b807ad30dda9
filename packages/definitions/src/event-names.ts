/** The event names that a definition asks for. Of one that was read, so its size is bounded. */
export function eventNames(definition: object): ReadonlySet<string> {
  const names = new Set<string>();
  const pending: unknown[] = [definition];
  while (pending.length > 0) {
    const node = pending.pop();
    if (typeof node !== 'object' || node === null) continue;
    for (const [field, value] of Object.entries(node)) {
      if (field === 'selector') addEvent(value, names);
      else pending.push(value);
    }
  }
  return names;
}

function addEvent(selector: unknown, names: Set<string>): void {
  const { event } = selector as { event?: string };
  if (event !== undefined) names.add(event);
}
