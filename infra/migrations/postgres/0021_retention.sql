-- Rows that were received before are removed, or about to be: nobody has to look for them. Written before they go.
CREATE TABLE fineprint.removal_marks (
  store text NOT NULL CHECK (store IN ('clickhouse', 'postgres', 'snowflake')),
  table_name text NOT NULL,
  removed_before timestamptz NOT NULL,
  marked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (store, table_name)
);

-- Files of rows that were removed from ClickHouse. A row is here when its file is whole and on the disk (still under the name in
-- unfinished_file, where it has not been given its own yet), and before its rows go.
CREATE TABLE fineprint.archive_parts (
  dataset text NOT NULL,
  day date NOT NULL,
  part integer NOT NULL CHECK (part > 0),
  rows bigint NOT NULL,
  bytes bigint NOT NULL,
  sha256 text NOT NULL,
  encrypted_with text,
  unfinished_file text,
  archived_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamptz,
  file_removed_at timestamptz,
  PRIMARY KEY (dataset, day, part)
);
CREATE INDEX archive_parts_open ON fineprint.archive_parts (dataset) WHERE deleted_at IS NULL;

COMMENT ON TABLE fineprint.removal_marks IS 'Up to when rows of a table were removed because their time was over';
COMMENT ON TABLE fineprint.archive_parts IS 'Parquet files of rows that were removed: <dataset>/day=<day>/part-<part>.parquet, with .enc where they are encrypted';
COMMENT ON COLUMN fineprint.archive_parts.day IS 'When the rows were received, in UTC';
COMMENT ON COLUMN fineprint.archive_parts.sha256 IS 'Of the rows as Parquet, before encryption';
COMMENT ON COLUMN fineprint.archive_parts.encrypted_with IS 'The name of the key; null: in the clear';
COMMENT ON COLUMN fineprint.archive_parts.unfinished_file IS 'The name it was written under; null once it has its own';
COMMENT ON COLUMN fineprint.archive_parts.deleted_at IS 'When the rows were gone from ClickHouse';
COMMENT ON COLUMN fineprint.archive_parts.file_removed_at IS 'When the file was removed because its time was over as well';
