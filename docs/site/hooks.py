"""What the site changes in the pages: links that leave the documentation, and search offline."""

import re
from collections import Counter
from typing import Any

_OUTSIDE = re.compile(r"\[([^\]]*)\]\(\.\./([^)#]*)(?:#[^)]*)?\)")
_FILE = re.compile(r"<!-- file: (\S+) -->\n+(```\w*)")
_MODULE = re.compile(
    r'(<div class="doc doc-object doc-module">\s*<div class="doc doc-contents first">\s*)'
    r"(<p>.*?</p>)",
    flags=re.DOTALL,
)
#: What the theme would fetch from the network, so that search works from the disk.
_FETCHED = re.compile(r'src="https://[^"]*iframe-worker[^"]*"')


def on_page_markdown(markdown: str, *, page: Any, **_: object) -> str:
    """Name files of the repository that are no pages, and title blocks that are files."""
    # From a page in a folder, one step up is still the documentation.
    if "/" not in page.file.src_uri:
        markdown = _OUTSIDE.sub(_named, markdown)
    return _FILE.sub(r'\2 title="\1"', markdown)


def on_page_content(html: str, **_: object) -> str:
    """Leave out the sentence of a module that is shown in several parts: it suits none of them."""
    told = Counter(found.group(2) for found in _MODULE.finditer(html))
    return _MODULE.sub(lambda found: found[1] + (found[2] if told[found[2]] == 1 else ""), html)


def on_post_page(output: str, *, page: Any, **_: object) -> str:
    """Take the script of the offline search from the site itself."""
    up = "../" * page.file.src_uri.count("/")
    return _FETCHED.sub(f'src="{up}site/worker.js"', output)


def on_post_template(output_content: str, **_: object) -> str:
    """The same for the page that says that there is no such page."""
    return _FETCHED.sub('src="site/worker.js"', output_content)


def _named(link: re.Match[str]) -> str:
    text, path = link.group(1), link.group(2)
    return f"`{path}`" if path in text else f"{text} (`{path}`)"
