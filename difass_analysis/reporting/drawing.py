"""A chart as part of a page: its SVG without what a page must not hold twice."""

from __future__ import annotations

import re
from html import escape

from difass_analysis.display import theme

# The page sets these, and so the chart follows when the page turns dark.
_COLORS = {
    theme.INK: "--chart-ink",
    theme.MUTED: "--chart-muted",
    theme.GRID: "--chart-grid",
    theme.PAPER: "--chart-paper",
    theme.ALERT: "--chart-alert",
    theme.VALUE: "--chart-value",
}


def inline_svg(picture: bytes, *, id: str, title: str, words: str) -> str:
    """Return the drawing of a chart for use inside a page.

    Parameters
    ----------
    picture : bytes
        An SVG file as :func:`difass_analysis.display.pictures.figure_bytes` makes it.
    id : str
        Start of all names in the drawing, so that several drawings fit on one page.
    title, words : str
        Title and description for those who do not see the chart.

    Examples
    --------
    >>> svg = b'<?xml version="1.0"?><svg width="9pt" height="9pt" viewBox="0 0 9 9"></svg>'
    >>> inline_svg(svg, id="a", title="Ratio", words="2017: 1.33.")[:60]
    '<svg role="img" aria-labelledby="a-title a-words" viewBox="0'
    """
    text = picture.decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<style\b.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{id}-', text)
    text = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{id}-", text)
    for color, name in _COLORS.items():
        text = re.sub(rf"(fill|stroke): {color}", rf"\g<1>: var({name}, {color})", text)
    return _headed(text, id=id, title=title, words=words)


def _headed(text: str, *, id: str, title: str, words: str) -> str:
    head, body = text.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', head)
    start = (
        f'<svg role="img" aria-labelledby="{id}-title {id}-words" {box[0] if box else ""} '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    named = f'<title id="{id}-title">{escape(title)}</title>'
    described = f'<desc id="{id}-words">{escape(words)}</desc>'
    return f"{start}{named}{described}{body}".strip()
