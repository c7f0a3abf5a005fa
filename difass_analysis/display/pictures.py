"""A chart as the bytes of a file: the same chart gives the same bytes every time."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Literal, get_args
from warnings import catch_warnings, filterwarnings

from difass_analysis.display.theme import style
from difass_analysis.errors import one_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PictureFormat = Literal["svg", "png", "pdf"]

# Nothing that differs between two runs or two machines goes into the file.
_METADATA: dict[str, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "png": {"Software": None},
    "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
}
_DPI = 300
#: Fonts of an SVG file, whose letters are drawn by whoever shows it.
FONTS = "'DejaVu Sans', Verdana, 'Segoe UI', sans-serif"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def figure_bytes(ax: Axes, *, format: PictureFormat = "svg") -> bytes:
    """Return the figure of these Axes as the bytes of an SVG, PNG or PDF file.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Any Axes of the figure.
    format : {"svg", "png", "pdf"}
        PNG has 300 dots per inch; text in SVG stays text.

    Raises
    ------
    UsageError
        When the format is none of these.

    Examples
    --------
    >>> import pandas as pd
    >>> from difass_analysis.display.charts import money_parts
    >>> frame = pd.DataFrame({"year": [2017], "public": [1.5e6], "private": [2e6]})
    >>> ax = money_parts(frame, by=["year"], parts={"public": "public", "private": "private"})
    >>> figure_bytes(ax).startswith(b"<?xml")
    True
    >>> close(ax)
    """
    if format not in get_args(PictureFormat):
        raise one_of("picture format", format, list(get_args(PictureFormat)))
    stream = BytesIO()
    with style(), catch_warnings():
        # A letter that the font lacks is drawn as a box, and in SVG by whoever shows it.
        filterwarnings("ignore", message="Glyph .* missing from font")
        figure = ax.get_figure(root=True)
        if figure is None:
            return b""
        figure.savefig(stream, format=format, dpi=_DPI, metadata=_METADATA[format])
    return _readable(stream.getvalue()) if format == "svg" else stream.getvalue()


def _readable(picture: bytes) -> bytes:
    """Name fonts to fall back to, and leave out letters that XML cannot hold."""
    text = picture.decode("utf-8", "replace").replace("'DejaVu Sans', sans-serif", FONTS)
    return _NOT_XML.sub("", text).encode("utf-8")


def close(ax: Axes) -> None:
    """Let go of the figure of these Axes, so that many can be drawn one after the other."""
    from matplotlib import pyplot as plt

    plt.close(ax.get_figure(root=True))
