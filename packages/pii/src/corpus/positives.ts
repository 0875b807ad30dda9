import { readFileSync } from 'node:fs';
import examples from 'libphonenumber-js/examples.mobile.json';
import { type CountryCode, getExampleNumber } from 'libphonenumber-js/min';
import type { CaseList } from './cases.ts';
import { cardNumber, DISTINCTIVE_IDS, iban, LABELLED_IDS } from './ids.ts';
import type { Random } from './random.ts';

/** Names and addresses as people in these languages have them, and how their forms call the fields. */
interface Locale {
  readonly first: readonly [field: string, value: string];
  readonly last: readonly [field: string, value: string];
  readonly street: readonly [field: string, value: string];
  readonly birth: readonly [field: string, value: string];
  readonly contact: string;
}

const LOCALES = JSON.parse(
  readFileSync(new URL('../../testdata/locales.json', import.meta.url), 'utf8'),
) as readonly Locale[];
const SENTENCES = ['x {}', 'see {} please', '({})', 'failed for {}; retry', '{}', 'Hello {}, thanks'];

export function addLocales(list: CaseList, random: Random): void {
  for (const locale of LOCALES) {
    const parent = random.pick(['context.traits', 'properties.customer', 'properties.user']);
    list.field('PERSON_NAME', `${parent}.${locale.first[0]}`, locale.first[1]);
    list.field('PERSON_NAME', `${parent}.${locale.last[0]}`, locale.last[1]);
    list.field('PERSON_NAME', `${parent}.name`, `${locale.first[1]} ${locale.last[1]}`);
    list.field('ADDRESS', `properties.customer.${locale.street[0]}`, locale.street[1]);
    list.field('ADDRESS', 'properties.shippingAddress.line1', locale.street[1]);
    list.field('BIRTH_DATE', `properties.${locale.birth[0]}`, locale.birth[1]);
    list.text('PHONE', locale.contact, '+44 20 7946 0958');
  }
}

export function addPhones(list: CaseList, random: Random): void {
  for (const region of Object.keys(examples) as CountryCode[]) {
    const number = getExampleNumber(region, examples);
    if (number === undefined) continue;
    list.text('PHONE_INTERNATIONAL', random.pick(SENTENCES), number.formatInternational());
    list.field(
      'PHONE_FIELD',
      random.pick(['properties.phone', 'context.traits.mobile_number', 'properties.contact.telephone']),
      number.formatNational(),
    );
    list.field('PHONE_URI', 'properties.href', number.getURI());
    if (random.next() < 0.2)
      list.field('PHONE_NUMBER_TYPED', 'properties.phoneNumber', Number(number.number.slice(1)));
  }
}

export function addNumbers(list: CaseList, random: Random): void {
  for (let i = 0; i < 40; i++) {
    const card = cardNumber(random);
    const grouped = card.length === 16 ? card.replace(/(\d{4})(?=\d)/g, '$1 ') : card;
    list.text('CREDIT_CARD', random.pick(SENTENCES), random.pick([card, grouped]));
    list.field(
      'CREDIT_CARD',
      random.pick(['properties.payment.card_number', 'properties.pan', 'properties.value']),
      card,
    );
    const account = iban(random);
    list.text('IBAN', random.pick(SENTENCES), random.pick([account, account.replace(/(.{4})(?=.)/g, '$1 ')]));
  }
  for (const draw of Object.values(DISTINCTIVE_IDS)) {
    for (let i = 0; i < 2; i++) list.text('NATIONAL_ID', random.pick(SENTENCES), draw(random));
    list.field(
      'NATIONAL_ID',
      random.pick(['properties.national_id', 'properties.kyc.idNumber', 'properties.ssn']),
      draw(random),
    );
  }
  for (const [field, word, draw] of LABELLED_IDS) {
    list.field('NATIONAL_ID', `properties.${field}`, draw(random));
    list.text('NATIONAL_ID', `${word}: {}`, draw(random));
  }
}

export function addNetwork(list: CaseList, random: Random): void {
  for (let i = 0; i < 20; i++) {
    const v4 = `${random.int(11, 99)}.${random.int(0, 255)}.${random.int(0, 255)}.${random.int(1, 254)}`;
    list.field('IP', random.pick(['ip', 'properties.$ip', 'context.client_ip', 'properties.x']), v4);
    list.text('IP', 'blocked {} after 5 tries', v4);
    const v6 = `2001:db8:${random.hex(4)}:${random.hex(4)}::${random.hex(4)}`;
    list.text('IP', 'from [{}]:443', v6);
    const mac = random.hex(12).replace(/(..)(?=.)/g, '$1:');
    list.text('MAC', 'device {} joined', random.pick([mac, mac.replaceAll(':', '-').toUpperCase()]));
  }
}

