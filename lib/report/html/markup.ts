import { DIRECTION } from '../visible.js';
import { escapeXml } from '../xml.js';

/** Markup that needs no escaping any more. Only `html` makes it, so whatever else comes into a page is escaped. */
export class Markup {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  static of(strings: TemplateStringsArray, values: readonly Content[]): Markup {
    const parts = strings.map(withoutIndent);
    return new Markup(parts.reduce((text, part, i) => text + rendered(values[i - 1]) + part));
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand in a page: markup as it is, text and numbers escaped, null as nothing, lists one after the other. */
export type Content = Markup | string | number | null | readonly Content[];

/** A piece of a page. Attributes must stand in double quotes. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return Markup.of(strings, values);
}

/** The indent of the templates is half of a page; none of them has a line break where one counts. */
function withoutIndent(part: string): string {
  return part.replace(/\s*\n\s*/g, '\n');
}

function rendered(content: Content | undefined): string {
  if (content === null || content === undefined) return '';
  if (content instanceof Markup) return content.toString();
  if (typeof content === 'number') return Number.isFinite(content) ? String(Math.round(content * 100) / 100) : '0';
  if (typeof content === 'string') return escapeXml(content).replace(DIRECTION, '\ufffd');
  return content.map(rendered).join('');
}
