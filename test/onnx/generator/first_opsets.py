"""The opset in which every operator of ONNX first appears, as the installed onnx package's schemas say."""

import json
from pathlib import Path

from onnx.defs import get_all_schemas_with_history


def write_first_opsets(path: Path) -> None:
    first = {}
    for schema in get_all_schemas_with_history():
        if schema.domain == '':
            first[schema.name] = min(first.get(schema.name, schema.since_version), schema.since_version)
    path.write_text(json.dumps(dict(sorted(first.items())), indent=1) + '\n')
    print(f'{path.name}: {len(first)} operators')
