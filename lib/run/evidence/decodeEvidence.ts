/** Evidence as it is read back: nothing of a file is used before all of it is checked. For `replay`, `run --from`, and the evidence in a store. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Ajv from 'ajv/dist/2020.js';
import type { Evidence } from '../../evidence/evidence.js';
import { EvidenceFileError, evidenceBody } from '../../evidence/evidenceFile.js';
import { whatIsWrong } from '../../evidence/evidenceSense.js';
import { errorWords } from '../schemaErrors.js';

const SCHEMA = new URL('../../../../schema/evidence.schema.json', import.meta.url);

/** Reads the schema once for all the files that a command reads. */
export class EvidenceReader {
  readonly #validate = newValidate();

  /** Reads what `encodeEvidence` has made. Throws EvidenceFileError: whatever it is, one line says what is wrong with it. */
  decode(bytes: Uint8Array): Evidence {
    const body = evidenceBody(bytes);
    if (!this.#validate(body))
      throw new EvidenceFileError(`is not evidence: ${errorWords(this.#validate.errors ?? [])}`);
    const wrong = whatIsWrong(body);
    if (wrong !== undefined) throw new EvidenceFileError(`contradicts itself: ${wrong}`);
    return body;
  }
}

function newValidate(): Ajv.ValidateFunction<Evidence> {
  // Loaded here, since runs that keep evidence load this module and read none.
  const { Ajv2020 } = createRequire(import.meta.url)('ajv/dist/2020.js') as typeof Ajv;
  const schema = JSON.parse(readFileSync(SCHEMA, 'utf8')) as object;
  return new Ajv2020({ strictTypes: false, validateSchema: false }).compile<Evidence>(schema);
}
