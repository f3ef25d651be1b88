/** A text seen twice, each time with the rest blanked: the same length, the same lines, so positions stay valid. */
export interface Masked {
  /** Without comments, and without what stands between the quotes of strings, templates and regular expressions. */
  readonly code: string;
  /** The comments alone. */
  readonly comments: string;
}

type Kind = 'code' | 'comment' | 'text';

/** After one of these a slash begins a regular expression; after anything else it divides. */
const BEFORE_REGEXP = /(?:^|[=([{},;:!&|?+\-*%<>~^]|\b(?:return|typeof|case|in|of|throw|await|yield|void))\s*$/;

const LINE_COMMENT = /\/\/[^\n]*/y;
const BLOCK_COMMENT = /\/\*[^]*?(?:\*\/|$)/y;
const STRING = /'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"/y;
const REGEXP = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//y;
/** Code in which nothing begins or ends. */
const PLAIN = /[^/'"`{}]+/y;
const TEMPLATE_PART = /(?:[^`\\$]|\\[^]|\$(?!\{))*/y;

/** Most rules want the same texts. */
const masks = new Map<string, Masked>();

/** Splits a TypeScript text into code, comments and quoted text. */
export function mask(text: string): Masked {
  const known = masks.get(text);
  if (known !== undefined) return known;
  const masked = split(text);
  masks.set(text, masked);
  return masked;
}

function split(text: string): Masked {
  let code = '';
  let comments = '';
  const put = (part: string, kind: Kind): void => {
    const blank = kind === 'code' && !part.includes('\n') ? ' '.repeat(part.length) : part.replace(/[^\n]/g, ' ');
    code += kind === 'code' ? part : blank;
    comments += kind === 'comment' ? part : blank;
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = code.length;
    return pattern.exec(text)?.[0];
  };
  const putQuoted = (part: string): void => {
    put(part[0], 'code');
    put(part.slice(1, -1), 'text');
    put(part[part.length - 1], 'code');
  };

  /** Of each template that is open here, the braces that are open in its current substitution. */
  const templates: number[] = [];
  const templatePart = (): void => {
    put(match(TEMPLATE_PART) ?? '', 'text');
    if (text[code.length] === '`') {
      templates.pop();
      put('`', 'code');
    } else {
      put(text.slice(code.length, code.length + 2), 'code');
    }
  };

  while (code.length < text.length) {
    const plain = match(PLAIN);
    if (plain !== undefined) {
      put(plain, 'code');
      continue;
    }
    const char = text[code.length];
    const comment = char === '/' ? (match(LINE_COMMENT) ?? match(BLOCK_COMMENT)) : undefined;
    const regexp = char === '/' && BEFORE_REGEXP.test(code.slice(-40)) ? match(REGEXP) : undefined;
    const quoted = regexp ?? match(STRING);
    const innermost = templates.length - 1;
    if (comment !== undefined) {
      put(comment, 'comment');
    } else if (quoted !== undefined) {
      putQuoted(quoted);
    } else if (char === '`') {
      put(char, 'code');
      templates.push(0);
      templatePart();
    } else if (char === '}' && templates[innermost] === 0) {
      put(char, 'code');
      templatePart();
    } else {
      if (innermost >= 0 && char === '{') templates[innermost]++;
      if (innermost >= 0 && char === '}') templates[innermost]--;
      put(char, 'code');
    }
  }
  return { code, comments };
}
