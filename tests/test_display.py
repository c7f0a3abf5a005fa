"""Numbers, tables and pictures: visible figures in, visible text out."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from difass_analysis.display import canvas, charts, numbers, tables, theme
from difass_analysis.display.pictures import close, figure_bytes
from difass_analysis.errors import UsageError

LONG = "Friuli-Venezia Giulia and the autonomous provinces of Trento and Bolzano, area number"


def rows(count, *, name="Region", unit="EUR per EUR"):
    draw = np.random.default_rng(1)
    value, half = draw.uniform(0.5, 3, count), draw.uniform(0.05, 0.5, count)
    return pd.DataFrame(
        {
            "indicator": "private_per_public",
            "region": [f"{name} {place}" for place in range(count)],
            "value": value,
            "lower": value - half,
            "upper": value + half,
            "se": half / 2,
            "n": 5,
            "numerator": value,
            "denominator": 1.0,
            "unit": unit,
            "method": "linearised",
            "note": "",
        }
    )


BOUNDS = pd.DataFrame(
    [
        {
            "indicator": "smes_reached",
            "value": None,
            "lower": 200.0,
            "upper": 370.0,
            "se": None,
            "n": 2,
            "numerator": None,
            "denominator": None,
            "unit": "SMEs",
            "method": "bounds (no identifiers)",
            "note": "no identifiers: an SME may be in both calls",
        }
    ]
)


def texts(ax):
    figure = ax.get_figure(root=True)
    held = [*figure.texts, *ax.texts, *ax.get_yticklabels(), *ax.get_xticklabels()]
    return [text.get_text() for text in held]


@pytest.fixture
def drawn():
    """Collect Axes and let go of their figures."""
    held = []
    yield lambda ax: (held.append(ax), ax)[1]
    for ax in held:
        close(ax)


# --- numbers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (4 / 3, "EUR per EUR", "1.33"),
        (7500, "EUR per SME", "7,500"),
        (8823.529, "EUR per SME", "8,824"),
        (3 / 7, "share", "42.9 %"),
        (1_500_000, "EUR", "1,500,000"),
        (200, "SMEs", "200"),
        (9.5238, "SMEs per operation", "9.52"),
        (10.625, "SMEs per operation", "10.63"),
        (1.005, "x", "1.01"),
        (1e18, "EUR", "1,000,000,000,000,000,000"),
        (0, "EUR", "0"),
        (-0.001, "share", "−0.1 %"),
        (-0.0001, "share", "0.0 %"),
        (np.int64(5), "SMEs", "5"),
        (0.0123, "x", "0.012"),
        (None, "EUR", "not known"),
        (float("nan"), "EUR", "not known"),
        (float("inf"), "EUR", "not known"),
        (pd.NA, "EUR", "not known"),
    ],
)
def test_value_text(value, unit, text):
    assert numbers.value_text(value, unit=unit) == text


@pytest.mark.parametrize(
    ("lower", "upper", "unit", "method", "text"),
    [
        (1.1, 1.56, "EUR per EUR", "linearised", "1.10 to 1.56"),
        (200, 370, "SMEs", "bounds", "200 to 370 (bounds)"),
        (0.41, 0.452, "share", "linearised", "41.0 to 45.2 %"),
        (None, 370, "SMEs", "bounds", "at most 370 (bounds)"),
        (None, None, "SMEs", "linearised", "not known"),
        (-0.44, 0.001, "x", "linearised", "−0.44 to 0.00"),
    ],
)
def test_range_text(lower, upper, unit, method, text):
    assert numbers.range_text(lower, upper, unit=unit, method=method) == text


def test_exact_text_has_ten_significant_digits_and_no_exponent():
    values = [1 / 3, 1e-7, 12345678901234.0, 1234567.891234, np.float32(0.5), True, None]
    wanted = ["0.3333333333", "0.0000001", "12345678901234", "1234567.891", "0.5", "true", ""]
    assert list(map(numbers.exact_text, values)) == wanted


def test_records_are_plain_and_missing_is_none():
    frame = pd.DataFrame(
        {
            "year": [2017, 2018],
            "value": [1 / 3, np.nan],
            "day": pd.to_datetime(["2017-01-02", None]),
            "flag": [True, False],
            "text": ["a", None],
        }
    )
    assert numbers.records(frame) == [
        {"year": 2017, "value": 0.3333333333, "day": "2017-01-02", "flag": True, "text": "a"},
        {"year": 2018, "value": None, "day": None, "flag": False, "text": None},
    ]


def test_plain_text_says_how_many_rows_it_leaves_out():
    text = numbers.plain_text(pd.DataFrame({"a": range(1000)}))
    assert text.endswith("... and 940 more rows")
    assert numbers.plain_text(pd.DataFrame({"a": []})) == "(no rows)"


# --- tables --------------------------------------------------------------------------


def test_indicator_table_shows_bounds_parts_and_notes():
    page = tables.indicator_table(
        pd.concat([BOUNDS.assign(region="R"), rows(1)]),
        by=["region"],
        labels={"smes_reached": "SMEs reached"},
        caveats=["These are counts of monitoring."],
        source="Source: calls.csv.",
    ).as_raw_html()
    for text in (
        "SMEs reached (SMEs)",
        "200 to 370 (bounds)",
        "not known",
        "numerator",
        "denominator",
        "an SME may be in both calls",
        "These are counts of monitoring.",
        "Source: calls.csv.",
    ):
        assert text in page


def test_tables_escape_what_they_show():
    evil = "<script>alert(1)</script>"
    frame = pd.DataFrame({evil: [evil]})
    page = tables.plain_table(frame, caveats=[evil], source=evil).as_raw_html()
    assert "<script" not in page


def test_the_same_table_is_the_same_bytes():
    first, second = (tables.plain_table(rows(3)).as_raw_html() for _ in range(2))
    assert first == second


def test_findings_are_listed_the_gravest_first():
    frame = pd.DataFrame({"severity": ["note", "error"], "message": ["small", "grave"]})
    page = tables.findings_table(frame).as_raw_html()
    assert page.index("grave") < page.index("small")


# --- charts --------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 2, 7, 25, 100])
def test_intervals_have_one_row_a_group_in_the_order_given(count, drawn):
    frame = rows(count)
    ax = drawn(charts.intervals(frame, by=["region"], title="Ratio", source="Source: x."))
    if count:
        assert [label.get_text() for label in ax.get_yticklabels()] == list(frame["region"])
        assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first group is on top"
    assert any(text.startswith("Ratio") for text in texts(ax))
    assert "Source: x." in texts(ax)


def overlaps(ax):
    """List the pairs of texts of a figure whose boxes overlap."""
    figure = ax.get_figure(root=True)
    figure.draw_without_rendering()
    held = [*figure.texts, *ax.texts, *ax.get_yticklabels()]
    legend = ax.get_legend()
    held += legend.get_texts() if legend else []
    low, high = ax.get_xlim()
    for tick in ax.xaxis.get_major_ticks():
        held += [tick.label1, tick.label2] if low <= tick.get_loc() <= high else []
    held = [text for text in held if text.get_text() and text.get_visible()]
    boxes = [(text.get_text(), text.get_window_extent().padded(-1)) for text in held]
    inside = figure.bbox.padded(1)
    outside = [text for text, box in boxes if not inside.contains(*box.min)]
    outside += [text for text, box in boxes if not inside.contains(*box.max)]
    pairs = [
        (first[0], second[0])
        for place, first in enumerate(boxes)
        for second in boxes[place + 1 :]
        if first[1].overlaps(second[1])
    ]
    return pairs + outside


@pytest.mark.parametrize("count", [1, 7, 100])
@pytest.mark.parametrize(("name", "scale"), [("Region", 1.0), (LONG, 12_345_678.0)])
def test_no_text_overlaps_or_leaves_the_sheet(count, name, scale, drawn):
    frame = rows(count, name=name)
    frame[["value", "lower", "upper"]] *= scale
    ax = charts.intervals(
        frame, by=["region"], title=LONG, caveats=[LONG * 4], source=LONG * 2, simulated=True
    )
    assert not overlaps(drawn(ax))


@pytest.mark.parametrize("name", ["Region", LONG])
@pytest.mark.parametrize("scale", [1.0, 12_345_678.0])
def test_no_text_overlaps_on_a_phone(name, scale, drawn):
    frame = rows(5, name=name)
    frame[["value", "lower", "upper"]] *= scale
    with canvas.sheet_width(4.4):
        ax = charts.intervals(frame, by=["region"], title=LONG, source=LONG * 2)
    assert not overlaps(drawn(ax))


@pytest.mark.parametrize("count", [1, 7, 50])
@pytest.mark.parametrize("parts", [2, 4])
@pytest.mark.parametrize("width", [4.4, 7.0])
def test_no_text_overlaps_in_stacked_bars(count, parts, width, drawn):
    frame = rows(count, name=LONG)
    names = {f"part{place}": f"money of kind {place}" for place in range(parts)}
    draw = np.random.default_rng(2)
    for name in names:
        frame[name] = draw.lognormal(13, 2, count)
    frame.loc[0, "part0"] = np.nan
    with canvas.sheet_width(width):
        ax = charts.money_parts(frame, by=["region"], parts=names, source=LONG * 3)
    assert not overlaps(drawn(ax))


def test_bounds_are_a_hatched_bar_and_an_interval_is_a_line(drawn):
    ax = drawn(charts.intervals(BOUNDS, title="SMEs reached"))
    assert [patch.get_hatch() for patch in ax.patches] == ["////"]
    assert not ax.lines
    assert "200 to 370" in texts(ax)
    ax = drawn(charts.intervals(rows(1), by=["region"], title="Ratio"))
    assert not ax.patches
    assert len(ax.lines) == 3  # the interval, its ends, the dot


def test_a_missing_value_is_named_and_its_reason_is_under_the_picture(drawn):
    frame = rows(3)
    frame.loc[1, ["value", "lower", "upper"]] = np.nan
    frame.loc[1, "note"] = "public money is not known"
    shown = texts(drawn(charts.intervals(frame, by=["region"], title="Ratio")))
    assert shown.count("not known") == 3  # in the drawing, as value, as interval
    assert "Region 1: public money is not known." in shown


def test_simulated_data_say_so(drawn):
    assert "SIMULATED DATA" in texts(drawn(charts.intervals(rows(1), title="R", simulated=True)))
    assert "SIMULATED DATA" not in texts(drawn(charts.intervals(rows(1), title="R")))


def test_dollar_signs_are_no_formula(drawn):
    frame = rows(2, name="$x_1$ and $y")
    ax = drawn(charts.intervals(frame, by=["region"], title="$a$"))
    page = figure_bytes(ax).decode()
    assert "$x_1$ and $y 0" in page


def test_charts_draw_on_the_axes_they_are_given():
    figure, (first, second) = plt.subplots(2, 1, layout="constrained")
    assert charts.intervals(rows(3), by=["region"], title="Ratio", ax=first) is first
    frame = rows(3).assign(public=1.0, private=2.0)
    parts = {"public": "public", "private": "private"}
    assert charts.money_parts(frame, by=["region"], parts=parts, ax=second) is second
    assert figure.axes == [first, second]
    plt.close(figure)


def test_money_that_is_partly_unknown_is_never_zero(drawn):
    frame = pd.DataFrame({"year": [2017, 2018], "public": [1.0e6, 3.0e6], "private": [2e6, None]})
    parts = {"public": "public money", "private": "private money"}
    ax = drawn(charts.money_parts(frame, by=["year"], parts=parts))
    shown = texts(ax)
    assert "at least 3,000,000" in shown
    assert "?" in shown
    assert "Public money and private money (EUR)" in shown


def test_finding_counts_leave_out_rules_that_held(drawn):
    rules = pd.DataFrame(
        {
            "rule": ["cap", "dates"],
            "table": ["calls", "operations"],
            "severity": ["warning", "error"],
            "checked": [2, 9],
            "broken": [1, 0],
            "unknown": [0, 1],
        }
    )
    ax = drawn(charts.finding_counts(rules, source="s", caveats=["c"]))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cap (calls)"]
    ax = drawn(charts.finding_counts(rules.tail(1)))
    assert "No rule found anything." in texts(ax)


# --- pictures ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_the_same_input_gives_the_same_bytes(kind, drawn):
    first, second = (
        figure_bytes(drawn(charts.intervals(rows(5), by=["region"], title="R")), format=kind)
        for _ in range(2)
    )
    assert first == second


def test_drawing_twice_gives_the_same_bytes(drawn):
    ax = drawn(charts.intervals(rows(5), by=["region"], title="R"))
    assert figure_bytes(ax) == figure_bytes(ax)


def test_svg_keeps_text_and_no_date(drawn):
    page = figure_bytes(drawn(charts.intervals(rows(2), by=["region"], title="R"))).decode()
    assert ">Region 1</text>" in page
    assert "dc:date" not in page


def test_an_unknown_picture_format_names_the_offers(drawn):
    ax = drawn(charts.intervals(rows(1), title="R"))
    with pytest.raises(UsageError, match="svg"):
        figure_bytes(ax, format="gif")


def test_the_style_changes_nothing_outside(drawn):
    before = dict(mpl.rcParams)
    figure_bytes(drawn(charts.intervals(rows(2), title="R")))
    assert dict(mpl.rcParams) == before


def luminance(color):
    red, green, blue = mpl.colors.to_rgb(color)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_neighbouring_parts_differ_in_hatch_so_that_grey_print_can_be_read():
    assert len(set(theme.HATCHES)) == len(theme.HATCHES) == len(theme.PALETTE)
    assert abs(luminance(theme.PALETTE[0]) - luminance(theme.PALETTE[1])) > 0.2
