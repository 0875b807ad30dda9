import { isUtf8 } from 'node:buffer';
import { type RecordEncoder, StreamError } from '@fineprint/stream-runtime';
import type { RouteShape } from '../event/read-event.ts';
import type { Ingested, IngestLimits, RequestFrame } from '../ingest.ts';
import type { ReadLimits } from '../json/read-items.ts';
import { BodyReader } from './body-reader.ts';
import { quickPlans } from './quick-plan.ts';

/** Reads bodies of plain events straight from their bytes. */
export interface QuickReader {
  /**
   * What `parseBody` and `ingest` make of a JSON body, to the byte; null where something in it is not plain: refused, or
   * merely rare. Then nothing has happened, and those two decide.
   */
  read(body: Buffer, frame: RequestFrame, encoder: RecordEncoder): Ingested | null;
}

const BYTE_ORDER_MARK_START = 0xef;

export function createQuickReader(limits: ReadLimits & IngestLimits): QuickReader {
  const reader = new BodyReader(limits);
  return {
    read(body, frame, encoder) {
      if (!hasQuickShape(frame.shape) || frame.signals.gpc || frame.signals.dnt) return null;
      if (body[0] === BYTE_ORDER_MARK_START || !isUtf8(body)) return null;
      try {
        return reader.read(body, frame, encoder);
      } catch (error) {
        if (error instanceof StreamError) return null; // too large a record: the careful way says so
        throw error;
      }
    },
  };
}

const hasQuickShape = (shape: RouteShape): boolean =>
  shape === 'any_product' || shape === 'any_ai' || quickPlans.has(shape);
