"""The one look of all charts: colours that everyone can tell apart, type, and a quiet grid.

The palette is that of Okabe and Ito, "Color Universal Design" (2008). Colour never carries a
meaning alone: a marker or a hatch says the same, so that a grey print can be read.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

INK = "#1b2733"
MUTED = "#5b6875"
GRID = "#dde2e7"
PAPER = "#ffffff"

#: Okabe and Ito, in the order in which this package uses them.
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#56b4e9", "#d55e00", "#cc79a7", "#999999")
HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "++++", "oooo")

VALUE = PALETTE[0]
BOUNDS = PALETTE[1]
ALERT = "#b03a00"
SEVERITIES = {"error": PALETTE[4], "warning": PALETTE[1], "note": PALETTE[3]}
SEVERITY_HATCHES = {"error": "", "warning": "////", "note": "...."}

TITLE_SIZE = 11.0
TEXT_SIZE = 8.5
SMALL_SIZE = 7.5

_RC = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": TEXT_SIZE,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.unicode_minus": True,
    "figure.facecolor": PAPER,
    "figure.dpi": 110.0,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.7,
    "svg.fonttype": "none",
    "svg.hashsalt": "difass_analysis",
    "pdf.fonttype": 42,
    "xtick.color": MUTED,
    "xtick.labelcolor": MUTED,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
}


def style() -> AbstractContextManager[None]:
    """Return the settings of matplotlib as a context; outside of it nothing is changed.

    Examples
    --------
    >>> import matplotlib
    >>> before = matplotlib.rcParams["svg.fonttype"]
    >>> with style():
    ...     inside = matplotlib.rcParams["svg.fonttype"]
    >>> inside, matplotlib.rcParams["svg.fonttype"] == before
    ('none', True)
    """
    import matplotlib as mpl

    return mpl.rc_context(_RC)  # type: ignore[arg-type]
