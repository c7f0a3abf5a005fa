"""Sections of the page of results: each benchmark renews its own and leaves the others."""

from __future__ import annotations

import re
from pathlib import Path


def renewed(page: str, section: str) -> str:
    """Return the page with one section renewed, or added at its end.

    Parameters
    ----------
    page : str
        The page, whose sections begin with ``##``.
    section : str
        The new text, beginning with its heading.

    Examples
    --------
    >>> print(renewed("# All\\n\\n## One\\n\\nold\\n\\n## Two\\n\\nkept\\n", "## One\\n\\nnew\\n"))
    # All
    <BLANKLINE>
    ## One
    <BLANKLINE>
    new
    <BLANKLINE>
    ## Two
    <BLANKLINE>
    kept
    <BLANKLINE>
    """
    heading = section.splitlines()[0]
    parts = _parts(page)
    if heading not in [part.splitlines()[0] for part in parts if part]:
        parts.append(section)
    kept = [section if part.startswith(f"{heading}\n") else part for part in parts]
    return "\n\n".join(part.strip("\n") for part in kept) + "\n"


def put_between(text: str, path: Path, *, start: str, end: str) -> None:
    """Put a text between two markers of a page.

    Raises
    ------
    ValueError
        When the page does not hold both markers once.
    """
    old = path.read_text(encoding="utf-8")
    pattern = re.compile(f"(?<={re.escape(start)}\n).*?(?={re.escape(end)})", flags=re.DOTALL)
    new, count = pattern.subn(lambda _: f"\n{text}\n\n", old)
    if count != 1:
        raise ValueError(f"{path} must hold '{start}' and '{end}' once")
    path.write_text(new, encoding="utf-8")


def from_heading(page: str, heading: str) -> str:
    """Return the page from a heading on; empty where it has none."""
    return heading + page.split(heading, 1)[1] if heading in page else ""


def _parts(page: str) -> list[str]:
    """The text before the first heading, then one part for each."""
    parts: list[list[str]] = [[]]
    for line in page.splitlines():
        if line.startswith("## "):
            parts.append([])
        parts[-1].append(line)
    return ["\n".join(part) for part in parts if any(part)]
