import assert from 'node:assert/strict';
import { formatRows } from '../../local/format-rows.ts';

const RESULT = {
  columns: ['app', 'seconds', 'apps'],
  rows: [
    ['Code, "main"', 60, ['a', 'b']],
    ['日本', 1234.5, null],
    [null, 7, { a: 1 }],
  ],
} as const;

test('aligns a table, numbers to the right, wide characters as wide as they are', () => {
  assert.equal(
    formatRows(RESULT, 'table'),
    [
      'app           seconds  apps',
      '------------  -------  ---------',
      'Code, "main"       60  ["a","b"]',
      '日本           1234.5',
      '                    7  {"a":1}',
      '(3 rows)',
      '',
    ].join('\n'),
  );
});

test('shows the heading of a table without rows', () => {
  assert.equal(formatRows({ columns: ['a', 'bc'], rows: [] }, 'table'), 'a  bc\n-  --\n(0 rows)\n');
});

test('lets no control character of a window title reach the terminal', () => {
  const text = formatRows({ columns: ['t'], rows: [['a\n\u001b[2Jb\u202e\u007f']] }, 'table');
  assert.match(text, /a\\n\\u001b\[2Jb/);
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
});

test('quotes CSV fields if necessary, and distinguishes null from an empty string', () => {
  const rows = [['a,b', 'say "x"', 'one\ntwo', null, '', 5, true]];
  assert.equal(
    formatRows({ columns: ['a', 'b', 'c', 'd', 'e', 'f', 'g'], rows }, 'csv'),
    'a,b,c,d,e,f,g\r\n"a,b","say ""x""","one\ntwo",,"",5,true\r\n',
  );
});

test('writes valid JSON, with a number after a repeated name', () => {
  const text = formatRows({ columns: ['a', 'a', 'a_2'], rows: [[1, '9007199254740993', null]] }, 'json');
  assert.deepEqual(JSON.parse(text), [{ a: 1, a_2: '9007199254740993', a_2_2: null }]);
  assert.equal(formatRows({ columns: ['a'], rows: [] }, 'json'), '[]\n');
});
