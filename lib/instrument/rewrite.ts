/**
 * Rewrites the accesses of elements in a module to calls (plain.ts). Called by hooks.ts, in the thread of the loader.
 *
 * Each line stays where it is, so lines in stacks are those of the file. What is not rewritten does what it did, and is not seen: calls of
 * elements, targets of patterns, `delete`, logical assignments, what an optional chain goes on with, and keys that are names.
 */

import type { Parser as AcornParser } from 'acorn';
import { PLAIN_ACCESSES } from './names.js';

/** What of acorn is needed: it is no dependency, since most who use racehammer never instrument. */
export interface Acorn {
  readonly parse: typeof AcornParser.parse;
}

/** A node of the tree, as ESTree has them. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** Returns the module with its accesses rewritten. Throws SyntaxError for what is none. */
export function rewrite(acorn: Acorn, source: string, sourceType: 'module' | 'script'): string {
  const tree = acorn.parse(source, {
    ecmaVersion: 'latest',
    sourceType,
    allowHashBang: true,
    allowReturnOutsideFunction: sourceType === 'script',
  }) as unknown as Node;
  const isStrict = sourceType === 'module' || childrenOf(tree).some(({ directive }) => directive === 'use strict');
  return new Rewriter(source, isStrict).text(tree);
}

const LOGICAL: readonly unknown[] = ['&&=', '||=', '??='];

class Rewriter {
  readonly #source: string;
  readonly #isStrict: boolean;

  constructor(source: string, isStrict: boolean) {
    this.#source = source;
    this.#isStrict = isStrict;
  }

  /** Returns the text of a node. `isTarget`: something is stored there by the node around it, or it is called or deleted. */
  text(node: Node, isTarget = false): string {
    switch (node.type) {
      case 'MemberExpression':
        return isTarget || !isElement(node) || hasChain(node) ? this.#parts(node) : this.#load(node);
      case 'AssignmentExpression':
        return this.#assignment(node);
      case 'UpdateExpression':
        return this.#update(node);
      case 'ChainExpression':
        return this.#chain(node);
      case 'NewExpression': {
        const callee = part(node, 'callee');
        return isElement(callee) && !hasChain(callee)
          ? this.#parts(node, false, (child) => (child === callee ? `(${this.text(child)})` : undefined))
          : this.#parts(node);
      }
      default:
        return this.#parts(node, isTarget);
    }
  }

  /** Returns the text of a node whose own part stays as it is. */
  #parts(node: Node, isTarget = false, instead: (child: Node) => string | undefined = () => undefined): string {
    let text = '';
    let at = node.start;
    for (const child of childrenOf(node)) {
      // A name that stands for key and value is there twice.
      if (child.start < at) continue;
      text +=
        this.#source.slice(at, child.start) + (instead(child) ?? this.text(child, isTargetIn(node, child, isTarget)));
      at = child.end;
    }
    return text + this.#source.slice(at, node.end);
  }

  #load(node: Node): string {
    return `${PLAIN_ACCESSES}.get(${this.#element(node)})`;
  }

  /** Returns the object and the key as arguments, and ends of lines that stood around them. */
  #element(node: Node): string {
    const [object, key] = [part(node, 'object'), part(node, 'property')];
    const gap = this.#lineEnds(node.start, object.start) + this.#lineEnds(object.end, key.start);
    return `${this.#argument(object)},${gap}${this.#argument(key)}${this.#lineEnds(key.end, node.end)}`;
  }

  #argument(node: Node): string {
    const text = this.text(node);
    return node.type === 'SequenceExpression' ? `(${text})` : text;
  }

  #assignment(node: Node): string {
    const [left, right] = [part(node, 'left'), part(node, 'right')];
    const operator = String(node['operator']);
    if (!isElement(left) || hasChain(left) || LOGICAL.includes(operator)) return this.#parts(node);
    const sloppy = this.#isStrict ? '' : 'Sloppy';
    const gap = this.#lineEnds(node.start, left.start) + this.#lineEnds(left.end, right.start);
    const end = this.#lineEnds(right.end, node.end);
    if (operator === '=')
      return `${PLAIN_ACCESSES}.set${sloppy}(${this.#element(left)},${gap}${this.#argument(right)}${end})`;
    const by = operator.slice(0, -1);
    return `${PLAIN_ACCESSES}.assign${sloppy}(${PLAIN_ACCESSES}.element(${this.#element(left)}),${gap}${PLAIN_ACCESSES}.value()${by}(${this.text(right)})${end})`;
  }

  #update(node: Node): string {
    const argument = part(node, 'argument');
    if (!isElement(argument) || hasChain(argument)) return this.#parts(node);
    const by = node['operator'] === '++' ? 1 : -1;
    const gap = this.#lineEnds(node.start, argument.start) + this.#lineEnds(argument.end, node.end);
    return `${PLAIN_ACCESSES}.step(${this.#element(argument)},${by},${node['prefix'] === true},${this.#isStrict}${gap})`;
  }

  /** Returns the text of an optional chain: a call if it is no more than `object?.[key]`. */
  #chain(node: Node): string {
    const member = part(node, 'expression');
    const isPlain = isElement(member) && member['optional'] === true && !hasChain(part(member, 'object'));
    if (!isPlain) return this.#parts(node);
    const [object, key] = [part(member, 'object'), part(member, 'property')];
    const gap = this.#lineEnds(member.start, object.start) + this.#lineEnds(object.end, key.start);
    return `${PLAIN_ACCESSES}.getIfAny(${this.#argument(object)},${gap}()=>(${this.text(key)}${this.#lineEnds(key.end, member.end)}))`;
  }

  #lineEnds(from: number, to: number): string {
    return '\n'.repeat(this.#source.slice(from, to).split('\n').length - 1);
  }
}

function part(node: Node, field: string): Node {
  return node[field] as Node;
}

/** Returns the nodes below a node, in the order of the source. */
function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter(isNode)
    .toSorted((one, other) => one.start - other.start);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** Whether a node is `object[key]`, whose key may be a number. */
function isElement(node: Node): boolean {
  if (node.type !== 'MemberExpression' || node['computed'] !== true) return false;
  const key = part(node, 'property');
  const isName = key.type === 'TemplateLiteral' || (key.type === 'Literal' && typeof key['value'] === 'string');
  return !isName && part(node, 'object').type !== 'Super';
}

/** Whether a node around a member does something else with it than load it. */
function isTargetIn(node: Node, child: Node, isTarget: boolean): boolean {
  switch (node.type) {
    case 'CallExpression':
      return node['callee'] === child;
    case 'TaggedTemplateExpression':
      return node['tag'] === child;
    case 'UnaryExpression':
      return node['operator'] === 'delete';
    case 'ArrayPattern':
    case 'ObjectPattern':
    case 'RestElement':
    case 'UpdateExpression':
      return true;
    case 'Property':
      return isTarget && node['value'] === child;
    case 'AssignmentPattern':
    case 'AssignmentExpression':
    case 'ForInStatement':
    case 'ForOfStatement':
      return node['left'] === child;
    default:
      return false;
  }
}

/** Whether a member is a part of an optional chain: what stands in front of it may end it. */
function hasChain(node: Node): boolean {
  if (node.type !== 'MemberExpression' && node.type !== 'CallExpression') return false;
  return node['optional'] === true || hasChain(part(node, node.type === 'MemberExpression' ? 'object' : 'callee'));
}
