"""Archives of cases beside the generators: written whole, or a few cases of them anew."""

import gzip
import json
import os
from typing import Any, Dict, List


def read(path: str) -> Any:
    with gzip.open(path) as file:
        return json.load(file)


def write(path: str, text: str) -> int:
    """How many bytes it takes. Without a time in its header an archive is the same at every run."""
    squeezed = gzip.compress(text.encode(), mtime=0)
    with open(path, 'wb') as file:
        file.write(squeezed)
    return len(squeezed)


def joined(path: str, made: List[Dict[str, Any]], order: List[str]) -> List[Dict[str, Any]]:
    """
    The cases of an archive, those of the names that were made anew replaced.

    Cases that the generator no longer names are left out. Several may have one name; they follow each other.
    """
    names = {case['name'] for case in made}
    kept = read(path) if os.path.exists(path) else []
    kept = [case for case in (kept['cases'] if isinstance(kept, dict) else kept) if case['name'] not in names]
    places = {name: place for place, name in enumerate(order)}
    return sorted((case for case in [*kept, *made] if case['name'] in places), key=lambda case: places[case['name']])
