"""The command line: every command is a thin call of a public function."""

from __future__ import annotations

from difass_analysis.cli.app import main

__all__ = ["main"]
