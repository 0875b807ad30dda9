import { isAsciiLetter } from './char-kinds.ts';
import { typeOfTokens } from './field-class.ts';
import { ID_WORDS } from './field-scopes.ts';
import { tokenize } from './key-tokens.ts';
import type { PiiType } from './types.ts';

/** How far before a candidate its label may begin. */
const WINDOW = 48;
/** Words between a label and its value: `my SSN is: …`, `numéro de téléphone est le …`. */
const FILLERS = new Set(
  `is are was the my mine your his her its our a an of for no nr number num numero nummer numer numara n hash and or to at on in
   as with new old also please equals reads der die das meine mein ist lautet est le la les mon ma de du des es el mi su un una
   il lo mio mia del della o os meu minha seu sua do da e het mijn moj moja jest to min mitt er ar on benim meu 是 为 は が の です 我的 मेरा
   है मेरी мой моя это номер nomor so value here currently verified now am reach me us via by`
    .split(/\s+/)
    .map((word) => word.normalize('NFC')),
);

/** Words that announce a phone number in running text, beyond the names of phone fields. */
const PHONE_WORDS = new Set(
  `wa call calls called calling ring dial text sms contact contacts reach phone telephone tel mobile cell whatsapp viber signal fax hotline
   callback landline voicemail ext anruf anrufen ruf erreichbar erreichen kontakt handy appeler appelez appelle joindre joignable contactez contacter
   telephone llamar llame llamame llamenos contactar contacto contactame ligar ligue contato contacte chiamare chiama chiamami contattare
   contatto bel bellen bereikbaar zadzwon zadzwonic dzwonic zavolejte zavolat volejte ring ringa soita arayin ara hubungi telpon
   goi tawagan позвонить позвоните звоните звонить связь свяжитесь контакт связаться дзвоніть зателефонуйте
   नंबर फोन मोबाइल संपर्क कॉल`.split(/\s+/),
);
const PHONE_STEMS = /^(?:telef|telep|mobil|phone|celular|telem|телеф|мобил|сотов|τηλ|κινητ)/;
/** Labels in scripts without spaces, found anywhere in the run of letters before the candidate. */
const RUN_LABELS: readonly (readonly [RegExp, PiiType])[] = [
  [
    /电话|電話|手机|手機|携帯|联系|聯絡|致电|打给|전화|휴대폰|연락처|핸드폰|โทร|เบอร์|هاتف|جوال|موبايل|اتصل|טלפון|נייד|התקשר/,
    'PHONE',
  ],
  [/身份证|身分證|身份證|マイナンバー|個人番号|주민등록|주민번호|ประชาชน|هوية|زהות|זהות|आधार/, 'NATIONAL_ID'],
  [/护照|護照|旅券|パスポート|여권|جواز|דרכון|หนังสือเดินทาง|पासपोर्ट/, 'PASSPORT'],
  [/驾照|驾驶证|駕照|免許証|운전면허|رخصة|רישיון|ใบขับขี่/, 'DRIVER_LICENSE'],
  [/信用卡|银行卡|卡号|カード|카드/, 'CREDIT_CARD'],
  [/密码|密碼|パスワード|비밀번호|كلمة|סיסמ|รหัสผ่าน|पासवर्ड/, 'PASSWORD'],
  [/生年月日|出生|생년월일|誕生日|生日/, 'BIRTH_DATE'],
];

export interface Label {
  readonly type: PiiType | undefined;
  readonly idLike: boolean;
  /** From an everyday verb (`call`, `contact`): only a full number counts. */
  readonly weak: boolean;
}

const label = (type: PiiType | undefined, idLike = false, weak = false): Label => ({ type, idLike, weak });
const NO_LABEL = label(undefined);
/** Words that mean nothing to us between a label and its value. */
const MAX_UNKNOWN = 2;

/** The last `count` words before `index`, nearest last, lower case, fillers kept. */
export function wordsBefore(text: string, index: number, count: number): string[] {
  const from = Math.max(0, index - WINDOW);
  let piece = text.slice(from, index);
  if (from > 0) piece = piece.replace(/^[^\s]*\s/, '');
  return tokenize(piece).slice(-count);
}

function phoneWord(word: string): boolean {
  return PHONE_WORDS.has(word) || PHONE_STEMS.test(word);
}

