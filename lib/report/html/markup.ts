/** Makes HTML in which everything from documents is escaped. Used by all of lib/report/html. */

import { DIRECTION } from '../format/visible.js';
import { escapeXml } from '../format/xml.js';
import { shortened } from './shortened.js';

/** Escaped markup. Only `html` makes it, so everything else in a page is escaped. */
export class Markup {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  static of(strings: TemplateStringsArray, values: readonly Content[]): Markup {
    const parts = shortened(strings);
    return new Markup(parts.reduce((text, part, i) => text + rendered(values[i - 1]) + part));
  }

  toString(): string {
    return this.#text;
  }
}

/** The content of a page: markup stays as it is, text and numbers are escaped, null is left out, lists are joined. */
export type Content = Markup | string | number | null | readonly Content[];

/** Makes a piece of a page. Attributes must be in double quotes. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return Markup.of(strings, values);
}

function rendered(content: Content | undefined): string {
  if (content === null || content === undefined) return '';
  if (content instanceof Markup) return content.toString();
  if (typeof content === 'number') return Number.isFinite(content) ? String(Math.round(content * 100) / 100) : '0';
  if (typeof content === 'string') return escapeXml(content).replace(DIRECTION, '\ufffd');
  return content.map(rendered).join('');
}
