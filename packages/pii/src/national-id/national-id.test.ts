import { describe, expect, it } from 'vitest';
import { isNationalId } from './index.ts';

/** Published specimen numbers, and each with its last character changed. */
const SPECIMENS: readonly (readonly [name: string, valid: string, broken: string])[] = [
  ['ES DNI', '12345678Z', '12345678A'],
  ['ES NIE', 'X1234567L', 'X1234567M'],
  ['IT codice fiscale', 'RSSMRA85T10A562S', 'RSSMRA85T10A562T'],
  ['FI HETU', '131052-308T', '131052-308U'],
  ['FR NIR', '2 55 08 14 168 025 38', '2 55 08 14 168 025 39'],
  ['CH AHV', '756.9217.0769.85', '756.9217.0769.86'],
  ['SE personnummer', '811228-9874', '811328-9875'],
  ['PL PESEL', '44051401359', '44051401358'],
  ['RO CNP', '1800101221144', '1801301221144'],
  ['CN resident id', '11010519491231002X', '110105194912310021'],
  ['IN Aadhaar', '2341 2341 2346', '2341 2341 2347'],
  ['SG NRIC', 'S1234567D', 'S1234567E'],
  ['TW id', 'A123456789', 'A123456788'],
  ['HK id', 'A123456(3)', 'A123456(4)'],
  ['US SSN', '219-09-9999', '666-45-1234'],
  ['GB NINO', 'AB123456C', 'DQ123456Z'],
  ['IE PPS', '1234567T', '1234567A'],
  ['AR CUIT', '20-12345678-6', '20-12345678-7'],
  ['CZ rodné číslo', '736028/5163', '736128/5164'],
];

describe('isNationalId', () => {
  it.each(SPECIMENS)('%s: %s is one, %s is not', (_name, valid, broken) => {
    expect(isNationalId(valid)).toBe(true);
    expect(isNationalId(broken)).toBe(false);
  });
});
