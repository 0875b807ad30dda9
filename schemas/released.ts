import { createHash } from 'node:crypto';

/** Schema file → SHA-256 of its content, from the moment it was first generated from. */
export type Released = Readonly<Record<string, string>>;

export const contentHash = (content: string) => createHash('sha256').update(content).digest('hex');

/**
 * The list with new files added. Throws when a file on it was edited or is gone: records with its bytes lie in topics and
 * stores, so a change is a new version.
 */
export function releaseFiles(released: Released, files: ReadonlyMap<string, string>): Released {
  const broken = Object.entries(released).flatMap(([file, hash]) => {
    const content = files.get(file);
    if (content === undefined) return [`${file} is gone`];
    return contentHash(content) === hash ? [] : [`${file} was edited`];
  });
  if (broken.length > 0)
    throw new Error(`Released schemas never change; write a new version instead: ${broken.join(', ')}`);
  const added = [...files].map(([file, content]) => [file, contentHash(content)] as const);
  return Object.fromEntries(added.sort(([a], [b]) => (a < b ? -1 : 1)));
}
