"""Run the command line as ``python -m difass_analysis``."""

from __future__ import annotations

from difass_analysis.cli import main

if __name__ == "__main__":
    main()
