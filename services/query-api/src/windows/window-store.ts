import type { Warehouse } from '../clickhouse/warehouse.ts';
import type { TimeRange } from '../params/time-range.ts';
import { type Block, rowAt, sliceBlock } from './block.ts';
import { cover, DAY_MS, HOUR_MS, type Level, type Span } from './cover.ts';
import { createDirectoryReader, type Directory } from './directory.ts';
import { createFeedbackReader } from './feedback.ts';
import { blockQuestion, readBlock } from './read-block.ts';
import { rollUp } from './roll-up.ts';
import { TileCache } from './tile-cache.ts';

/** Some rows of a block. */
export interface Piece {
  readonly block: Block;
  readonly from: number;
  readonly to: number;
  /** Adds to windows that other pieces have; makes none of its own. */
  readonly isAddition?: true;
}

/** The windows of ai_metrics, by minute, hour and day, kept in memory as far as they fit. */
export interface WindowStore {
  /**
   * Windows that fill a range of whole minutes, none coarser than asked. They hold everything that the data of this version
   * does; what has come since may be in them.
   */
  read(range: TimeRange, dataVersion: string, coarsest: Level): Promise<Piece[]>;
  /** Reads a range before it is asked for, newest days first, while there is room. */
  warmUp(range: TimeRange, dataVersion: string): Promise<void>;
  sizeBytes(): number;
}

/** Days read at a time: ClickHouse has other questions to answer. */
const DAYS_AT_A_TIME = 2;

export interface WindowStoreOptions {
  readonly warehouse: Pick<Warehouse, 'rows' | 'binary'>;
  readonly maxBytes: number;
}

interface DayNeed {
  readonly dayMs: number;
  readonly spans: readonly Span[];
}

