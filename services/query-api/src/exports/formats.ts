import { createParquetCounter, type RowCounter } from '@fineprint/parquet';
import { createCsvCounter } from './count-csv.ts';
import { createLineCounter } from './count-lines.ts';

export interface ExportFormat {
  readonly name: 'csv' | 'jsonl' | 'parquet';
  readonly clickhouse: string;
  readonly contentType: string;
  readonly createCounter: () => RowCounter;
}

const formats = {
  csv: {
    name: 'csv',
    clickhouse: 'CSVWithNames',
    contentType: 'text/csv; charset=utf-8; header=present',
    createCounter: createCsvCounter,
  },
  jsonl: {
    name: 'jsonl',
    clickhouse: 'JSONEachRow',
    contentType: 'application/x-ndjson',
    createCounter: createLineCounter,
  },
  parquet: {
    name: 'parquet',
    clickhouse: 'Parquet',
    contentType: 'application/vnd.apache.parquet',
    createCounter: createParquetCounter,
  },
} as const satisfies Record<string, ExportFormat>;

export const formatNames = ['csv', 'jsonl', 'parquet'] as const;
export const formatOf = (name: (typeof formatNames)[number]): ExportFormat => formats[name];
