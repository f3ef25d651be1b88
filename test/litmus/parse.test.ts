// Goal: a litmus file is read as herd reads it, and what is not supported is refused with line and column. Method: small files.

import test from 'ava';
import { conditionText } from '../../lib/litmus/conditionText.js';
import { exploredDocument, testDocument } from '../../lib/litmus/document.js';
import { exploreLitmus } from '../../lib/litmus/explore.js';
import { parseLitmus } from '../../lib/litmus/parse.js';
import { LitmusFault } from '../../lib/litmus/reader.js';
import { herdLines } from '../../lib/report/litmus/herd.js';

const ASSEMBLY = `X86 counted
"two threads"
Cycle=made up
{ x=0; 1:EBX=7; }
 P0             | P1            ;
 LOCK INC [x]   | MOV EAX,$2    ;
 MOV EAX,[x]    | LOCK XADD [x],EAX ;
                | CMP EAX,$0    ;
                | JNE L         ;
                | XCHG EBX,[y]  ;
                | L: MFENCE     ;
~exists (* never *) (x<>3 \\/ not (1:EBX=7 => 1:EAX=0) /\\ 0:EAX=9)
`;

test('assembly is explored, and shown in the form of herd', (t) => {
  const program = parseLitmus(ASSEMBLY);
  const explored = exploredDocument(program, exploreLitmus(program, 'tso', 1000), 0.004);
  t.deepEqual(herdLines(testDocument('f', program, [explored], []), explored), [
    'Test counted Forbidden',
    'States 3',
    '0:EAX=1; 1:EAX=1; 1:EBX=7; [x]=3;',
    '0:EAX=3; 1:EAX=0; 1:EBX=0; [x]=3;',
    '0:EAX=3; 1:EAX=1; 1:EBX=7; [x]=3;',
    'Ok',
    'Witnesses',
    'Positive: 3 Negative: 0',
    'Condition ~exists (not ([x]=3) \\/ not (1:EBX=7 => 1:EAX=0) /\\ 0:EAX=9)',
    'Observation counted Never 0 3',
    'Time counted 0.00',
    '',
  ]);
});

test('a condition is written with the parentheses that it needs', (t) => {
  const written = (condition: string): string =>
    conditionText(parseLitmus(`C c\n{int *p=&x; x=-3;}\nP0(int *x, int **p) { int r0; int r1; }\n${condition}`));
  t.is(written('exists (x=-3 /\\ p=&x /\\ [p]=x)'), 'exists ([x]=-3 /\\ [p]=x /\\ [p]=x)');
  t.is(written('~exists ((0:r0=1 \\/ x=1) /\\ ~0:r1=0)'), '~exists ((0:r0=1 \\/ [x]=1) /\\ not (0:r1=0))');
  t.is(written('forall (0:r0=0:r1 => true)'), 'forall (0:r0=0:r1 => true)');
  t.is(written(''), 'forall (true)');
});

test('what a comment states is kept', (t) => {
  t.is(parseLitmus('C c\n(*\n * Result: Never\n *)\n{}\nP0(int *x) { }\nexists (x=1)').stated, 'Never');
  t.is(parseLitmus('C c\n{}\nP0(int *x) { }\nexists (x=1)').stated, undefined);
});

const C = (body: string, behind = 'exists (x=1)'): string =>
  `C c\n{}\nP0(int *x, spinlock_t *l)\n{\n\tint r0;\n\t${body}\n}\n${behind}`;

const REFUSED: readonly (readonly [text: string, says: string])[] = [
  ['AArch64 A\n{}\nP0;', '1:1: a test begins with C or X86 and its name, not with "AArch64"'],
  ['C\n{}\n', '1:2: the name of the test must stand here'],
  ['C c\n(* never ends\n{}', '2:1: this comment does not end'],
  ['C c\n{ x }\n', '3:1: P0, a condition, or the end must stand here, not the end of the file'],
  ['C c\n{ x=y z }\n', '2:7: ; must stand here, not "z"'],
  ['C c\n{ int x[2]; }\n', '2:8: arrays are not supported'],
  [C('r0 = READ_TWICE(*x);'), '6:7: READ_TWICE() is not known'],
  [C('srcu_read_lock(x);'), '6:2: srcu_read_lock() is not known'],
  [C('r0 = READ_ONCE(x);'), '6:17: READ_ONCE() takes *x, where x is a pointer, not "x"'],
  [C('WRITE_ONCE(*x);'), '6:15: , must stand here, not ")"'],
  [C('WRITE_ONCE(*x, 1, 2);'), '6:18: WRITE_ONCE() takes 2 arguments: ) must stand here, not ","'],
  [C('r0 = smp_mb();'), '6:7: smp_mb() returns nothing'],
  [C('r0 = r7;'), '6:7: r7 is neither a parameter of P0, nor set in front of this'],
  [C('r0 = 1'), '7:1: ; must stand here, not "}"'],
  [C('x = 1;'), '6:2: x is a parameter: *x can be assigned'],
  [C('for (;;) {}'), '6:2: for is not supported'],
  [C('r0 = *l;'), '6:7: l is a spinlock in line 3, and none here'],
  [C('spin_lock(x);'), '6:2: x is no spinlock in line 3, and one here'],
  [C('r0 = 4000000000;'), '6:7: 4000000000 must be a whole number of at most 1610612735'],
  [C('', 'exists (0:r9=1)'), '8:11: P0 has no register r9'],
  [C('', 'exists (3:r0=1)'), '8:10: there is no thread P3'],
  [C('', 'exists (nowhere=1)'), '8:9: nowhere is no location of this test'],
  [C('', 'exists (x=1) exists (x=2)'), '8:14: nothing may stand behind the condition but locations and filter, not "exists"'],
  ['X86 a\n{}\n P0 | P1 ;\n MOV EAX,$1 ;\n', '4:13: the line has cells for 1 threads, and there are 2'],
  ['X86 a\n{}\n P0 ;\n MOV RAX,$1 ;\n', '4:6: RAX is not supported: EAX, EBX, ECX, EDX, ESI, EDI, EBP, ESP are'],
  ['X86 a\n{}\n P0 ;\n LOCK MOV [x],$1 ;\n', '4:7: LOCK MOV is not supported: ADD, SUB, AND, OR, XOR, INC, DEC, XADD, CMPXCHG and XCHG are'],
  ['X86 a\n{}\n P0 ;\n JMP L ;\n', '4:6: there is no label L'],
]; // oxfmt-ignore

test('what is not supported is refused with its line and column', (t) => {
  for (const [text, says] of REFUSED) {
    const error = t.throws(() => parseLitmus(text), { instanceOf: LitmusFault }, text);
    t.is(error?.message, says, text);
  }
});