export function addSecrets(list: CaseList, random: Random): void {
  for (let i = 0; i < 8; i++) {
    const tokens = [
      `ghp_${random.alnum(36)}`,
      `glpat-${random.alnum(20)}`,
      `xoxb-${random.digits(12)}-${random.digits(12)}-${random.alnum(24)}`,
      `AKIA${random.chars('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`,
      `AIza${random.alnum(35)}`,
      `SK${random.hex(32)}`,
      `sk_live_${random.alnum(24)}`,
      `npm_${random.alnum(36)}`,
      `hf_${random.alnum(34)}`,
      `dop_v1_${random.hex(64)}`,
      `shpat_${random.hex(32)}`,
      `sk-ant-api03-${random.alnum(93)}AA`,
      `SG.${random.alnum(22)}.${random.alnum(43)}`,
      `eyJhbGciOiJIUzI1NiJ9.eyJ${random.alnum(40)}.${random.alnum(43)}`,
      `0x${random.hex(40)}`,
      `bc1q${random.chars('023456789acdefghjklmnpqrstuvwxyz', 38)}`,
    ];
    for (const token of tokens)
      list.text('SECRET', random.pick(['leaked: {}', 'key {} rotated', '{}']), token);
    list.field(
      'PASSWORD',
      random.pick(['properties.password', 'properties.db.pwd', 'properties.contraseña']),
      `${random.alnum(10)}!`,
    );
    list.field(
      'API_KEY',
      random.pick(['properties.api_key', 'properties.algolia_key', 'properties.clientSecret']),
      random.hex(32),
    );
    list.field(
      'PASSPORT',
      random.pick(['properties.passport_number', 'properties.kyc.passportNo', 'properties.reisepass_nr']),
      `C${random.digits(8)}`,
    );
    list.field(
      'DRIVER_LICENSE',
      random.pick(['properties.driver_license_no', 'properties.driving_licence']),
      `W${random.digits(8)}`,
    );
    list.text('PASSWORD', 'my password is {}', `${random.alnum(9)}7!`);
  }
}

/** The same things where they hide: URLs, paths, keys, JSON in strings, base64, other alphabets. */
export function addHidden(list: CaseList, random: Random): void {
  for (let i = 0; i < 12; i++) {
    const mail = `${random.chars('abcdefghijklmnop', 7)}.${random.int(1, 99)}@${random.pick(['example.com', 'mail.example.org', 'пример.рф'])}`;
    const encoded = encodeURIComponent(mail);
    list.text('EMAIL', random.pick(SENTENCES), mail);
    const url = `https://shop.example.org/done?utm_campaign=spring_25&login=${encoded}&ref=footer`;
    list.inside('URL_EMAIL', 'context.page.url', url, encoded, [
      'https://shop.example.org/done',
      'utm_campaign=spring_25',
      'ref=footer',
    ]);
    list.inside(
      'URL_NAME',
      'context.page.url',
      'https://x.example.org/r?first_name=Ada%20L&plan=pro',
      'Ada%20L',
      ['plan=pro'],
    );
    list.inside('PATH', 'properties.path', `/users/${mail}/edit`, mail, ['/edit']);
    list.inside('JSON', 'properties.payload', JSON.stringify({ user: { email: mail, plan: 'pro' } }), mail, [
      '"plan":"pro"',
    ]);
    const base64 = Buffer.from(`{"mail":"${mail}"}`).toString('base64');
    list.inside('BASE64', 'properties.blob', base64, base64, []);
    const wide = mail.replace('@', '＠');
    list.text('FULL_WIDTH', 'write to {}', wide);
    list.text('LOOK_ALIKE', 'write to {}', mail.replace(/[a]/, 'а'));
    list.text('INVISIBLE', 'write to {}', mail.replace('@', '\u200b@'));
    list.text('SPELLED', 'write to {}', 'ada [at] example [dot] org');
    list.inside('KEY', 'properties.invites', { [mail]: 3, total: 1 }, mail, ['total']);
    list.inside('PAIR', 'properties.form', [{ name: 'first_name', value: 'Grace' }], 'Grace', ['first_name']);
    list.inside('USERINFO', 'properties.dsn', 'postgres://app:s3cr3tPw9@db.internal:5432/app', 's3cr3tPw9', [
      'db.internal:5432/app',
    ]);
  }
}
