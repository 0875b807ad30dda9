/** Whether Postgres' jsonb takes it: it refuses U+0000 and halves of a surrogate pair, in texts and in field names. */
export function isStorable(definition: unknown): boolean {
  let sound = true;
  JSON.stringify(definition, (field, value: unknown) => {
    if (!isSound(field) || (typeof value === 'string' && !isSound(value))) sound = false;
    return value;
  });
  return sound;
}

const isSound = (text: string): boolean => !text.includes('\0') && text.isWellFormed();
