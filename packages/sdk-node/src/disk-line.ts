import { crc32 } from 'node:zlib';
import type { QueuedEvent, Route } from '@fineprint/sdk-core';

const checksum = (text: string) => crc32(text).toString(16).padStart(8, '0');

/** An event as one line: checksum, id, path, time, and the event's JSON, which holds no line break. */
export function toLine({ id, route, createdMs, text }: QueuedEvent): string {
  const rest = `${id} ${route} ${createdMs} ${text}`;
  return `${checksum(rest)} ${rest}\n`;
}

const LINE = /^([0-9a-f]{8}) (([^ ]+) (product|ai) (\d+) (.+))$/s;

/** The event of a line, without its line break; null where the line is not whole. */
export function fromLine(line: string): QueuedEvent | null {
  const [, crc, rest, id, route, createdMs, text] = LINE.exec(line) ?? [];
  if (rest === undefined || id === undefined || text === undefined || checksum(rest) !== crc) return null;
  return {
    ...{ id, text, route: route as Route },
    createdMs: Number(createdMs),
    bytes: Buffer.byteLength(text),
  };
}
