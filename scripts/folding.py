"""folding: writes hooks/theme/assets/search-fold.js, by which the browser compares texts as the index does."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # run as a file, a script finds only its own folder

from disclosure.site import folding  # noqa: E402

TARGET = ROOT / "hooks" / "theme" / "assets" / "search-fold.js"


def main() -> int:
    """Write the module."""
    TARGET.write_text(folding.script(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
