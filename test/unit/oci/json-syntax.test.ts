import { expect, test } from 'vitest';
import { describeSyntaxError } from '../../../src/oci/json-syntax.ts';

test.each([
  ['nothing', '', 'it is empty'],
  ['only space', ' \n', 'it is empty'],
  ['a trailing comma', '{"a": 1,}', 'line 1: a comma after the last item'],
  [
    'a trailing comma, lines on',
    '{\n  "a": [\n    1,\n  ]\n}\n',
    'line 3: a comma after the last item',
  ],
  ['a missing comma', '{\n  "a": 1\n  "b": 2\n}', 'line 2: the comma at its end is missing'],
  [
    'a missing comma after a list',
    '{\n "a": []\n "b": 2}',
    'line 2: the comma at its end is missing',
  ],
  ['single quotes', "{'a': 1}", 'line 1: a single quote, where JSON wants double ones'],
  ['quotes of a word processor', '{“a”: 1}', 'line 1: a typographic quote, “'],
  ['an unset variable', '{"digest": "a",\n "size": }', 'line 2: nothing stands after the colon'],
  [
    'a variable in single quotes',
    '{"size": $BASE_SIZE}',
    'line 1: a shell variable that was not replaced',
  ],
  ['a comment', '{\n// the config\n"a": 1}', 'line 2: a comment, which JSON does not have'],
  [
    'appended to what was there',
    '{"a": 1}\n{"a": 1}\n',
    'line 1: a second document begins after the first',
  ],
  ['cut short', '{\n  "a": [\n    1\n', 'the [ of line 2 is never closed'],
  ['a byte order mark', '\ufeff{}', 'line 1: it begins with a byte order mark'],
])('%s', (_, text, slip) => {
  expect(describeSyntaxError(text)).toBe(slip);
});

test.each(['{}', '{"a": "b,}"}', '{"a": "it\'s $HOME // here"}', '[1, 2]', '"text"'])(
  'JSON has none: %s',
  (text) => {
    expect(describeSyntaxError(text)).toBeUndefined();
  },
);

test.each(['{a: 1}', '{"a": tru}'])(
  'what is none of the usual is left to the parser: %s',
  (text) => {
    expect(describeSyntaxError(text)).toBeUndefined();
  },
);
