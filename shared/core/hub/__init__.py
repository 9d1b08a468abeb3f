"""One repository of the Hub -> a folder in the Hub's own cache, or a sentence that says why not.

Only the files that are asked for, never a pickle; every file is compared with the hash the Hub names it by
before anything opens it; a cut download goes on where it stopped.

    presence   is the Hub there?
    cache      what is on this machine already, and whether it is whole
    download   what is missing, brought here
    trouble    what went wrong, as a sentence
"""

from shared.core.hub.cache import (
    PICKLES,
    Snapshot,
    cached,
    damaged,
    delete,
    missing_shards,
    required,
    sha256,
    weight_files,
)
from shared.core.hub.download import Progress, fetch
from shared.core.hub.presence import check_hub, forget, hub_state, mark_unreachable, off, reachable
from shared.core.hub.trouble import Unreachable

__all__ = ["PICKLES", "Progress", "Snapshot", "Unreachable", "cached", "check_hub", "damaged", "delete", "fetch"]
__all__ += [
    "forget",
    "hub_state",
    "mark_unreachable",
    "missing_shards",
    "off",
    "reachable",
    "required",
    "sha256",
    "weight_files",
]
