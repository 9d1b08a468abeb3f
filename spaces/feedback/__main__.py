"""`python spaces/arena`: this tab on a page of its own, with the options of app.py."""

import sys
from pathlib import Path

SPACE = Path(__file__).resolve().parent
sys.path[:1] = [str(SPACE.parents[1]), str(SPACE.parent)]  # shared/, and this folder as a package

from shared.page import frame  # noqa: E402

frame.run_alone(SPACE.name)