export function createWindowStore({ warehouse, maxBytes }: WindowStoreOptions): WindowStore {
  const cache = new TileCache(maxBytes);
  const directories = createDirectoryReader(warehouse);
  const feedback = createFeedbackReader(warehouse);
  const underWay = new Map<string, Promise<ReadonlyMap<number, Block>>>();

  const fetchHours = async (hours: readonly number[], directory: Directory) => {
    const range = { fromMs: hours[0] ?? 0, toMs: (hours.at(-1) ?? 0) + HOUR_MS };
    const day = readBlock(await warehouse.binary(blockQuestion(range)));
    const blocks = new Map<number, Block>();
    for (const hour of hours) {
      const block = sliceBlock(day, rowAt(day, hour), rowAt(day, hour + HOUR_MS));
      blocks.set(hour, block);
      const version = directory.hours.get(hour) ?? '';
      cache.set(`minute/${hour}`, { block, version, directory: directory.number });
    }
    return blocks;
  };

  /** Minutes of some hours of a day; equal questions at a time are asked once. */
  const minutesOf = (hours: readonly number[], directory: Directory) => {
    if (hours.length === 0) return Promise.resolve(new Map<number, Block>());
    const key = hours.map((hour) => `${hour}=${directory.hours.get(hour)}`).join();
    const known = underWay.get(key);
    if (known !== undefined) return known;
    const fetching = fetchHours(hours, directory).finally(() => underWay.delete(key));
    underWay.set(key, fetching);
    return fetching;
  };

  const cached = (level: Level, startMs: number, version: string, directory: Directory) =>
    cache.get(`${level}/${startMs}`, version, directory.number);

  /** The blocks of one day that the spans ask for. */
  const readDay = async ({ dayMs, spans }: DayNeed, directory: Directory): Promise<Piece[]> => {
    const hours = hoursWithin(directory, dayMs, dayMs + DAY_MS);
    const versionOf = (hour: number) => directory.hours.get(hour) ?? '';
    const dayVersion = hours.map(versionOf).join();
    const wantsDay = spans.some((span) => span.level === 'day');
    const wholeDay = wantsDay ? cached('day', dayMs, dayVersion, directory) : undefined;
    if (wholeDay !== undefined) return [whole(wholeDay)];

    const wanted = (level: Level, hour: number) =>
      wantsDay ? level === 'hour' : spans.some((s) => s.level === level && overlaps(s, hour));
    const found = new Map<string, Block>();
    const missing = hours.filter((hour) => {
      const minutes = cached('minute', hour, versionOf(hour), directory);
      if (minutes !== undefined) found.set(`minute/${hour}`, minutes);
      const rolled = wanted('hour', hour) ? cached('hour', hour, versionOf(hour), directory) : undefined;
      if (rolled !== undefined) found.set(`hour/${hour}`, rolled);
      const lacksHour = wanted('hour', hour) && rolled === undefined;
      return minutes === undefined && (lacksHour || wanted('minute', hour));
    });
    for (const [hour, block] of await minutesOf(missing, directory)) found.set(`minute/${hour}`, block);

    const hourBlock = (hour: number): Block => {
      const known = found.get(`hour/${hour}`);
      if (known !== undefined) return known;
      const block = rollUp([blockOf(found, `minute/${hour}`)], hour);
      cache.set(`hour/${hour}`, { block, version: versionOf(hour), directory: directory.number });
      return block;
    };
    if (wantsDay) {
      const block = rollUp(hours.map(hourBlock), dayMs);
      cache.set(`day/${dayMs}`, { block, version: dayVersion, directory: directory.number });
      return [whole(block)];
    }
    return hours.flatMap((hour) => {
      if (wanted('hour', hour)) return [whole(hourBlock(hour))];
      return spans
        .filter((s) => s.level === 'minute' && overlaps(s, hour))
        .map((s) => {
          const block = blockOf(found, `minute/${hour}`);
          return { block, from: rowAt(block, s.fromMs), to: rowAt(block, s.toMs) };
        });
    });
  };

  const read = async (range: TimeRange, dataVersion: string, coarsest: Level): Promise<Piece[]> => {
    const directory = await directories.at(dataVersion);
    const needs = needsByDay(cover(range, coarsest), directory);
    const pieces: Piece[][] = needs.map(() => []);
    let next = 0;
    const worker = async () => {
      for (let i = next++; i < needs.length; i = next++) {
        const need = needs[i];
        if (need !== undefined) pieces[i] = await readDay(need, directory);
      }
    };
    const workers = Array.from({ length: DAYS_AT_A_TIME }, worker);
    const [ratings] = await Promise.all([feedback.at(directory.feedback), ...workers]);
    return [...pieces.flat(), ...(ratings === null ? [] : [additionOf(ratings, range)])];
  };

  return {
    read,
    async warmUp(range, dataVersion) {
      const firstDay = Math.floor(range.fromMs / DAY_MS) * DAY_MS;
      for (
        let day = Math.floor(range.toMs / DAY_MS) * DAY_MS;
        day >= firstDay && !cache.isFull;
        day -= DAY_MS
      ) {
        await read({ fromMs: day, toMs: day + DAY_MS }, dataVersion, 'day');
      }
    },
    sizeBytes: () => cache.bytes,
  };
}

const additionOf = (block: Block, { fromMs, toMs }: TimeRange): Piece => ({
  block,
  from: rowAt(block, fromMs),
  to: rowAt(block, toMs),
  isAddition: true,
});
const whole = (block: Block): Piece => ({ block, from: 0, to: block.rows });
const overlaps = (span: TimeRange, hour: number) => span.fromMs < hour + HOUR_MS && span.toMs > hour;

function blockOf(found: ReadonlyMap<string, Block>, name: string): Block {
  const block = found.get(name);
  if (block === undefined) throw new Error('a block that is needed was not read');
  return block;
}

function hoursWithin(directory: Directory, fromMs: number, toMs: number): number[] {
  const hours: number[] = [];
  for (let hour = fromMs; hour < toMs; hour += HOUR_MS) if (directory.hours.has(hour)) hours.push(hour);
  return hours;
}

/** Which days have rows in a span, and the spans of each. */
function needsByDay(spans: readonly Span[], directory: Directory): DayNeed[] {
  const days = new Map<number, Set<Span>>();
  for (const hour of directory.hours.keys()) {
    const dayMs = Math.floor(hour / DAY_MS) * DAY_MS;
    for (const span of spans) {
      if (!overlaps(span, hour)) continue;
      const known = days.get(dayMs) ?? new Set();
      days.set(dayMs, known.add(span));
    }
  }
  return [...days].map(([dayMs, found]) => ({ dayMs, spans: [...found] }));
}
