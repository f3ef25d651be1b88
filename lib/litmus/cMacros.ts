/**
 * The macros and functions of the kernel that a litmus test of C may call: what they take, and the operation that each is under
 * `sc` and `tso`. Called by cExpressions.ts.
 *
 * Every atomic operation is a full barrier here, as it is on x86, whatever its suffix is. One that looks first, and does not write
 * by what it has seen, is none there: atomic_add_unless(), spin_trylock(). smp_rmb() and smp_wmb() are nothing: neither model
 * reorders reads, or stores.
 */

import type { BinarySign, Expression } from './program.js';

/** What an argument is: `*x`, whose address is taken; an address; or a value. */
export type Argument = 'place' | 'address' | 'value';

const OLD: Expression = { kind: 'old' };
const ONE: Expression = { kind: 'constant', value: 1 };

/** What a call is made of. In `atomic`, arguments that are values are in the order of the call. */
export type Macro = { readonly takes: readonly Argument[] } & (
  | { readonly does: 'load' | 'store' | 'storeAndFence' | 'fence' | 'nothing' }
  | { readonly does: 'lock' | 'unlock' | 'trylock' | 'isLocked' | 'rcuLock' | 'rcuUnlock' | 'grace' }
  /** `looksFirst`: what returns 0 without having written has only read, and is no barrier. */
  | {
      readonly does: 'atomic';
      readonly returns: boolean;
      readonly looksFirst?: true;
      readonly of: (values: readonly Expression[]) => AtomicParts;
    }
);

export interface AtomicParts {
  readonly writes: Expression;
  readonly value: Expression;
  readonly result: Expression;
}

const MACROS = new Map<string, Macro>([
  ['READ_ONCE', { takes: ['place'], does: 'load' }],
  ['WRITE_ONCE', { takes: ['place', 'value'], does: 'store' }],
  ['smp_load_acquire', { takes: ['address'], does: 'load' }],
  ['smp_store_release', { takes: ['address', 'value'], does: 'store' }],
  ['smp_store_mb', { takes: ['place', 'value'], does: 'storeAndFence' }],
  ['rcu_dereference', { takes: ['place'], does: 'load' }],
  ['rcu_assign_pointer', { takes: ['place', 'value'], does: 'store' }],
  ['atomic_read', { takes: ['address'], does: 'load' }],
  ['atomic_read_acquire', { takes: ['address'], does: 'load' }],
  ['atomic_set', { takes: ['address', 'value'], does: 'store' }],
  ['atomic_set_release', { takes: ['address', 'value'], does: 'store' }],
  ['smp_mb', { takes: [], does: 'fence' }],
  ...nothing('smp_rmb', 'smp_wmb', 'barrier', 'smp_mb__before_atomic', 'smp_mb__after_atomic'),
  ...nothing('smp_mb__after_spinlock', 'smp_mb__after_unlock_lock'),
  ['spin_lock', { takes: ['address'], does: 'lock' }],
  ['spin_unlock', { takes: ['address'], does: 'unlock' }],
  ['spin_trylock', { takes: ['address'], does: 'trylock' }],
  ['spin_is_locked', { takes: ['address'], does: 'isLocked' }],
  ['rcu_read_lock', { takes: [], does: 'rcuLock' }],
  ['rcu_read_unlock', { takes: [], does: 'rcuUnlock' }],
  ['synchronize_rcu', { takes: [], does: 'grace' }],
  ['synchronize_rcu_expedited', { takes: [], does: 'grace' }],
  ...ordered('xchg', exchange(['address', 'value'])),
  ...ordered('atomic_xchg', exchange(['address', 'value'])),
  ...ordered('cmpxchg', compareAndExchange(['address', 'value', 'value'])),
  ...ordered('atomic_cmpxchg', compareAndExchange(['address', 'value', 'value'])),
  ...arithmetic('add', ([by]) => binary('+', OLD, by)),
  ...arithmetic('sub', ([by]) => binary('-', OLD, by)),
  ...arithmetic('inc', () => binary('+', OLD, ONE)),
  ...arithmetic('dec', () => binary('-', OLD, ONE)),
  ...arithmetic('and', ([mask]) => binary('&', OLD, mask)),
  ...arithmetic('or', ([mask]) => binary('|', OLD, mask)),
  ...arithmetic('xor', ([mask]) => binary('^', OLD, mask)),
  ...arithmetic('andnot', ([mask]) => binary('&', OLD, { kind: 'unary', sign: '~', of: mask })),
  ['atomic_sub_and_test', tested(['value', 'address'], ([by]) => binary('-', OLD, by), '==')],
  ['atomic_dec_and_test', tested(['address'], () => binary('-', OLD, ONE), '==')],
  ['atomic_inc_and_test', tested(['address'], () => binary('+', OLD, ONE), '==')],
  ['atomic_add_negative', tested(['value', 'address'], ([by]) => binary('+', OLD, by), '<')],
  ['atomic_add_unless', addUnless(['address', 'value', 'value'], ([by, unless]) => [by, unless])],
  ['atomic_inc_not_zero', addUnless(['address'], () => [ONE, { kind: 'constant', value: 0 }])],
]);

