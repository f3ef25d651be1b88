/**
 * Reads a litmus file word by word, and knows line and column of each. Called by the parsers beside this file.
 */

/** Where in a file something stands; both count from 1. */
export interface SourcePlace {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a litmus test, and where. */
export class LitmusFault extends Error {
  readonly place: SourcePlace;
  readonly what: string;

  constructor(place: SourcePlace, what: string) {
    super(`${place.line}:${place.column}: ${what}`);
    this.place = place;
    this.what = what;
  }
}

export interface Token extends SourcePlace {
  readonly kind: 'name' | 'number' | 'text' | 'sign' | 'end';
  readonly text: string;
}

/** What the words are of: `frame` is all around the programs, whose comments begin with `(*`; in C that is a dereference. */
export type Language = 'frame' | 'c' | 'assembly';

const SIGNS: Readonly<Record<Language, readonly string[]>> = {
  frame: ['/\\', '\\/', '=>', '==', '!=', '<>'],
  c: ['==', '!=', '<=', '>=', '<<', '>>', '&&', '||', '++', '--', '+=', '-=', '&=', '|=', '^=', '->'],
  assembly: [],
};

const BLANKS = /\s+/y;
const NAME = /[A-Za-z_][\w.]*/y;
const C_NAME = /[A-Za-z_]\w*/y;
const NUMBER = /\d\w*/y;
const TEXT = /"[^"\n]*"/y;

export class Reader {
  readonly #text: string;
  /** Where each line begins. */
  readonly #lines: readonly number[];
  #language: Language = 'frame';
  #at = 0;
  #next: Token | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#lines = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  /** Says of what language the next words are. */
  speak(language: Language): void {
    if (this.#next !== undefined) this.#at = this.#startOf(this.#next);
    this.#next = undefined;
    this.#language = language;
  }

  peek(): Token {
    this.#next ??= this.#read();
    return this.#next;
  }

  take(): Token {
    const token = this.peek();
    this.#next = undefined;
    return token;
  }

  /** Whether the next word is one of these, which is not taken. */
  sees(...texts: readonly string[]): boolean {
    const { kind, text } = this.peek();
    return kind !== 'text' && kind !== 'end' && texts.includes(text);
  }

  /** Takes the next word if it is this one. */
  takes(text: string): boolean {
    const seen = this.sees(text);
    if (seen) this.take();
    return seen;
  }

  /** Takes the word that must come. Throws LitmusFault. */
  expect(text: string): Token {
    if (!this.sees(text)) this.fail(`${text} must stand here, not ${this.shown()}`);
    return this.take();
  }

  /** Takes a name. Throws LitmusFault. `what`: what it names. */
  name(what: string): Token {
    if (this.peek().kind !== 'name') this.fail(`${what} must stand here, not ${this.shown()}`);
    return this.take();
  }

  /** Takes a whole number, which may have a sign. Throws LitmusFault. */
  number(): number {
    const sign = this.takes('-') ? -1 : 1;
    const token = this.peek();
    if (token.kind !== 'number') this.fail(`a number must stand here, not ${this.shown()}`);
    return sign * numberOfWord(this.take());
  }

  /** Returns where the next word would begin, of which nothing was peeked. */
  place(): SourcePlace {
    return this.#placeOf(this.#at);
  }

  /** Returns the rest of the line, of which nothing was peeked. */
  restOfLine(): string {
    const end = this.#text.indexOf('\n', this.#at);
    const line = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at += line.length;
    return line.trim();
  }

  fail(what: string, place: SourcePlace = this.peek()): never {
    throw new LitmusFault(place, what);
  }

  /** Returns the next word as it stands in a message. */
  shown(): string {
    const { kind, text } = this.peek();
    return kind === 'end' ? 'the end of the file' : JSON.stringify(text.slice(0, 40));
  }

  #read(): Token {
    this.#skip();
    const place = this.#placeOf(this.#at);
    const found = (kind: Token['kind'], text: string): Token => {
      this.#at += text.length;
      return { kind, text, ...place };
    };
    if (this.#at === this.#text.length) return found('end', '');
    const name = this.#match(this.#language === 'c' ? C_NAME : NAME);
    if (name !== '') return found('name', name);
    const number = this.#match(NUMBER);
    if (number !== '') return found('number', number);
    const text = this.#match(TEXT);
    if (text !== '') return found('text', text);
    const sign = SIGNS[this.#language].find((one) => this.#text.startsWith(one, this.#at));
    return found('sign', sign ?? this.#text[this.#at]);
  }

  /** Returns what of the next text is like the pattern, which is sticky. */
  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0] ?? '';
  }

  /** Skips blanks and comments. */
  #skip(): void {
    for (;;) {
      this.#at += this.#match(BLANKS).length;
      const begin = this.#text.slice(this.#at, this.#at + 2);
      if (begin === '(*' && this.#language !== 'c') this.#skipComment();
      else if (begin === '/*') this.#at = this.#behind('*/', this.#at);
      else if (begin === '//') this.restOfLine();
      else return;
    }
  }

  /** Skips a comment, in which others may lie. */
  #skipComment(): void {
    const start = this.#at;
    let depth = 0;
    do {
      const mark = this.#text.slice(this.#at, this.#at + 2);
      if (mark === '') this.fail('this comment does not end', this.#placeOf(start));
      if (mark === '(*') depth++;
      if (mark === '*)') depth--;
      this.#at += mark === '(*' || mark === '*)' ? 2 : 1;
    } while (depth > 0);
  }

  #behind(end: string, start: number): number {
    const found = this.#text.indexOf(end, start);
    if (found < 0) this.fail('this comment does not end', this.#placeOf(start));
    return found + end.length;
  }

  #placeOf(at: number): SourcePlace {
    let [line, above] = [0, this.#lines.length];
    while (above - line > 1) {
      const middle = (line + above) >> 1;
      if (this.#lines[middle] <= at) line = middle;
      else above = middle;
    }
    return { line: line + 1, column: at - this.#lines[line] + 1 };
  }

  #startOf({ line, column }: SourcePlace): number {
    return this.#lines[line - 1] + column - 1;
  }
}

/** Returns the number that a word is. Throws LitmusFault. */
export function numberOfWord(token: Token): number {
  const digits = /^(\d+|0[xX][\da-fA-F]+)$/.test(token.text);
  const value = Number(token.text);
  if (!digits || value > VALUE_MAX)
    throw new LitmusFault(token, `${token.text} must be a whole number of at most ${VALUE_MAX}`);
  return value;
}

/** Numbers of a program lie between this one and its negative; above are the addresses. */
export const VALUE_MAX = 0x5fff_ffff;
