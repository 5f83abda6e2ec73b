"""Makes the key under which a cell is stored."""

import json
from dataclasses import asdict
from datetime import UTC
from hashlib import sha256

from bot.devin import Cell


def cell_key(cell: Cell) -> str:
    """The same for equal cells, and of one length: a filter may name more ids than an index takes.

    Ids that a filter does not name are left out, so that a filter with a further kind of ids keeps the old keys.
    """
    narrowed = {name: ids for name, ids in asdict(cell.filter).items() if ids}
    bounds = [moment.astimezone(UTC).isoformat() for moment in (cell.window.after, cell.window.before)]
    return sha256(json.dumps([cell.source, *bounds, narrowed], sort_keys=True).encode()).hexdigest()
