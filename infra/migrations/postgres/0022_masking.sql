-- Who sees people as they are. Keys of before keep what they could.
ALTER TABLE fineprint.api_keys ADD COLUMN unmasked boolean NOT NULL DEFAULT false;
UPDATE fineprint.api_keys SET unmasked = true;

COMMENT ON COLUMN fineprint.api_keys.unmasked IS 'Whether people are shown as they are to a role that sees them masked otherwise';
