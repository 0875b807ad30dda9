import { type Block, sizeOf } from './block.ts';

/** A block of one hour or day, and what it was made of. */
export interface Tile {
  readonly block: Block;
  readonly version: string;
  /** Of the directory that it was read after. */
  readonly directory: number;
}

/** Tiles by name, those used last, within a size. */
export class TileCache {
  readonly #maxBytes: number;
  readonly #tiles = new Map<string, Tile & { readonly bytes: number }>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    return this.#bytes > 0.9 * this.#maxBytes;
  }

  /** The tile, unless it may lack something that the asker's directory knows of. */
  get(name: string, version: string, directory: number): Block | undefined {
    const tile = this.#tiles.get(name);
    if (tile === undefined || (tile.version !== version && tile.directory <= directory)) return undefined;
    this.#tiles.delete(name);
    this.#tiles.set(name, tile);
    return tile.block;
  }

  set(name: string, tile: Tile): void {
    const known = this.#tiles.get(name);
    if (known !== undefined && known.directory > tile.directory) return;
    this.#remove(name);
    const bytes = sizeOf(tile.block);
    this.#tiles.set(name, { ...tile, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#tiles.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#remove(oldest);
    }
  }

  #remove(name: string): void {
    this.#bytes -= this.#tiles.get(name)?.bytes ?? 0;
    this.#tiles.delete(name);
  }
}
