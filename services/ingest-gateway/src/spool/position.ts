import { open, readFile, rename } from 'node:fs/promises';

const FILE = 'position.json';

/** How far the spool has been given back: everything before this place of this segment. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
}

export async function readPosition(directory: string): Promise<Position> {
  try {
    return JSON.parse(await readFile(`${directory}/${FILE}`, 'utf8')) as Position;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { segment: 0, offset: 0 };
    throw error;
  }
}

/** Whole or not at all: a reader sees the old position or the new one. */
export async function writePosition(directory: string, position: Position): Promise<void> {
  const temporary = `${directory}/${FILE}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(position));
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(temporary, `${directory}/${FILE}`);
}
