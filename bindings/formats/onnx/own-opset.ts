import type { Field } from './message.js';
import { ownDomain } from './own-domain.js';
import * as schema from './schema.js';

/** The version of an OperatorSetIdProto, if it is ONNX's own. */
export function ownOpset(file: Field): number | undefined {
  let domain = '';
  let version = 0;
  const around = file.enter();
  while (file.next()) {
    if (file.no === schema.OPSET_DOMAIN) domain = file.text();
    else if (file.no === schema.OPSET_VERSION) version = file.int();
    else file.skip();
  }
  file.leave(around);
  return ownDomain(domain) === '' ? version : undefined;
}