function hasLetter(text: string, from: number, to: number): boolean {
  for (let i = to - 1; i >= from; i--) {
    const code = text.charCodeAt(i);
    if (code > 127 || isAsciiLetter(code)) return true;
  }
  return false;
}

/** What the words right before `index` call it: the nearest one that means anything decides. */
export function labelBefore(text: string, index: number): Label {
  const from = Math.max(0, index - WINDOW);
  if (!hasLetter(text, from, index)) return NO_LABEL;
  let piece = text.slice(from, index);
  const sentence = Math.max(
    piece.lastIndexOf('. '),
    piece.lastIndexOf('; '),
    piece.lastIndexOf('\n'),
    piece.lastIndexOf('? '),
  );
  if (sentence >= 0 && !/(?:no|nr|tel|ph|num|mob)\. ?$/i.test(piece.slice(0, sentence + 2)))
    piece = piece.slice(sentence + 2);
  const words = tokenize(piece.replace(MIXED, ' '));
  let unknown = 0;
  for (let end = words.length; end > 0 && unknown <= MAX_UNKNOWN; end--) {
    const found = labelEndingAt(words, end);
    if (found !== undefined) return weighed(found, unknown, piece);
    if (!FILLERS.has(words[end - 1] ?? '')) unknown++;
  }
  return NO_LABEL;
}

/** How many unknown words may stand between: `phone of Anna Bell 555…`, but no date after `birthday sale`. */
function reach(found: Label): number {
  if (found.idLike || found.type === 'PHONE') return MAX_UNKNOWN;
  return found.type === 'BIRTH_DATE' ? 0 : 1;
}

/** `contact: 44432` is as good as `phone`; `call stack depth 44432` is nothing. */
function weighed(found: Label, unknown: number, piece: string): Label {
  if (!found.weak) return unknown > reach(found) ? NO_LABEL : found;
  if (unknown === 0 && /: ?$/.test(piece)) return label('PHONE');
  return unknown > 1 ? NO_LABEL : found;
}

/** Words with digits in them (ids, hex) label nothing. */
const MIXED = /[A-Za-z]{0,40}\d\w{0,40}/g;
/** Field names that are everyday words in a sentence. */
const TOO_COMMON = new Set(
  'carte pass cap born street nie via pin pan direction address mail token pas sin fin run'.split(' '),
);

/** `id number`, `passport no`: phrases whose last word is a filler elsewhere. */
function numberPhrase(words: readonly string[], end: number): PiiType | undefined {
  if (end < 2) return undefined;
  return typeOfTokens(words.slice(Math.max(0, end - 3), end));
}

/** What a filler says after all: `my number`, `passport no`. */
function fillerLabel(words: readonly string[], end: number): Label | undefined {
  const word = words[end - 1];
  if (word !== 'number' && word !== 'no') return undefined;
  if (words[end - 2] === 'my') return label('PHONE');
  const numbered = numberPhrase(words, end);
  return numbered === undefined || isNameLike(numbered) ? undefined : label(numbered);
}

/** Two letters are bytes in hex and words in sentences more often than they are `CC` or `DL`. */
function isAbbreviation(word: string): boolean {
  return /^[a-z]{1,2}$/.test(word) && typeOfTokens([word]) !== undefined;
}

function labelEndingAt(words: readonly string[], end: number): Label | undefined {
  const word = words[end - 1] ?? '';
  for (const [pattern, type] of RUN_LABELS) if (pattern.test(word)) return label(type);
  if (FILLERS.has(word)) return fillerLabel(words, end);
  const phrase = words.slice(Math.max(0, end - 4), end).filter((item) => !FILLERS.has(item));
  const common = TOO_COMMON.has(word) ? phrase.length > 1 : isAbbreviation(word);
  const type = common ? undefined : typeOfTokens(phrase);
  if (type !== undefined && !isNameLike(type)) return label(type);
  if (word === 'id' && words[end - 2] === 'my') return label('NATIONAL_ID');
  if (ID_WORDS.has(word)) return label(undefined, true);
  if (phoneWord(word)) return label('PHONE', false, !PHONE_STEMS.test(word));
  return undefined;
}

/** Names and addresses in a sentence say nothing about the number that follows. */
function isNameLike(type: PiiType): boolean {
  return (
    type === 'PERSON_NAME' ||
    type === 'ADDRESS' ||
    type === 'EMAIL' ||
    type === 'USERNAME' ||
    type === 'POSTAL_CODE'
  );
}
