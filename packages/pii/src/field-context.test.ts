import { describe, expect, it } from 'vitest';
import { placeBelow, rootPlace } from './field-context.ts';
import { scanField } from './scan.ts';
import type { PiiType } from './types.ts';

function hintOf(path: string): PiiType | undefined {
  return path.split('/').reduce((place, name) => placeBelow(place, name), rootPlace()).hint;
}

const PERSONAL: readonly (readonly [path: string, type: PiiType])[] = [
  ['first_name', 'PERSON_NAME'],
  ['billingFirstName', 'PERSON_NAME'],
  ['traits/name', 'PERSON_NAME'],
  ['user/details/name', 'PERSON_NAME'],
  ['customer_name', 'PERSON_NAME'],
  ['name/first', 'PERSON_NAME'],
  ['фамилия', 'PERSON_NAME'],
  ['properties/nombre', 'PERSON_NAME'],
  ['Prénom', 'PERSON_NAME'],
  ['shippingAddress/line1', 'ADDRESS'],
  ['home_address', 'ADDRESS'],
  ['address/street', 'ADDRESS'],
  ['住所', 'ADDRESS'],
  ['birthday', 'BIRTH_DATE'],
  ['dateOfBirth', 'BIRTH_DATE'],
  ['birth/date', 'BIRTH_DATE'],
  ['card/number', 'CREDIT_CARD'],
  ['passport/number', 'PASSPORT'],
  ['driver_license_no', 'DRIVER_LICENSE'],
  ['kyc/idNumber', 'NATIONAL_ID'],
  ['$ip', 'IP_ADDRESS'],
  ['clientIPAddress', 'IP_ADDRESS'],
  ['phone_number_2', 'PHONE'],
  ['phones', 'PHONE'],
  ['aws_secret_access_key', 'API_KEY'],
  ['algolia_key', 'API_KEY'],
  ['x-api-key', 'API_KEY'],
  ['userPassword', 'PASSWORD'],
];

const HARMLESS: readonly string[] = [
  'name',
  'product/name',
  'playlist_name',
  'company/name',
  'file_name',
  'app/name',
  'address_type',
  'address_form_step',
  'address/city',
  'address/country',
  'email_verified',
  'email_template',
  'phone_model',
  'has_phone',
  'key',
  'cache_key',
  'next_page_token',
  'token_count',
  'password_strength',
  'ip_version',
  'order_id',
  'card/id',
  'birthday_campaign',
  'server_address',
  'user/id',
  'adId',
];

describe('placeBelow', () => {
  it.each(PERSONAL)('%s promises %s', (path, type) => {
    expect(hintOf(path)).toBe(type);
  });

  it.each(HARMLESS)('%s promises nothing', (path) => {
    expect(hintOf(path)).toBeUndefined();
  });

  it('knows identifiers and versions', () => {
    expect(placeBelow(rootPlace(), 'order_id').idLike).toBe(true);
    expect(placeBelow(rootPlace(), 'part_number').idLike).toBe(true);
    expect(placeBelow(rootPlace(), 'build').versionLike).toBe(true);
    expect(placeBelow(rootPlace(), 'note').idLike).toBe(false);
  });

  it('takes a role for a name only where the value looks like one', () => {
    const place = placeBelow(rootPlace(), 'recipient');
    expect(scanField('Ann Lee', place)).toHaveLength(1);
    expect(scanField('growth-team', place)).toHaveLength(0);
  });

  it('keeps no name in memory that carries data', () => {
    const root = rootPlace();
    placeBelow(root, 'alice@example.com');
    placeBelow(root, 'user-4155552671');
    placeBelow(root, 'plain');
    expect([...root.children.keys()]).toEqual(['plain']);
  });
});
