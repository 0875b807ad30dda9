import { describe, expect, it } from 'vitest';
import { scanText } from './scan.ts';
import type { PiiType } from './types.ts';

/** What is found, as `TYPE:text`. */
function found(text: string): string[] {
  return scanText(text).map((finding) => `${finding.type}:${text.slice(finding.start, finding.end)}`);
}

const POSITIVES: readonly (readonly [text: string, type: PiiType, value: string])[] = [
  ['x deep4.user@example.com', 'EMAIL', 'deep4.user@example.com'],
  ["write to o'brien+tag@mail.example.co.uk.", 'EMAIL', "o'brien+tag@mail.example.co.uk"],
  ['почта: иван@пример.рф', 'EMAIL', 'иван@пример.рф'],
  ['邮箱alice@example.com联系', 'EMAIL', 'alice@example.com'],
  ['mailto:alice@163.com?subject=x', 'EMAIL', 'alice@163.com'],
  ['alice&#64;example.com', 'EMAIL', 'alice&#64;example.com'],
  ['a%2540b.example', 'EMAIL', 'a%2540b.example'],
  ['bob at example dot com', 'EMAIL', 'bob at example dot com'],
  ['tel:+971501235423', 'PHONE', '+971501235423'],
  ['+1 (415) 555-2671', 'PHONE', '+1 (415) 555-2671'],
  ['reach (415) 555-2671 now', 'PHONE', '(415) 555-2671'],
  ['ruf 030 901820 an', 'PHONE', '030 901820'],
  ['電話は090-1234-5678です', 'PHONE', '090-1234-5678'],
  ['my number is 5551234567', 'PHONE', '5551234567'],
  ['０９０－１２３４－５６７８', 'PHONE', '０９０－１２３４－５６７８'],
  ['card 4111-1111-1111-1111 exp', 'CREDIT_CARD', '4111-1111-1111-1111'],
  ['3782 822463 10005', 'CREDIT_CARD', '3782 822463 10005'],
  ['to DE89 3704 0044 0532 0130 00 please', 'IBAN', 'DE89 3704 0044 0532 0130 00'],
  ['ssn 219-09-9999', 'NATIONAL_ID', '219-09-9999'],
  ['SSN: 219099999', 'NATIONAL_ID', '219099999'],
  ['CPF 529.982.247-25', 'NATIONAL_ID', '529.982.247-25'],
  ['cf RSSMRA85T10A562S ok', 'NATIONAL_ID', 'RSSMRA85T10A562S'],
  ['nino AB 12 34 56 C', 'NATIONAL_ID', 'AB 12 34 56 C'],
  ['hetu 131052-308T', 'NATIONAL_ID', '131052-308T'],
  ['nric S1234567D', 'NATIONAL_ID', 'S1234567D'],
  ['11010519491231002X', 'NATIONAL_ID', '11010519491231002X'],
  ['passport no. C01X00T47', 'PASSPORT', 'C01X00T47'],
  ['from 203.0.113.7:443 closed', 'IP_ADDRESS', '203.0.113.7'],
  ['[2001:db8::8a2e:370:7334]:443', 'IP_ADDRESS', '2001:db8::8a2e:370:7334'],
  ['wifi 00:1A:2B:3C:4D:5E up', 'MAC_ADDRESS', '00:1A:2B:3C:4D:5E'],
  ['pay 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', 'CRYPTO_WALLET', '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'],
  ['AKIAIOSFODNN7EXAMPLE', 'API_KEY', 'AKIAIOSFODNN7EXAMPLE'],
  ['Authorization: Bearer abc123def456', 'API_KEY', 'abc123def456'],
  [
    '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----',
    'API_KEY',
    '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----',
  ],
  ['password: hunter2!', 'PASSWORD', 'hunter2!'],
  ['my password is hunter2', 'PASSWORD', 'hunter2'],
  ['redis://default:pa55word@cache:6379', 'PASSWORD', 'default:pa55word'],
  ['/r?first_name=Ada+L&plan=pro', 'PERSON_NAME', 'Ada+L'],
  ['/r?name=Ada+Lovelace&plan=pro', 'PERSON_NAME', 'Ada+Lovelace'],
  ['curl -u admin:s3cretpw https://x.example', 'PASSWORD', 'admin:s3cretpw'],
  ['https://wa.me/14155552671', 'PHONE', '14155552671'],
  ['dob: 1990-05-17', 'BIRTH_DATE', '1990-05-17'],
  ['bWFpbCBhbGljZUBleGFtcGxlLmNvbQ==', 'EMAIL', 'bWFpbCBhbGljZUBleGFtcGxlLmNvbQ=='],
];

const NEGATIVES: readonly string[] = [
  'user at example',
  '@acme/ui-kit@4.1.0',
  'https://cdn.acme.io/408a1a/icon@3x.jpg',
  'git@github.com:acme/app.git',
  'ssh://deploy@build.example.com/srv',
  'md5:e9e38f49ae4782463b4eb0a27c68fe32',
  '728913d9-dc52-42d9-a1a0-12457cdbd0bb',
  '2024-02-29T12:00:00.000+02:00',
  '71.723429,-133.278199',
  'order 344394673082290 shipped',
  'Order #415-555-2671 ready',
  'v10.4.21.39 released',
  'Chrome/120.0.0.0 Safari/537.36',
  'upgraded to version 10.4.21.39',
  'network 10.20.0.0/16',
  'localhost 127.0.0.1 and ::1',
  'std::vector<int> a::b',
  '12:34:56.789',
  'shipped on 2024-02-29 arriving 03/05/2024',
  'Suscipit ipsum exercitationem impedit quo quis aspernatur.',
  'birthday sale ends 2024-05-17',
  'https://www.example.org/?name=newsletter&sid=9f86d081884c7d65&v=1.2.3.4',
  'password is required',
  'api_key: <your key>',
  'call stack depth 5394309 exceeded',
  'revenue was 12 345 678 EUR',
  'total $415 555 2671',
  '1Z999AA10123456784',
  '[EMAIL] and [PHONE:0123456789abcdef0123456789abcdef]',
];

describe('scanText', () => {
  it.each(POSITIVES)('%j holds a %s', (text, type, value) => {
    expect(found(text)).toContain(`${type}:${value}`);
  });

  it.each(NEGATIVES)('%j is clean', (text) => {
    expect(found(text)).toEqual([]);
  });

  it('gives sorted spans without overlaps', () => {
    const spans = scanText('a@b.example +14155552671 c@d.example 4111111111111111');
    expect(spans.map((span) => span.type)).toEqual(['EMAIL', 'PHONE', 'EMAIL', 'CREDIT_CARD']);
    spans.slice(1).forEach((span, index) => {
      expect(span.start).toBeGreaterThanOrEqual(spans[index]?.end ?? 0);
    });
  });
});
