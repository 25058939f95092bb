import { describe, expect, test } from 'vitest';
import { parseJson } from '../../../src/oci/documents.ts';
import { jsonViolations } from '../../../src/oci/json-violations.ts';

describe('I-JSON', () => {
  test.each<[string, string[]]>([
    ['{}', []],
    ['"a"', []],
    ['{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}', []],
    ['{"a":"a","b":"a"}', []],
    ['[1,"a","a",{"x":"}{,"}]', []],
    ['{"a":1,"a":2}', ['duplicate /a']],
    ['{"a":1,"\\u0061":2}', ['duplicate /a']],
    ['{"x":[0,{"a":1,"b":2,"a":3}]}', ['duplicate /x/1/a']],
    ['{"a":{},"b":[],"a":"\\"a\\":"}', ['duplicate /a']],
    ['{"a/b~c":1,"a/b~c":2}', ['duplicate /a~1b~0c']],
    ['{"a":{"b":1},"b":{"b":1,"b":2}}', ['duplicate /b/b']],
    ['{"__proto__":1,"__proto__":2}', ['duplicate /__proto__']],
    ['["\\ud800"]', ['code-point /0']],
    ['{"a":["x","\\ufdd0"]}', ['code-point /a/1']],
    ['["\\ud83d\\ude00", "\\\\ud800"]', []],
  ])('%s', (text, expected) => {
    expect(jsonViolations(text).map(({ kind, pointer }) => `${kind} ${pointer}`)).toEqual(expected);
  });

  test('of any depth', () => {
    expect(jsonViolations('['.repeat(200_000) + ']'.repeat(200_000))).toEqual([]);
  });
});

describe('parseJson', () => {
  test('reads', () => {
    expect(parseJson(Buffer.from('{"a":[1]}'))).toMatchObject({ ok: true, value: { a: [1] } });
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{"a":'],
    ['a byte order mark', '\ufeff{}'],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['too deep for anything', Buffer.from('['.repeat(10_000))],
  ])('says what is wrong with %s', (_, bytes) => {
    expect(parseJson(Buffer.from(bytes))).toMatchObject({ ok: false, why: expect.any(String) });
  });
});
