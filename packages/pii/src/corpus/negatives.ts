import type { CaseList } from './cases.ts';
import { cardNumber } from './ids.ts';
import type { Random } from './random.ts';

type Draw = (random: Random) => string | number;

const version = (r: Random): string => `${r.int(1, 250)}.${r.int(0, 250)}.${r.int(0, 250)}.${r.int(0, 250)}`;

/** What looks personal and is not, by field. */
const FIELDS: readonly (readonly [path: string, draw: Draw])[] = [
  ['etag', (r) => `md5:${r.hex(32)}`],
  ['checksum', (r) => `sha256:${r.hex(64)}`],
  ['commit', (r) => r.hex(40)],
  ['trace', (r) => `00-${r.hex(32)}-${r.hex(16)}-01`],
  ['request_id', (r) => r.uuid()],
  ['cart.order_id', cardNumber],
  ['tracking_number', cardNumber],
  ['invoice_no', (r) => r.digits(10)],
  ['order_ref', (r) => `${r.digits(3)}-${r.digits(7)}-${r.digits(7)}`],
  ['part_number', (r) => `${r.digits(3)}-${r.digits(2)}-${r.digits(4)}`],
  ['barcode', (r) => r.digits(13)],
  ['imei', (r) => r.digits(15)],
  ['isbn', (r) => `978-3-16-${r.digits(6)}-${r.digits(1)}`],
  ['sku', (r) => `${r.chars('ABXK', 2)}-${r.digits(5)}-${r.chars('SML', 1)}`],
  ['geo.point', (r) => `${r.int(-89, 89)}.${r.digits(6)},${r.int(-179, 179)}.${r.digits(6)}`],
  ['timestamp_ms', (r) => r.int(1_600_000_000_000, 1_750_000_000_000)],
  ['elapsed', (r) => `0${r.int(0, 9)}:${r.int(10, 59)}:${r.int(10, 59)}.${r.digits(3)}`],
  ['viewport', (r) => `${r.int(300, 2000)}x${r.int(300, 2000)}`],
  ['build', version],
  ['firmware_version', version],
  ['user_agent', (r) => `Mozilla/5.0 (X11; Linux x86_64) Chrome/${r.int(90, 130)}.0.0.0 Safari/537.36`],
  ['image', (r) => `https://cdn.example.io/${r.hex(6)}/icon@${r.int(2, 3)}x.png`],
  ['path', (r) => `@acme/ui-kit@${r.int(1, 20)}.${r.int(0, 9)}.0`],
  ['repo', () => 'git@github.com:acme/app.git'],
  ['fingerprint', (r) => r.hex(40).replace(/(..)(?=.)/g, '$1:')],
  ['key', (r) => r.pick(['ctrl+shift+p', 'Enter', 'settings.theme', 'pricing-v6'])],
  ['secret', (r) => r.pick(['none', 'hidden', 'ctrl+shift+p'])],
  ['password_strength', (r) => r.pick(['strong', 'weak', 'medium'])],
  ['token_count', (r) => r.int(1, 99_999)],
  ['next_page_token', (r) => r.pick(['start', 'end'])],
  ['phone_model', (r) => `Galaxy S${r.int(10, 25)} Ultra`],
  ['email_template', () => 'welcome_v2'],
  ['address_type', (r) => r.pick(['residential', 'billing'])],
  ['address_form_step', (r) => r.int(1, 5)],
  ['ip_version', (r) => r.pick(['4', '6'])],
  ['playlist_name', (r) => r.pick(['Norah Jones Essentials', 'Best of Nina Simone'])],
  ['artist', () => 'Nina Simone'],
  ['product.title', () => 'Ada Lovelace Poster'],
  ['company.name', () => 'Müller Kranz GmbH'],
  ['address.city', (r) => r.pick(['São Paulo', 'München', '東京'])],
  ['shipping.country', () => 'Germany'],
  ['file_name', () => 'smith_report_2024.pdf'],
  ['campaign_name', () => 'Spring Julia'],
  ['order_date', (r) => r.date(1950, 2025)],
  ['url', (r) => `https://www.example.org/products/${r.digits(10)}?page=2&sort=asc`],
  ['css', () => 'a::before{color:#fff}'],
  ['integrity', (r) => `sha384-${r.alnum(64)}`],
  ['nonce', (r) => `${r.alnum(22)}==`],
  ['last_login_method', () => 'google'],
  ['name', (r) => r.pick(['Checkout button', 'Spring Sale'])],
];

const SENTENCES: readonly Draw[] = [
  (r) => `order ${r.digits(10)} shipped`,
  (r) => `Order #${r.digits(3)}-${r.digits(3)}-${r.digits(4)} ready`,
  (r) => `shipped on ${r.date(2020, 2025)} arriving ${r.date(2020, 2025)}`,
  (r) => `revenue was ${r.int(1, 99)} ${r.digits(3)} ${r.digits(3)} EUR`,
  (r) => `call stack depth ${r.digits(7)} exceeded`,
  (r) => `running v${version(r)} since noon`,
  (r) => `Section ${r.int(1, 9)}.${r.int(1, 9)}.${r.int(1, 9)}.${r.int(1, 9)} of the spec`,
  (r) => `pages 100-${r.digits(3)}, score 3-2, years 2010-2015`,
  (r) => `ticket ${r.digits(8)} reopened`,
  (r) => `price @ 10.00 for ${r.digits(6)} units`,
  () => 'user at example',
  () => 'Et cupiditate hic odit. Vitae facilis ducimus minima aut enim.',
  () => 'Встреча в пятницу, повестка прежняя.',
  () => '来週の会議は金曜日です。',
  () => '@everyone the password field is now required',
];

export function addNegatives(list: CaseList, random: Random): void {
  for (let round = 0; round < 18; round++) {
    for (const [path, draw] of FIELDS) list.negative(`properties.${path}`, draw(random));
    for (const draw of SENTENCES) list.negative('properties.comment', draw(random));
  }
}
