"""What the site changes in the pages: links that leave the documentation become plain words."""

import re

_OUTSIDE = re.compile(r"\[([^\]]*)\]\(\.\./([^)#]*)(?:#[^)]*)?\)")
_FILE = re.compile(r"<!-- file: (\S+) -->\n+(```\w*)")


def on_page_markdown(markdown: str, **_: object) -> str:
    """Name files of the repository that are no pages of the site, and title blocks that are files."""
    named = _OUTSIDE.sub(_named, markdown)
    return _FILE.sub(r'\2 title="\1"', named)


def _named(link: re.Match[str]) -> str:
    text, path = link.group(1), link.group(2)
    return f"`{path}`" if path in text else f"{text} (`{path}`)"
