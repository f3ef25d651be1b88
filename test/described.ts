/** Whether the published schemas describe a document, all of it. Used by tests of what commands print. */
import { readFileSync, readdirSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ExecutionContext } from 'ava';

export interface Schema {
  readonly $id?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
}

const FOLDER = new URL('../../schema/', import.meta.url);
export const schemas = new Map(
  readdirSync(FOLDER).map((file) => [file, JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Schema]),
);
const ajv = new Ajv2020({ allowUnionTypes: true, strictTypes: false, allErrors: true });
for (const schema of schemas.values()) ajv.addSchema(schema);

/** The schemas that say something about a value, references followed. */
function expand(schema: Schema, root: Schema): { schema: Schema; root: Schema }[] {
  const parts = [...(schema.allOf ?? []), ...(schema.anyOf ?? [])].flatMap((part) => expand(part, root));
  if (schema.$ref === undefined) return [{ schema, root }, ...parts];
  const [file, name] = schema.$ref.split('#/$defs/');
  const target = file === '' ? root : schemas.get(file)!;
  return [...parts, ...expand(name === undefined ? target : target.$defs![name], target)];
}

/** Paths of the fields that no schema names. */
export function unnamed(value: unknown, schema: Schema, root: Schema, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const known = expand(schema, root);
  return Object.entries(value).flatMap(([key, inner]) => {
    const next = known.flatMap(({ schema: part, root: base }) => {
      const found = Array.isArray(value) ? part.items : (part.properties?.[key] ?? part.additionalProperties);
      return found === undefined ? [] : [{ found, base }];
    });
    if (next.length === 0) return [`${path}/${key}`];
    // Named by any of them is named.
    const findings = next.map(({ found, base }) => unnamed(inner, found, base, `${path}/${key}`));
    return findings.toSorted((a, b) => a.length - b.length)[0];
  });
}

/** The schema of this kind allows the document, and names every field of it. */
export function isDescribed(t: ExecutionContext, kind: string, text: string): void {
  const document = JSON.parse(text) as unknown;
  const validate = ajv.getSchema(`${kind}.schema.json`)!;
  t.true(validate(document), JSON.stringify(validate.errors));
  const schema = schemas.get(`${kind}.schema.json`)!;
  t.deepEqual(unnamed(document, schema, schema), []);
}
