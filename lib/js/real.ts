/** The operations of `Atomics` as the engine has them, taken before anything stands in their place. Called by this folder alone. */

export const real = Object.freeze({
  load: Atomics.load,
  store: Atomics.store,
  add: Atomics.add,
  sub: Atomics.sub,
  and: Atomics.and,
  or: Atomics.or,
  xor: Atomics.xor,
  exchange: Atomics.exchange,
  compareExchange: Atomics.compareExchange,
  wait: Atomics.wait,
  notify: Atomics.notify,
  waitAsync: Atomics.waitAsync,
});
