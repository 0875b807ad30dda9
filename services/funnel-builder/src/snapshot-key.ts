/** One key per thing that is snapshot. Names and ids may hold anything, so the key is JSON. */
export function snapshotKey(kind: string, name: string, subject: string): string {
  return JSON.stringify([kind, name, subject]);
}

export function parseSnapshotKey(key: string): { kind: string; name: string; subject: string } | null {
  try {
    const parts: unknown = JSON.parse(key);
    if (!Array.isArray(parts)) return null;
    const [kind, name, subject] = parts as unknown[];
    if (typeof kind !== 'string' || typeof name !== 'string' || typeof subject !== 'string') return null;
    return { kind, name, subject };
  } catch {
    return null;
  }
}
