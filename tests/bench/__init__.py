"""Speed and likeness, measured by hand or by `make bench`: python -m tests.bench.NAME."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "spaces")]  # Spaces are modules of their own, see CONTRIBUTING.md
