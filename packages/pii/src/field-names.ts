import { plainLower } from './key-tokens.ts';
import type { PiiType } from './types.ts';

/**
 * The usual names of personal fields in the languages our customers' producers use, as joined lower-case tokens
 * (`first_name`, `firstName` and `First-Name` are all `firstname`). A field name is personal when its last one to four
 * tokens are one of these; what stands before them only qualifies (`customer_email`, `billingFirstName`).
 */
const FIELD_NAMES: Readonly<Partial<Record<PiiType, string>>> = {
  PERSON_NAME: `firstname fname givenname givennames forename forenames lastname lname surname surnames familyname fullname
    middlename midname maidenname birthname legalname realname personname preferredname namefirst namelast namefull namegiven
    namefamily cardholder cardholdername nameoncard holdername contactname contactperson recipientname
    accountholder accountholdername beneficiaryname payeename mothersmaidenname mothermaidenname fathername fathersname
    mothername mothersname spousename patientname customername clientname employeename studentname guestname passengername
    drivername sendername receivername buyername sellername ownername membername applicantname subscribername displayname
    nickname patronymic signatoryname signername nextofkin emergencycontact emergencycontactname usersname
     namefirstname namelastname firstandlastname firstlastname firstnamelastname namekana firstnamekana lastnamekana
    vorname vornamen nachname nachnamen familienname zuname rufname geburtsname kundenname ansprechpartner karteninhaber
    kontoinhaber vollstandigername vollername
    prenom prenoms nomdefamille nomcomplet nomprenom nomusage nomdenaissance nomnaissance nomclient titulaire
    nombre nombres apellido apellidos nombrecompleto primernombre segundonombre primerapellido segundoapellido
    apellidopaterno apellidomaterno nombrecliente nombredepila titular
    primeironome nomecompleto sobrenome ultimonome nomedocliente nomecliente apelido nomedamae nomesocial
    nomeecognome cognome nomecognome nominativo intestatario
    voornaam voornamen achternaam familienaam volledigenaam tussenvoegsel roepnaam
    imie imiona nazwisko imieinazwisko nazwiskorodowe
    jmeno krestnijmeno prijmeni meno priezvisko celejmeno
    fornamn efternamn tilltalsnamn fornavn etternavn efternavn mellemnavn mellomnavn fulltnavn fuldenavn
    etunimi sukunimi kokonimi  eesnimi perekonnanimi vards uzvards vardas pavarde
    keresztnev vezeteknev csaladnev utonev teljesnev
    prenume numedefamilie numecomplet 
    adsoyad soyad soyadi soyisim isim isimsoyisim adisoyadi tamad  
     prezime imeiprezime priimek imepriimek emri mbiemri
    namalengkap namadepan namabelakang namaayah namaibu namapelanggan namapenuh
    hovaten hoten tendem tenho hodem tenkhachhang tendaydu
    имя фамилия отчество фио полноеимя имяфамилия іпб ім'я імя прізвище побатькові презиме име фамилно
    όνομα επώνυμο ονοματεπώνυμο όνομαχρήστη
    姓名 名字 姓氏 真实姓名 真實姓名 联系人 收件人 收货人 客户姓名 中文姓名 持卡人
    氏名 名前 お名前 苗字 名字 フルネーム 姓 名 氏名カナ セイ メイ フリガナ ふりがな 担当者名 お客様名
    이름 성명 성함 고객명 예금주 수령인 성 받는사람
    الاسم الاسمالكامل الاسمالأول اسمالعائلة اللقب اسم الاسمالاول
    שם שםפרטי שםמשפחה שםמלא
    ชื่อ นามสกุล ชื่อจริง ชื่อนามสกุล ชื่อสกุล
    नाम पूरानाम पहलानाम उपनाम कुलनाम நாமம் பெயர் పేరు নাম নামের
    نام نامخانوادگی نامکامل نامونامخانوادگی`,
  ADDRESS: `address addresses streetaddress street streetname streetnumber streetline streetno streetline1 streetline2 addressline
    addressline1 addressline2 addressline3 address1 address2 address3 addr addr1 addr2 addrline mailingaddress postaladdress
    homeaddress billingaddress shippingaddress deliveryaddress residentialaddress permanentaddress currentaddress physicaladdress
    fulladdress formattedaddress addressfull addressstreet addresstext houseno housenumber housename apartmentnumber aptnumber
    shipto billto deliverto placeofresidence residence pobox postbox workaddress officeaddress
    adresse adressen anschrift strasse strassenname strassehausnummer strasseundhausnummer hausnummer lieferadresse
    rechnungsadresse wohnadresse privatadresse postanschrift adresszeile wohnort
    adresselivraison adressepostale adressefacturation adressedomicile rue nomderue numerorue voie domicile adressedelivraison
    direccion calle domicilio direcciondeenvio direccionenvio direccionpostal callenumero callenum direccioncompleta
    endereco logradouro rua morada enderecoentrega enderecocompleto enderecodeentrega numerocasa complemento
    indirizzo viale indirizzodispedizione indirizzocompleto numerocivico residenza indirizzospedizione
    adres straat straatnaam huisnummer woonadres bezorgadres factuuradres postadres verzendadres
    ulica adreszamieszkania adreskorespondencyjny nrdomu numerdomu adresdostawy
    adresa uliceacislo cislopopisne bydliste trvalebydliste ulice
    adress gatuadress gata gatunamn leveransadress hemadress vej vejnavn gade gadenavn gateadresse bostedsadresse
    osoite katuosoite lahiosoite kotiosoite toimitusosoite aadress tanav iela adresas gatve
    cim lakcim utca lakohely szallitasicim utcahazszam strada adresadomiciliu domiciliu
    adresi sokak mahalle cadde acikadres evadresi teslimatadresi ikametadresi
    naslov ulicaibroj kucnibroj
    alamat alamatrumah alamatlengkap jalan alamatpengiriman diachi diachinha sonha tenduong duong tirahan
    адрес улица домашнийадрес адресдоставки адреса вулиця адреспроживания домквартира адресрегистрации
    διεύθυνση οδός διευθυνσηκατοικιας
    地址 住址 详细地址 收货地址 街道 家庭地址 家庭住址 通讯地址 通訊地址 街道地址 居住地址
    住所 番地 ご住所 自宅住所 現住所 町名番地 丁目番地
    주소 도로명주소 상세주소 집주소 배송지 배송주소
    العنوان عنوان الشارع عنوانالمنزل כתובת רחוב ที่อยู่ ถนน บ้านเลขที่ पता घरकापता  ঠিকানা முகவரி చిరునామా آدرس نشانی`,
  POSTAL_CODE: `zip zipcode postalcode postcode postleitzahl plz codepostal codigopostal cep cap codicepostale postnummer
    kodpocztowy psc irsz postinumero postalzip eircode pincode 郵便番号 邮政编码 邮编 우편번호 индекс почтовыйиндекс`,
  BIRTH_DATE: `birthdate dateofbirth dob birthday bday birthdt bdate birth dateborn borndate bornon born birthyear yearofbirth
    birthmonth dayofbirth userdob
    geburtsdatum geburtstag geburtsjahr gebdatum datedenaissance datenaissance naissance anniversaire neele
    fechadenacimiento fechanacimiento fechanac nacimiento cumpleanos fecnac datadenascimento datanascimento nascimento dtnascimento
    aniversario datadinascita datanascita compleanno nascita geboortedatum geboorte geboortedag dataurodzenia urodziny
    datumnarozeni datumnarodenia narozeni fodelsedatum fodelsedag fodselsdato fodselsdag fodt syntymaaika syntymapaiva
    foedselsdato foedselsdag synniaeg dzimsanasdatums gimimodata szuletesidatum szuletesnap szuldatum szuletesiido datanasterii datanastere
    dogumtarihi dogumgunu datumrodenja datumrodjenja datumrojstva tanggallahir tgllahir tarikhlahir ngaysinh kapanganakan
    датарождения деньрождения родился датанародження датанараждане γέννηση ημερομηνίαγέννησης ημγέννησης
    出生日期 生日 出生年月日 出生年月 生年月日 誕生日 생년월일 생일 تاريخالميلاد تاريخميلاد תאריךלידה วันเกิด วันเดือนปีเกิด
    जन्मतिथि जन्मदिन जन्मतारीख تاریختولد জন্মতারিখ`,
  EMAIL: `email emails mail emailaddress mailaddress mailaddr emailaddr useremail emailid mailid contactemail workemail
    correo correoelectronico courriel adressemail  epost epostadress emailadresse emailadres sahkoposti eposta poczta
    электроннаяпочта почта имейл 邮箱 電子郵件 电子邮件 电子邮箱 メール メールアドレス 이메일 البريدالإلكتروني البريدالالكتروني  דואל
    อีเมล ईमेल adresemail indirizzoemail posta enderecoemail`,
  PHONE: `phone phones phonenumber phoneno phonenum telephone telephonenumber tel telno telnumber mobile mobilenumber mobileno
    mobilephone cell cellphone cellnumber cellno msisdn whatsapp whatsappnumber fax faxnumber landline homephone workphone
    contactnumber contactno contactphone callbacknumber smsnumber phoneno1 daytimephone eveningphone ph dialnumber
    callerid callernumber calledid callednumber ani
    telefon telefonnummer handy handynummer mobilnummer festnetz mobil rufnummer mobiltelefon faxnummer rueckrufnummer
    telephoneportable portable numerodetelephone numerotelephone numtel telportable gsm tel1 telmobile
    telefono telefonomovil movil celular numerodetelefono numerotelefono numerocelular telefonofijo telcel
    telefone numerodetelefone telemovel celularcontato cellulare numeroditelefono numerotelefono telefoonnummer
    telefoon mobiel mobielnummer gsmnummer telefonkomorkowy numertelefonu nrtelefonu komorka telefonnicislo mobilnitelefon
    telefonniinummer mobilnummer puhelin puhelinnumero matkapuhelin telefoninumber talrunis telefonas telefonszam mobilszam
    numardetelefon nrtelefon ceptelefonu telefonnumarasi cep telefonnumara brojtelefona mobitel nomortelepon notelepon nohp
    nomorhp telepon sodienthoai dienthoai sdt numerongtelepono
    телефон номертелефона мобильный мобильныйтелефон сотовый тел номер телефону мобільний τηλέφωνο κινητό τηλ
    电话 电话号码 手机 手机号 手机号码 联系电话 電話 電話號碼 手機 手機號碼 行動電話 电话 携帯 携帯電話 電話番号 携帯番号 携帯電話番号
    전화 전화번호 휴대폰 휴대폰번호 휴대전화 연락처 핸드폰 هاتف رقمالهاتف الهاتف جوال رقمالجوال موبايل טלפון נייד מספרטלפון
    โทรศัพท์ เบอร์โทร เบอร์โทรศัพท์ เบอร์มือถือ มือถือ फ़ोन फोन मोबाइल फ़ोननंबर फोननंबर मोबाइलनंबर নম্বর ফোন মোবাইল தொலைபேசி
    تلفن موبایل شمارهتلفن شمارهموبایل`,
  CREDIT_CARD: `creditcard creditcardnumber ccnumber ccnum ccno cardnumber cardno cardnum cc debitcard debitcardnumber pan
    primaryaccountnumber cardpan paymentcard bankcard bankcardnumber creditcardno 
    kreditkarte kreditkartennummer kartennummer cartedecredit cartebancaire numerodecarte numerocarte numcarte carte
    tarjetadecredito tarjeta numerodetarjeta numerotarjeta cartaodecredito numerodocartao numerocartao cartao
    cartadicredito numerocarta creditcardnummer kaartnummer numerkarty kartakredytowa cislokarty kortnummer korttinumero
    kartnumarasi kredikarti kartno nomorkartu sothe kartyaszam номеркарты кредитнаякарта номеркартки
    信用卡 信用卡号 信用卡號 银行卡号 銀行卡 卡号 卡號 银行卡 クレジットカード カード番号 クレジットカード番号 신용카드 카드번호 신용카드번호
    رقمالبطاقة بطاقةالائتمان כרטיסאשראי מספרכרטיס เลขบัตรเครดิต หมายเลขบัตร कार्डनंबर क्रेडिटकार्ड`,
  CARD_SECURITY_CODE: `cvv cvv2 cvc cvc2 cvvcode cvccode cardcvv cardcvc securitycode cardsecuritycode csc cardverificationvalue
    prufziffer kartenprufnummer cryptogramme codigodeseguridad codigoseguridad codigodeseguranca セキュリティコード 安全码`,
  IBAN: `iban ibannumber ibancode accountiban ibannummer`,
  BANK_ACCOUNT: `accountnumber accountno acctnumber acctno acctnum accountnum bankaccount bankaccountnumber bankaccountno
    routingnumber routingno abanumber abarouting sortcode kontonummer bankkonto kontonr numerodecuenta numerocuenta cuenta
    cuentabancaria clabe cbu numerodecompte numerocompte comptebancaire contabancaria numerodaconta numeroconto contocorrente
    rekeningnummer bankrekening numerkonta nrkonta cislouctu ucet tilinumero hesapno hesapnumarasi bankgiro plusgiro
    номерсчета расчетныйсчет 银行账号 银行账户 銀行帳號 口座番号 銀行口座 계좌번호 nomorrekening norekening sotaikhoan bankszamlaszam
    رقمالحساب חשבוןבנק เลขบัญชี เลขที่บัญชี खातासंख्या bsb ifsc`,
  NATIONAL_ID: `ssn ssnlast4 socialsecurity socialsecuritynumber socialsecurityno socsec sin socialinsurancenumber
    socialinsurance itin ein taxid taxidnumber taxidentificationnumber taxnumber taxno taxpayerid taxpayernumber tin tinnumber fiscalcode
    fiscalnumber nationalid nationalidnumber nationalidno nationalidentifier nationalidentity nationalidentitynumber nationalnumber nationalno
    nationalinsurance nationalinsurancenumber nino nationalinsuranceno ninumber governmentid govid govtid idcard idcardnumber
    idcardno identitycard identitycardnumber identitynumber identityno idnumber idno personalid personalidnumber personalnumber personalno
    personalcode personalidentitynumber personalidentificationnumber citizenid citizennumber citizenshipnumber residentid
    residentidnumber residentnumber nhs nhsnumber nhsno chi medicare medicarenumber medicareno medicareid mbi medicalrecordnumber
    mrn healthcardnumber healthinsurancenumber healthid insurancenumber socialid documentnumber  utr uniquetaxpayerreference vatid
    voterid voteridnumber votercard  greencard aliennumber visanumber
    steuerid steueridnr steuernummer steueridentifikationsnummer idnr steueridnummer sozialversicherungsnummer svnr svnummer
    rentenversicherungsnummer personalausweis personalausweisnummer ausweisnummer ahv ahvnummer ahvnr avs navs13 numavs ahvavs 
    insee nir numerosecu numerosecuritesociale securitesociale numerodesecuritesociale numsecu secu cni carteidentite numerocni
    numfiscal numerofiscal 
    dni nie nif nifnie dninie documentoidentidad documentonacional documentodeidentidad numerodedocumento cedula ceduladeciudadania numerodocumento cuit
    cuil rut  rfc curp nss seguridadsocial numeroseguridadsocial ruc cedulaidentidad   dpi clavedeelector
    cpf cpfcnpj cnpj rg numerocpf numerodocpf pis pispasep nis titulodeeleitor cartaodecidadao nifcontribuinte numerocontribuinte contribuinte niss
    codicefiscale codfiscale cf partitaiva cartaidentita
    bsn burgerservicenummer sofinummer rijksregisternummer insz nationaalnummer registrenational numeronational numeroregistrenational nrn niss
    pesel nip numerpesel dowodosobisty numerdowodu regon rodnecislo  rodnec
    personnummer personnr samordningsnummer fodselsnummer fnr dnummer cpr cprnummer cprnr hetu henkilotunnus isikukood personaskods asmenskodas
    kennitala adoazonosito adoazonositojel tajszam taj szemelyiszam szemelyiigazolvany cnp codnumericpersonal
    egn egnnumber jmbg oib emso afm amka tckimlik tckimlikno tckn kimlikno tcno vergino vergikimlikno vkn vergikimlik
    nik nomorktp ktp noktp npwp nric fin nricfin nricnumber mykad mykadnumber icnumber icno nokp kadpengenalan thainationalid sss sssnumber gsis philhealth pagibig umid
    philsys cccd cmnd socccd socmnd masothue cancuoccongdan
    aadhaar aadhar adhaar aadhaarnumber aadhaarno aadharnumber aadharno uidai pannumber panno pancard pancardnumber gstin gst voteridno
    mynumber hkid hkidnumber hkidno twid rrn residentregistrationnumber cnic nicnumber nic cnicnumber tfn taxfilenumber abn ird irdnumber  saidnumber rsaid rsaidnumber
    teudatzehut mispartzehut emiratesid emiratesidnumber eid iqama iqamanumber nationalidsa civilid qid
    снилс инн паспортныеданные иин рнокпп ідентифікаційнийкод егн ембг инннеомер
    身份证 身份证号 身份证号码 身分證 身分證字號 身份證 身份證號碼 居民身份证 证件号 证件号码 社保号 マイナンバー 個人番号 주민등록번호 주민번호 외국인등록번호
    رقمالهوية الهويةالوطنية الرقمالقومي تعודתזהות תעודתזהות מספרזהות  เลขบัตรประชาชน เลขประจำตัวประชาชน บัตรประชาชน आधार आधारनंबर आधारसंख्या पैन پن کدملی شمارهملی αφμ αμκα αδτ αριθμόςταυτότητας`,
  PASSPORT: `passport passportnumber passportno passportnum passportid passportnr reisepass reisepassnummer passnummer passnr
    passeport numerodepasseport numeropasseport numpasseport pasaporte numerodepasaporte numeropasaporte pasaporteno passaporte
    numerodopassaporte numeropassaporte passaporto numeropassaporto paspoort paspoortnummer paszport numerpaszportu
    cestovnipas cislopasu pas pass passnumer passinumero passi pasaportno pasaport pasaportnumarasi utlevel utlevelszam pasaportul nrpasaport
    paspor nomorpaspor hochieu sohochieu putovnica brojpasosa
    паспорт номерпаспорта загранпаспорт серияиномерпаспорта διαβατήριο 护照 护照号 护照号码 護照 護照號碼 旅券 旅券番号
    パスポート パスポート番号 여권 여권번호 جوازالسفر رقمجوازالسفر جوازسفر דרכון מספרדרכון หนังสือเดินทาง เลขหนังสือเดินทาง पासपोर्ट पासपोर्टनंबर
    traveldocument traveldocumentnumber پاسپورت گذرنامه`,
  DRIVER_LICENSE: `driverlicense driverslicense driverlicence driverslicence driverlicensenumber driverslicensenumber
    driverlicenseno driverslicenseno driverlicencenumber driverslicencenumber driverlicenceno drivinglicence drivinglicense
    drivinglicencenumber drivinglicensenumber drivinglicenceno drivinglicenseno dlnumber dlno driverlicenseid driverslicenseid licensenumber
    licencenumber  driverlic driverslic dl dlnum dlicense drivingpermit drivinglicenseid
    fuhrerschein fuhrerscheinnummer fuehrerschein fuehrerscheinnummer foererkort koerekort permisdeconduire numeropermis numeropermisdeconduire permis licenciadeconducir
    licenciaconducir carnetdeconducir permisodeconducir numerolicencia cnh numerocnh cartadeconducao carteirademotorista
    patente patentediguida numeropatente rijbewijs rijbewijsnummer prawojazdy numerprawajazdy ridicskyprukaz cisloridicskehoprukazu
    korkort korkortsnummer forerkort forerkortnummer korekort ajokortti ehliyet ehliyetno surucubelgesi jogositvany jogositvanyszam permisauto
    permisdeconducere vozackadozvola  nomorsim giaypheplaixe banglaixe
    водительскоеудостоверение водительскиеправа посвідченняводія δίπλωμαοδήγησης 驾照 驾驶证 驾驶证号 駕照 運転免許証 運転免許証番号 免許証番号 免許証
    운전면허 운전면허번호 운전면허증 رخصةالقيادة رقمرخصةالقيادة רישיוןנהיגה ใบขับขี่ เลขใบขับขี่ ड्राइविंगलाइसेंस`,
  IP_ADDRESS: `ip ipaddress ipaddr ipv4 ipv6 clientip userip remoteip sourceip srcip dstip destip remoteaddr remoteaddress
    xforwardedfor forwardedfor xrealip realip cfconnectingip trueclientip lastip loginip signupip ips ipadresse peeraddress`,
  MAC_ADDRESS: `mac macaddress macaddr hwaddr hwaddress hardwareaddress ethernetaddress wifimac bluetoothmac btaddr bssid
    macadresse`,
  CRYPTO_WALLET: `wallet walletaddress cryptoaddress cryptowallet bitcoinaddress btcaddress btcwallet btc ethaddress ethereumaddress
    ethwallet eth solanaaddress soladdress ltcaddress dogeaddress xrpaddress xmraddress moneroaddress tronaddress trxaddress
    adaaddress cardanoaddress depositaddress payoutaddress withdrawaladdress receivingaddress blockchainaddress `,
  PASSWORD: `password passwords passwd pwd passphrase passcode pass userpassword userpass oldpassword newpassword currentpassword
    passwordconfirmation confirmpassword passwordconfirm passwordplain plainpassword dbpassword pgpassword pin pinnumber otp otpcode onetimepassword
    onetimecode totp totpsecret mfacode twofactorcode 2facode verificationcode recoverycode backupcode securityanswer secretanswer
    passwort kennwort kennworte motdepasse mdp contrasena contrasenya clavedeacceso clave senha palavrapasse parolachiave wachtwoord haslo heslo losenord
    passord adgangskode salasana parool parole slaptazodis jelszo parola sifre lozinka geslo katasandi sandi matkhau
    пароль  κωδικόςπρόσβασης κωδικός συνθηματικό 密码 密碼 口令 パスワード 暗証番号 비밀번호 كلمةالمرور كلمةالسر סיסמה סיסמא รหัสผ่าน पासवर्ड
    رمزعبور گذرواژه`,
  USERNAME: `username userlogin loginname  userhandle  nomutilisateur nombredeusuario usuario benutzername
    nomeutente nomedeusuario gebruikersnaam uzytkownik kullaniciadi twitterhandle instagramhandle telegramhandle skypeid
    skypename githubusername twitterusername instagramusername discordusername 用户名 ユーザー名 사용자이름 имяпользователя логин`,
  API_KEY: `apikey apikeys apisecret apitoken accesskey accesskeyid secretkey secretaccesskey awssecretaccesskey awsaccesskeyid awsaccesskey
    awssecretkey awssecret awssessiontoken clientsecret consumersecret consumerkey appsecret appkey accesstoken authtoken authkey authsecret
    bearertoken bearer refreshtoken idtoken idtokenhint sessiontoken securitytoken csrftoken xsrftoken jwt jwttoken jwtsecret privatekey secret
    secrets token credential credentials authorization xapikey apiauth webhooksecret signingsecret signingkey
    encryptionkey masterkey servicekey serviceaccountkey sharedsecret sharedaccesskey accountkey storagekey connectionstring
    oauthtoken oauthsecret oauthaccesstoken personalaccesstoken  deploykey deploytoken bottoken githubtoken gitlabtoken slacktoken npmtoken
    pushtoken devicetoken fcmtoken apnstoken registrationtoken resettoken passwordresettoken verificationtoken invitetoken magictoken logintoken
    sessionkey sessionsecret sessioncookie cookie setcookie privatetoken publishabletoken sshkey sshprivatekey pgpkey gpgkey licensekey
    stripekey stripesecret sendgridkey twilioauthtoken mailgunkey adminkey rootkey hmackey hmacsecret writekey ingestkey sastoken 
    authcode authorizationcode proxyauthorization xauthtoken xaccesstoken xamzsecuritytoken xamzsignature xamzcredential 
      algoliakey mapskey googlekey googleapikey openaikey openaiapikey anthropickey hfkey hftoken recoverykey seedphrase mnemonic
    recoveryphrase  privkey keysecret secretvalue secretstring encryptionsecret cryptokey vaulttoken datadogkey
    schlussel geheimnis zugangstoken zugriffstoken clesecrete cleapi jeton claveapi clavesecreta chaveapi chavesecreta
    токен секрет ключapi 密钥 令牌 秘密鍵 トークン 토큰 비밀키`,
};

const NOT_WORD = /[^\p{L}\p{M}\p{N}]/gu;

/** `joined tokens → type`, in the order of the table: the first listing of a name wins. */
function buildIndex(): ReadonlyMap<string, PiiType> {
  const index = new Map<string, PiiType>();
  for (const [type, names] of Object.entries(FIELD_NAMES)) {
    for (const name of names.split(/\s+/)) {
      const plain = plainLower(name).replace(NOT_WORD, '');
      if (plain !== '' && !index.has(plain)) index.set(plain, type as PiiType);
    }
  }
  return index;
}

export const FIELD_NAME_INDEX = buildIndex();