/** Returns the macro of a name; undefined if it is none that is known. */
export function macroOf(name: string): Macro | undefined {
  return MACROS.get(name);
}

function binary(sign: BinarySign, left: Expression, right: Expression): Expression {
  return { kind: 'binary', sign, left, right };
}

function nothing(...names: readonly string[]): [string, Macro][] {
  return names.map((name) => [name, { takes: [], does: 'nothing' }]);
}

/** Returns a macro under its name, and under those with the suffixes of weaker orders. */
function ordered(name: string, macro: Macro): [string, Macro][] {
  return ['', '_relaxed', '_acquire', '_release'].map((suffix) => [`${name}${suffix}`, macro]);
}

function exchange(takes: readonly Argument[]): Macro {
  return { takes, does: 'atomic', returns: true, of: ([value]) => ({ writes: ONE, value, result: OLD }) };
}

function compareAndExchange(takes: readonly Argument[]): Macro {
  const of = ([expected, value]: readonly Expression[]) => ({
    writes: binary('==', OLD, expected),
    value,
    result: OLD,
  });
  return { takes, does: 'atomic', returns: true, of };
}

type NewValue = (values: readonly Expression[]) => Expression;

/** Returns `atomic_NAME`, `atomic_NAME_return`, `atomic_fetch_NAME`, and those with suffixes. */
function arithmetic(name: string, value: NewValue): [string, Macro][] {
  const takes: readonly Argument[] = name === 'inc' || name === 'dec' ? ['address'] : ['value', 'address'];
  const macro = (returns: boolean, result: NewValue): Macro => ({
    takes,
    does: 'atomic',
    returns,
    of: (values) => ({ writes: ONE, value: value(values), result: result(values) }),
  });
  const isBitwise = ['and', 'or', 'xor', 'andnot'].includes(name);
  return [
    [`atomic_${name}`, macro(false, () => OLD)],
    ...ordered(
      `atomic_fetch_${name}`,
      macro(true, () => OLD),
    ),
    // The kernel has no such form of the bitwise ones.
    ...(isBitwise ? [] : ordered(`atomic_${name}_return`, macro(true, value))),
  ];
}

function tested(takes: readonly Argument[], value: NewValue, sign: '==' | '<'): Macro {
  const of = (values: readonly Expression[]) => ({
    writes: ONE,
    value: value(values),
    result: binary(sign, value(values), { kind: 'constant', value: 0 }),
  });
  return { takes, does: 'atomic', returns: true, of };
}

function addUnless(
  takes: readonly Argument[],
  parts: (values: readonly Expression[]) => readonly [by: Expression, unless: Expression],
): Macro {
  const of = (values: readonly Expression[]) => {
    const [by, unless] = parts(values);
    const writes = binary('!=', OLD, unless);
    return { writes, value: binary('+', OLD, by), result: writes };
  };
  return { takes, does: 'atomic', returns: true, looksFirst: true, of };
}
