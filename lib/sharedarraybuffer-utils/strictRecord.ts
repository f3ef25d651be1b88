/** A record that throws for names that it does not have. Called by struct() (layout.ts) and by lib/race/labels.ts. */

/** Names that the language and its tools read from any object, to find out what it is. */
const ASKED_OF_ALL = new Set<PropertyKey>(['toJSON', 'then']);

/** Names that a message lists, so that it stays one line. */
const LISTED_MAX = 24;

/**
 * Returns the record, frozen, whose other names throw TypeError when they are read: a misspelt name would be undefined,
 * and a sum with it no number. `kind` says what the names are, for the message. What is there is read as fast as from
 * any object.
 */
export function strictRecord<T extends object>(kind: string, record: T): Readonly<T> {
  const names = Object.keys(record);
  const refuse = (_: object, key: PropertyKey): unknown => {
    if (typeof key === 'symbol' || key in Object.prototype) return Reflect.get(Object.prototype, key);
    if (ASKED_OF_ALL.has(key)) return undefined;
    throw new TypeError(`there is no ${kind} "${String(key)}": ${listed(names)}`);
  };
  const prototype = new Proxy(Object.create(null) as object, { get: refuse });
  // By the prototype alone: what the object has itself never reaches the proxy.
  return Object.freeze(Object.setPrototypeOf({ ...record }, prototype) as T);
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'there are none';
  const left = names.length - LISTED_MAX;
  return `there are ${names.slice(0, LISTED_MAX).join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}
