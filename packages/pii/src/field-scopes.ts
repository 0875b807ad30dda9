import { plainLower } from './key-tokens.ts';

/** Words that say what an enclosing object, or the word before `name`, is about. */
const words = (text: string): ReadonlySet<string> =>
  new Set(
    text
      .split(/\s+/)
      .filter((word) => word !== '')
      .map(plainLower),
  );

/** A person: `name` below or after one of these is a person's name. */
export const PERSON_WORDS =
  words(`user users usr customer customers client clients person people persons contact contacts profile traits
  recipient recipients sender receiver employee employees staff patient patients buyer seller member members guest guests
  passenger passengers traveler travellers traveller travelers driver drivers owner owners billing shipping payer payee beneficiary
  holder cardholder applicant applicants student students teacher guardian spouse lead leads attendee attendees subscriber
  candidate author signer signatory delegate participant participants visitor consumer individual insured borrower tenant landlord
  relative kin mother father wife husband partner doctor nurse rider courier donor voter citizen resident invitee friend
  reporter requester assignee approver manager employer witness victim legal full real billto shipto to from cc bcc me self whoami
  kyc identity identities accountholder customerinfo userinfo personal
  kunde kunden benutzer nutzer empfanger absender mitarbeiter patientin inhaber fahrer
  utilisateur clientes destinataire expediteur employe salarie titulaire beneficiaire conducteur passager
  usuario cliente destinatario remitente empleado paciente titular conductor pasajero persona persone
  utente utenti mittente dipendente paziente intestatario klant gebruiker ontvanger klient uzytkownik odbiorca zakaznik uzivatel
  kund anvandare mottagare asiakas kayttaja musteri kullanici alici hasta vasarlo felhasznalo clientul
  pelanggan pengguna penerima khachhang nguoidung клиент пользователь получатель покупатель сотрудник пациент користувач
  用户 客户 收件人 会员 顧客 ユーザー お客様 会員 고객 사용자 회원 المستخدم العميل משתמש לקוח ลูกค้า ผู้ใช้ ग्राहक उपयोगकर्ता`);

/** A thing: names below one of these belong to no person. */
export const THING_WORDS =
  words(`product products item items sku plan plans company companies organization organisation organizations org
  app application device devices os browser library lib sdk campaign campaigns playlist track song album artist movie film show book
  game level file files folder document event events experiment experiments variant feature features flag flags model models page screen
  route view component button form step field tag tags category categories brand merchant vendor store shop warehouse team
  group workspace tenant project repo repository branch package module service server host cluster job task queue topic table column
  schema database db dataset metric segment cohort list currency country city region state locale timezone language carrier network
  provider plugin theme template channel source medium referrer placement ad ads creative collection catalog department course class
  school university hotel restaurant place venue airport airline station vehicle car coin token chain
  producto productos producte produit produits produkt produkte prodotto produto produktu urun tuote empresa entreprise firma
  azienda evenement evento archivo fichier datei arquivo ciudad ville stadt cidade citta pais pays land plano
  tool tools function functions method agent agents agentname prompt`);

/** What an object holds whose parts are an address: `line1`, `number`, `unit` below it are personal. */
export const ADDRESS_WORDS =
  words(`address addresses addr billing shipping delivery residence home adresse adressen anschrift lieferadresse
  rechnungsadresse direccion domicilio endereco indirizzo adres adresa adress osoite lakcim alamat diachi адрес адреса 地址 住所 주소
  العنوان כתובת ที่อยู่ पता mailing postal shipto billto`);

/** Parts of an address that only mean one below an address. */
export const ADDRESS_PARTS =
  words(`line line1 line2 line3 l1 l2 number no unit apt apartment suite floor building house block
  first second full formatted text raw value extra details complement name1 po box flat door stair entrance premise thoroughfare
  subpremise neighborhood neighbourhood strasse rue calle rua via ulica`);

/** The English bare `name`: personal only below or after a person. */
export const STRICT_NAMES = words('name names namn');

/** Bare names in other languages: personal unless they are below a thing. */
export const LOOSE_NAMES =
  words(`nombre nombres nom prenom nome naam navn nimi nume nev nama ten ime jmeno meno imie nazwisko isim ad adi имя имена
  όνομα 名字 名前 名 姓 姓名 이름 성 الاسم اسم שם ชื่อ नाम نام`);

/** Names of identifiers: bare digits under them are no phone, card or national id. */
export const ID_WORDS =
  words(`id ids uuid guid uid sku skus ref refs reference references order orders invoice tracking serial part parts
  hash sha sha1 sha256 md5 etag checksum digest fingerprint commit revision trace span request correlation session transaction txn
  batch lot ticket case barcode upc ean gtin isbn issn asin imei imsi iccid meid vin cursor offset nonce key slug code rma po coupon promo voucher discount seat flight reservation confirmation booking pnr gift model article catalog asset container claim gate room
  quote bestellnummer auftragsnummer rechnungsnummer commande facture pedido factura fattura ordine ordre zamowienie faktura siparis
  артикул заказ 订单 订单号 注文番号 주문번호 timestamp ts time epoch millis ms us ns count total amount price sum qty quantity
  size bytes duration latency score width height seq sequence index version port lat lng lon latitude longitude coordinates
  point geo bbox viewport resolution rgb color colour style class path filename file hostname mpn`);

/** Names of versions: dotted tuples under them are no addresses. */
export const VERSION_WORDS =
  words(`version versions ver v build builds release firmware fw sdk os kernel revision rev semver tag patch lib
  driver runtime agent ua useragent engine chart schema protocol api upgrade bios hotfix baseline oid section chapter
  versao versione versie wersja verze surum версия 版本 バージョン 버전`);

/** Tokens after a personal name that do not change what it is: `phone_number_1`, `email_work`. */
export const TAIL_QUALIFIERS =
  words(`number no nr num numero value string str text raw input plain e164 formatted international national
  local home work mobile cell primary secondary main alt alternate alternative personal office business shipping billing private
  other new old current previous masked full digits clear intl normalized original confirmation confirm repeat again field
  line complete completo display`);
