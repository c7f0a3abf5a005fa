"""The comparison pictures: small frames in, drawn words, marks and places out."""

import json
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from difass_analysis.display import canvas, classes, marks, shapes, sidenotes, tiles
from difass_analysis.display.digits import Digits
from difass_analysis.display.dumbbells import dumbbell
from difass_analysis.display.forests import Pooled, forest
from difass_analysis.display.funnels import Limits, funnel
from difass_analysis.display.lorenz import lorenz
from difass_analysis.display.maps import region_map, tile_map
from difass_analysis.display.multiples import small_multiples
from difass_analysis.display.pictures import close, figure_bytes
from difass_analysis.display.rank_plots import ranks
from difass_analysis.display.waterfalls import waterfall
from difass_analysis.errors import DifassError, InputError, SchemaError

LONG = "Friuli-Venezia Giulia and the autonomous provinces of Trento and Bolzano, area number"
SUPPRESSED = "suppressed: fewer than 3 enterprises"
RATIO = "EUR per EUR"
ITALY = [
    f"IT{part}{k}"
    for part, m in zip("CFGHI", (4, 6, 2, 5, 4), strict=True)
    for k in range(1, m + 1)
]
EUROPE = [code for code, country in tiles.countries().items() if country.always]


def names(count, name="Region"):
    return [f"{name} {place}" for place in range(count)]


def estimates(count, *, name="Region", scale=1.0):
    draw = np.random.default_rng(1)
    value, half = draw.uniform(0.5, 3, count) * scale, draw.uniform(0.05, 0.8, count) * scale
    frame = pd.DataFrame({"label": names(count, name), "value": value})
    frame = frame.assign(lower=value - half, upper=value + half, note="", level=0.95)
    if count > 3:
        frame.loc[2, ["value", "lower", "upper"]] = np.nan
        frame.loc[2, "note"] = SUPPRESSED
        frame.loc[3, ["lower", "upper"]] = np.nan
    return frame


def rank_sets(count, *, name="Region"):
    place = np.arange(1.0, count + 1)
    lower, upper = np.maximum(1, place - 3), np.minimum(count, place + 4)
    frame = pd.DataFrame({"label": names(count, name), "rank": place, "lower": lower})
    inner = {"marginal_lower": np.maximum(lower, place - 1), "marginal_upper": place}
    return frame.assign(upper=upper, **inner, note="", level=0.95)


def two_times(count, *, name="Region", scale=1.0):
    draw = np.random.default_rng(2)
    before = draw.uniform(0.5, 3, count) * scale
    frame = pd.DataFrame({"label": names(count, name), "before": before})
    frame = frame.assign(after=before + draw.normal(0, 0.5, count) * scale, note="", level=0.95)
    for time in ("before", "after"):
        frame[f"{time}_lower"] = frame[time] - 0.3 * scale
        frame[f"{time}_upper"] = frame[time] + 0.3 * scale
    return frame


def gap(count, *, name="Region", scale=1.0, start=1.0):
    parts = np.random.default_rng(3).normal(0, 0.3, count) * scale
    frame = pd.DataFrame({"label": ["The rest", *names(count, name), "Emilia-Romagna"]})
    frame["kind"] = ["start", *["part"] * count, "end"]
    frame["value"] = [start * scale, *parts, start * scale + parts.sum()]
    return frame.assign(lower=frame["value"] - 0.1 * scale, upper=frame["value"] + 0.1 * scale)


def funnel_parts(count, *, name="Region", scale=1.0, spread=2.0):
    draw = np.random.default_rng(4)
    size = np.round(np.exp(draw.uniform(1.6, 6, count)))
    value = (1.7 + spread * draw.normal(0, 1.4, count) / np.sqrt(size)) * scale
    frame = pd.DataFrame({"label": names(count, name), "value": value, "size": size})
    at = np.geomspace(4, 500, 60)
    error = 1.4 / np.sqrt(at)
    ends = {"95": 1.96, "998": 3.09}
    curves = pd.DataFrame(
        {"size": at}
        | {f"lower{level}": (1.7 - z * error) * scale for level, z in ends.items()}
        | {f"upper{level}": (1.7 + z * error) * scale for level, z in ends.items()}
    )
    return frame, Limits(overall=1.7 * scale, curves=curves, size_name="operations")


def shares(count, *, name="Region"):
    at = np.linspace(0, 1, 21)
    power = np.random.default_rng(5).uniform(1.1, 6, count)
    curves = [
        pd.DataFrame({"label": label, "population_share": at, "money_share": at**one})
        for label, one in zip(names(count, name), power, strict=True)
    ]
    return pd.concat(curves) if curves else pd.DataFrame(columns=["label"])


def panels(count, *, name="Region", scale=1.0, mechanisms=("Grants", "Loans", "Equity")):
    held = [estimates(count, name=name, scale=scale).assign(panel=one) for one in mechanisms]
    return pd.concat(held, ignore_index=True)


def mapped(codes, *, name="", scale=1.0):
    value = np.random.default_rng(6).lognormal(0, 1, len(codes)) * scale
    labels = [f"{name or 'Name of'} {code}" for code in codes]
    return pd.DataFrame({"region": list(codes), "label": labels, "value": value, "note": ""})


def region_codes(count):
    return [f"{country}{one}{two}" for country in EUROPE for one in "12" for two in "12"][:count]


def write_geojson(path, codes, *, across=5, metres=False):
    """Write squares of one degree (or of 100 km), the second with a hole."""
    features = []
    for place, code in enumerate(codes):
        x, y = 7.0 + place % across, 37.0 + place // across
        ring = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]
        hole = [[x + 0.2, y + 0.2], [x + 0.4, y + 0.2], [x + 0.3, y + 0.4], [x + 0.2, y + 0.2]]
        rings = [ring, hole] if place == 1 else [ring]
        if metres:
            rings = [[[4e6 + a * 1e5, b * 1e5 - 1.5e6] for a, b in one] for one in rings]
        geometry = {"type": "Polygon", "coordinates": rings}
        feature = {"type": "Feature", "properties": {"NUTS_ID": code}, "geometry": geometry}
        features.append(feature)
    content = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.fixture
def squares(tmp_path):
    return write_geojson(tmp_path / "squares.geojson", [*ITALY, "ITZ1"])


@pytest.fixture
def drawn():
    """Collect Axes and let go of their figures."""
    held = []
    yield lambda ax: (held.append(ax), ax)[1]
    for ax in held:
        close(ax)


@pytest.fixture(autouse=True)
def no_figure_is_left_open():
    before = plt.get_fignums()
    yield
    assert plt.get_fignums() == before


def all_axes(ax):
    return ax.get_figure(root=True).get_axes()


def texts(ax):
    figure = ax.get_figure(root=True)
    held = [*figure.texts]
    for one in all_axes(ax):
        held += [*one.texts, *one.get_yticklabels(), one.title, one._left_title]
        held += one.get_legend().get_texts() if one.get_legend() else []
    return [text.get_text() for text in held if text.get_text()]


def row_labels(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def shown(ax):
    """Return all words of a picture as one text, whatever the breaks between lines."""
    return " ".join(" ".join(texts(ax)).split())


def overlaps(ax):
    """List the pairs of texts of a figure whose boxes overlap, and texts that leave the sheet."""
    figure = ax.get_figure(root=True)
    figure.draw_without_rendering()
    held = [*figure.texts]
    for one in all_axes(ax):
        held += [*one.texts, one._left_title]
        held += one.get_legend().get_texts() if one.get_legend() else []
        if one.axison:
            held += [one.xaxis.label, *tick_labels(one.xaxis), *tick_labels(one.yaxis)]
    held = [text for text in held if text.get_text() and text.get_visible()]
    boxes = [(text.get_text(), words_box(text).padded(-1)) for text in held]
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


def tick_labels(axis):
    """List the labels of the ticks that are in view."""
    low, high = sorted(axis.get_view_interval())
    shown = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [label for tick in shown for label in (tick.label1, tick.label2)]


def words_box(text):
    """Return the box of the words: that of an annotation holds its line and point as well."""
    return Text.get_window_extent(text)


def draw_funnel(count, **rest):
    options = {key: rest.pop(key) for key in ("name", "scale") if key in rest}
    frame, limits = funnel_parts(count, **options)
    return funnel(frame, limits=limits, **rest)


def picture_of(kind, count, *, name="Region", scale=1.0, folder=None, ax=None, **words):
    """Draw one of the pictures with so many groups."""
    words = {"title": LONG, "caveats": [LONG * 3], "source": LONG * 2, "simulated": True} | words
    unit = {"unit": RATIO if scale < 1e6 else "EUR"}
    pooled = Pooled(1.7 * scale, 1.5 * scale, 1.9 * scale, (0.6 * scale, 2.8 * scale))
    codes = region_codes(count)
    draw = {
        "forest": lambda: forest(
            estimates(count, name=name, scale=scale), overall=pooled, ax=ax, **unit, **words
        ),
        "ranks": lambda: ranks(rank_sets(count, name=name), ax=ax, **words),
        "dumbbell": lambda: dumbbell(
            two_times(count, name=name, scale=scale),
            periods=("2014-2017", "2018-2020"),
            ax=ax,
            **unit,
            **words,
        ),
        "waterfall": lambda: waterfall(gap(count, name=name, scale=scale), ax=ax, **unit, **words),
        "funnel": lambda: draw_funnel(count, name=name, scale=scale, ax=ax, **unit, **words),
        "lorenz": lambda: lorenz(shares(count, name=name), ax=ax, **words),
        "multiples": lambda: small_multiples(
            panels(count, name=name, scale=scale), figure=ax and ax.figure, **unit, **words
        ),
        "tiles": lambda: tile_map(mapped(codes, name=name, scale=scale), ax=ax, **unit, **words),
        "countries": lambda: tile_map(mapped(EUROPE[:count], scale=scale), ax=ax, **unit, **words),
        "shapes": lambda: region_map(
            mapped(codes, name=name, scale=scale),
            shapes=write_geojson(folder / "a.geojson", region_codes(120), across=10),
            ax=ax,
            **unit,
            **words,
        ),
    }
    return draw[kind]()


KINDS = ("forest", "ranks", "dumbbell", "waterfall", "funnel", "lorenz", "multiples", "tiles")
KINDS += ("countries", "shapes")


# --- all pictures --------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 7, 25, 100])
def test_no_text_overlaps_or_leaves_the_sheet(kind, count, tmp_path, drawn):
    assert not overlaps(drawn(picture_of(kind, count, folder=tmp_path)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [1e-7, 12_345_678.0, 1e12])
@pytest.mark.parametrize("width", [4.4, 7.0])
def test_long_names_and_extreme_numbers_find_room(kind, scale, width, tmp_path, drawn):
    with canvas.sheet_width(width):
        ax = picture_of(kind, 7, name=LONG, scale=scale, folder=tmp_path)
    assert not overlaps(drawn(ax))


@pytest.mark.parametrize("kind", KINDS)
def test_words_stand_around_the_picture(kind, tmp_path, drawn):
    ax = picture_of(
        kind, 7, folder=tmp_path, title="Leverage", caveats=["Read with care."], source="Source: x."
    )
    words = texts(drawn(ax))
    assert "SIMULATED DATA" in words
    assert "Read with care." in words
    assert "Source: x." in words
    unit = {"ranks": "Leverage", "lorenz": "Leverage (%)"}.get(kind, f"Leverage ({RATIO})")
    assert unit in words


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_without_rows_says_so(kind, squares, drawn):
    empty = pd.DataFrame(
        columns=["label", "value", "size", "rank", "lower", "upper", "before", "after", "kind"]
    ).assign(panel=[], region=[], population_share=[], money_share=[])
    curves = funnel_parts(1)[1]
    draw = {
        "forest": partial(forest, unit=RATIO),
        "ranks": ranks,
        "dumbbell": partial(dumbbell, unit=RATIO),
        "waterfall": partial(waterfall, unit=RATIO),
        "funnel": partial(funnel, limits=curves, unit=RATIO),
        "lorenz": lorenz,
        "multiples": partial(small_multiples, unit=RATIO),
        "tiles": partial(tile_map, unit=RATIO),
        "countries": partial(tile_map, unit=RATIO),
        "shapes": partial(region_map, shapes=squares, unit=RATIO),
    }
    ax = drawn(draw[kind](empty, title="Leverage"))
    assert any(text.startswith("No ") for text in texts(ax))


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_draw_on_the_axes_they_are_given(kind, tmp_path):
    figure, axes = plt.subplots(figsize=(9, 7), layout="constrained")
    if kind == "multiples":
        axes.remove()
        ax = small_multiples(panels(3), title="Leverage", unit=RATIO, figure=figure)
        assert ax.get_figure() is figure
        assert len(figure.axes) == 3
    else:
        ax = picture_of(kind, 7, folder=tmp_path, ax=axes, caveats=["Care."], title="Leverage")
        assert ax is axes
        assert figure.axes == [axes]
        assert any("Leverage" in text for text in texts(ax))
    plt.close(figure)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_input_gives_the_same_bytes(kind, tmp_path, drawn):
    first, second = (
        figure_bytes(drawn(picture_of(kind, 7, folder=tmp_path)), format="svg") for _ in range(2)
    )
    assert first == second


def test_pictures_leave_their_input_alone(drawn, squares):
    frame, limits = funnel_parts(7)
    cases = [
        (estimates(7), partial(forest, title="a", unit=RATIO)),
        (rank_sets(7), partial(ranks, title="a")),
        (two_times(7), partial(dumbbell, title="a", unit=RATIO)),
        (gap(3), partial(waterfall, title="a", unit=RATIO)),
        (frame, partial(funnel, limits=limits, title="a", unit=RATIO)),
        (limits.curves, lambda _: funnel(frame, limits=limits, title="a", unit=RATIO)),
        (shares(2), partial(lorenz, title="a")),
        (panels(3), partial(small_multiples, title="a", unit=RATIO)),
        (mapped(["it", "GR"]), partial(tile_map, title="a", unit=RATIO)),
        (mapped(ITALY), partial(region_map, shapes=squares, title="a", unit=RATIO)),
    ]
    for given, draw in cases:
        before = given.copy(deep=True)
        drawn(draw(given))
        pd.testing.assert_frame_equal(given, before)


def test_a_missing_column_is_named():
    with pytest.raises(SchemaError, match="no column value"):
        forest(pd.DataFrame({"label": ["A"]}), title="a", unit=RATIO)
    with pytest.raises(SchemaError, match="money_share"):
        lorenz(pd.DataFrame({"label": ["A"], "population_share": [1.0]}), title="a")


def test_text_in_a_column_of_numbers_is_an_error():
    frame = pd.DataFrame({"label": ["A"], "value": ["1,5"]})
    with pytest.raises(SchemaError, match="value of this picture holds '1,5'"):
        forest(frame, title="a", unit=RATIO)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, np.inf])
def test_what_is_missing_or_infinite_is_not_known(missing, drawn):
    frame = pd.DataFrame({"label": ["A", None], "value": [1.5, missing]}, dtype="object")
    ax = drawn(forest(frame, title="a", unit=RATIO))
    assert row_labels(ax) == ["A", "not known"]
    assert texts(ax).count("not known") == 3  # the name, in the drawing, as value


# --- numbers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("digits", "value", "text"),
    [
        (Digits(unit=RATIO, decimals=2), 0.003, "0.0030"),
        (Digits(unit=RATIO, decimals=2), -1.2e-7, "−1.2e−07"),
        (Digits(unit=RATIO, decimals=3, adding=True), -0.0001, "0.000"),
        (Digits(unit="EUR", short=True), -2.5e9, "−2.5 bn"),
        (Digits(unit="EUR", short=True), 1e17, "1.0e+05 T"),
        (Digits(unit="share", decimals=1), 0.4567, "45.7 %"),
        (Digits(unit="EUR"), float("nan"), "not known"),
    ],
)
def test_digits_of_one_value(digits, value, text):
    assert digits.value(value) == text


def test_digits_of_an_interval():
    digits = Digits(unit="share", decimals=1)
    assert digits.span(0.1, 0.25) == "10.0 to 25.0 %"
    assert digits.span(-0.1, 0.25, change=True) == "−10.0 to 25.0 pp"
    assert digits.span(0.1, float("nan")) == "at least 10.0 %"
    assert digits.span(float("nan"), 0.1) == "at most 10.0 %"
    assert digits.span(float("nan"), float("nan")) == "not known"


# --- forest --------------------------------------------------------------------------


def test_a_forest_ends_with_the_overall_value_and_the_prediction_interval(drawn):
    pooled = Pooled(1.7, 1.5, 1.9, prediction=(0.6, 2.8))
    ax = drawn(forest(estimates(2), title="Leverage", unit=RATIO, overall=pooled))
    assert row_labels(ax) == ["Region 0", "Region 1", "Overall", "Prediction interval"]
    (diamond,) = ax.patches
    assert diamond.get_xy()[:, 0].tolist() == [1.5, 1.7, 1.9, 1.7, 1.5]
    assert "0.60 to 2.80" in texts(ax)
    assert any(line.get_linestyle() == ":" and line.get_xdata()[0] == 1.7 for line in ax.lines)


def test_a_forest_without_pooling_has_only_its_groups(drawn):
    ax = drawn(forest(estimates(2), title="Leverage", unit=RATIO))
    assert row_labels(ax) == ["Region 0", "Region 1"]
    assert not ax.patches
    assert "iamond" not in shown(ax)


def test_an_overall_value_without_an_interval_is_a_marker(drawn):
    ax = drawn(forest(estimates(2), title="a", unit=RATIO, overall=Pooled(1.7, label="Mean")))
    assert row_labels(ax)[-1] == "Mean"
    assert [line.get_marker() for line in ax.lines].count("D") == 1
    assert not ax.patches


def test_dots_and_intervals_stand_at_their_values(drawn):
    frame = pd.DataFrame({"label": ["A"], "value": [1.5], "lower": [1.0], "upper": [2.5]})
    ax = drawn(forest(frame, title="a", unit=RATIO))
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [dot.get_xdata().tolist() for dot in dots] == [[1.5]]
    assert ax.lines[0].get_xdata().tolist() == [1.0, 2.5]


def test_a_suppressed_value_is_called_so(drawn):
    ax = drawn(forest(estimates(4), title="a", unit=RATIO))
    assert texts(ax).count("suppressed") == 3  # in the drawing, as value, as interval
    assert f"Region 2: {SUPPRESSED}." in texts(ax)


def test_an_interval_far_too_long_ends_in_arrows_and_keeps_its_numbers(drawn):
    frame = estimates(7)
    frame.loc[4, ["lower", "upper"]] = [-900.0, 900.0]
    ax = drawn(forest(frame, title="a", unit=RATIO))
    low, high = ax.get_xlim()
    assert -20 < low < high < 20
    assert [line.get_marker() for line in ax.lines if line.get_marker() in "<>"] == ["<", ">"]
    assert "−900.00 to 900.00" in texts(ax)
    assert "goes on beyond the axis" in shown(ax)


def test_an_open_interval_has_one_arrow(drawn):
    frame = pd.DataFrame({"label": ["A", "B"], "value": [1.0, 2.0], "lower": [0.5, 1.5]})
    ax = drawn(forest(frame.assign(upper=[1.5, np.nan]), title="a", unit=RATIO))
    assert [line.get_marker() for line in ax.lines if line.get_marker() in "<>"] == [">"]
    assert "at least 1.50" in texts(ax)


def test_zero_is_marked_where_values_lie_on_both_sides(drawn):
    frame = pd.DataFrame({"label": ["A", "B"], "value": [-1.0, 2.0]})
    ax = drawn(forest(frame, title="a", unit=RATIO))
    assert any(list(line.get_xdata()) == [0, 0] for line in ax.lines)


def test_span_holds_intervals_alone():
    assert marks.span_of([float("nan")], [(1.0, 2.0)]) == (1.0, 2.0)
    assert marks.span_of([], []) is None


# --- ranks ---------------------------------------------------------------------------


def test_a_rank_is_never_shown_without_its_set(drawn):
    frame = rank_sets(12)
    frame.loc[4, ["lower", "upper"]] = np.nan
    frame.loc[4, "note"] = "one operation: no standard error"
    ax = drawn(ranks(frame, title="Rank by leverage"))
    words = texts(ax)
    assert "3rd to 10th of 12" in words
    assert "6th" in words
    assert "5th" not in words
    assert "Region 4: one operation: no standard error." in words
    assert not [line for line in ax.lines if list(line.get_xdata()) == [5.0]]


def test_rank_one_is_on_the_left_and_the_last_rank_is_numbered(drawn):
    ax = drawn(ranks(rank_sets(12), title="Rank"))
    assert ax.get_xlim() == (0.5, 12.5)
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert labels[0] == "1"
    assert labels[-1] == "12"


def test_the_set_for_all_groups_is_thin_and_that_for_one_is_thick(drawn):
    frame = pd.DataFrame({"label": ["A"], "rank": [5], "lower": [3], "upper": [11]})
    ax = drawn(ranks(frame.assign(marginal_lower=4, marginal_upper=7), title="Rank"))
    assert ax.lines[0].get_xdata().tolist() == [3, 11]
    (bar,) = ax.patches
    assert bar.get_x() < 4 < 7 < bar.get_x() + bar.get_width()
    assert "3rd to 11th of 11" in texts(ax)
    ax = drawn(ranks(frame, title="Rank"))
    assert not ax.patches
    assert "hick" not in shown(ax)


# --- dumbbell ------------------------------------------------------------------------


def test_a_dumbbell_has_an_open_and_a_filled_circle(drawn):
    frame = pd.DataFrame({"label": ["A"], "before": [1.0], "after": [1.5]})
    ax = drawn(dumbbell(frame, title="a", unit=RATIO, periods=("2017", "2018")))
    circles = [line for line in ax.lines if line.get_marker() == "o"]
    assert [circle.get_xdata()[0] for circle in circles] == [1.0, 1.5]
    assert circles[0].get_markerfacecolor() != circles[1].get_markerfacecolor()
    assert "1.00 → 1.50" in texts(ax)
    assert "Open circle: 2017; filled circle: 2018." in texts(ax)


def test_a_time_without_a_value_is_said(drawn):
    frame = two_times(3)
    frame.loc[0, "before"] = np.nan
    frame.loc[1, ["before", "after"]] = np.nan
    frame.loc[1, "note"] = SUPPRESSED
    ax = drawn(dumbbell(frame, title="a", unit=RATIO))
    words = texts(ax)
    assert "?" in words
    assert any(text.startswith("not known → ") for text in words)
    assert words.count("suppressed") == 2


# --- waterfall -----------------------------------------------------------------------


def bars(ax):
    return [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]


def test_each_part_begins_where_the_last_one_ended(drawn):
    frame = pd.DataFrame({"label": list("ABCD"), "kind": ["start", "part", "part", "end"]})
    ax = drawn(waterfall(frame.assign(value=[1.0, 0.5, -0.2, 1.3]), title="a", unit=RATIO))
    assert bars(ax) == [(0, 1.0), (1.0, 1.5), (1.5, pytest.approx(1.3)), (0, 1.3)]
    assert [bar.get_hatch() for bar in ax.patches] == [None, "", "////", None]
    assert texts(ax).count("The parts lead") == 0
    assert ax.get_xlim()[0] == 0


def test_the_axis_of_small_parts_does_not_start_at_zero_and_says_so(drawn):
    frame = pd.DataFrame({"label": list("ABC"), "kind": ["start", "part", "end"]})
    ax = drawn(waterfall(frame.assign(value=[100.0, 1.0, 101.0]), title="a", unit=RATIO))
    assert ax.get_xlim()[0] > 90
    assert bars(ax) == [(100.0, 101.0)]  # no bar from a zero that is not there
    assert "the axis does not start at zero" in shown(ax)


def test_parts_that_do_not_reach_the_end_are_reported(drawn):
    frame = pd.DataFrame({"label": list("ABC"), "kind": ["start", "part", "end"]})
    ax = drawn(waterfall(frame.assign(value=[1.0, 0.5, 1.7]), title="a", unit=RATIO))
    assert "The parts lead to 1.500, not to the 1.700 that is given." in texts(ax)
    ax = drawn(waterfall(frame.assign(value=[1.0, np.nan, 1.7]), title="a", unit=RATIO))
    assert "A part is not known: the bars do not lead all the way to the end." in texts(ax)
    assert "not known" in texts(ax)


def test_parts_of_a_share_are_percentage_points(drawn):
    frame = pd.DataFrame({"label": list("ABC"), "kind": ["start", "part", "end"]})
    ax = drawn(waterfall(frame.assign(value=[0.4, 0.025, 0.425]), title="a", unit="share"))
    assert {"40.00 %", "+2.50 pp", "42.50 %", "pp = percentage points."} <= set(texts(ax))


def test_an_unknown_kind_of_part_names_the_offers():
    frame = pd.DataFrame({"label": ["A"], "kind": ["total"], "value": [1.0]})
    with pytest.raises(SchemaError, match=r"'total'.*start, part, end"):
        waterfall(frame, title="a", unit=RATIO)


# --- funnel --------------------------------------------------------------------------


def test_points_beyond_the_limits_are_named_and_marked(drawn):
    curves = pd.DataFrame({"size": [1.0, 100.0], "lower95": 0.5, "upper95": 1.5})
    limits = Limits(overall=1.0, curves=curves.assign(lower998=0.2, upper998=1.8))
    frame = pd.DataFrame({"label": list("ABCD"), "value": [1.0, 1.6, 0.1, None], "size": 50})
    ax = drawn(funnel(frame, limits=limits, title="a", unit=RATIO))
    words = texts(ax)
    assert {"B: 1.60", "C: 0.10", "Not drawn: D (not known)."} <= set(words)
    assert "A: 1.00" not in words
    held = {line.get_marker(): list(line.get_ydata()) for line in ax.lines}
    assert (held["o"], held["D"], held["s"]) == ([1.0], [1.6], [0.1])


def test_names_that_find_no_room_are_listed_below(drawn):
    frame, limits = funnel_parts(100, spread=6)
    ax = drawn(funnel(frame, limits=limits, title="a", unit=RATIO))
    named = [text for text in texts(ax) if text.startswith("Region ") and ": " in text]
    assert len(named) == sidenotes.capacity(290)
    assert "Beyond the limits as well: " in shown(ax)


def test_a_funnel_without_limits_shows_its_points(drawn):
    frame, limits = funnel_parts(5)
    limits = Limits(overall=float("nan"), curves=limits.curves.head(0))
    ax = drawn(funnel(frame, limits=limits, title="a", unit=RATIO))
    assert "imits" not in shown(ax)


def test_sidenotes_keep_apart_and_inside():
    found = sidenotes.places([50.0] * 5, [12.0] * 5, room=100.0)
    assert all(b - a >= 12 for a, b in pairwise(found))
    assert found[0] >= 6
    assert found[-1] <= 94


# --- Lorenz --------------------------------------------------------------------------


def test_a_lorenz_curve_is_named_on_a_point_of_its_own(drawn):
    ax = drawn(lorenz(shares(2), title="a", population="beneficiaries", money="EU money"))
    words = texts(ax)
    assert {"Region 0", "Region 1", "equal shares", "share of EU money"} <= set(words)
    assert ax.get_xlabel() == "share of beneficiaries"
    assert list(ax.lines[0].get_xdata()) == [0, 1]  # the line of equality


def test_points_of_a_curve_are_put_in_order(drawn):
    frame = shares(1)
    first, second = (
        drawn(lorenz(rows, title="a")).lines[1].get_xdata().tolist()
        for rows in (frame, frame.iloc[::-1])
    )
    assert first == second == sorted(first)


def test_of_many_curves_the_extremes_are_named(drawn):
    ax = drawn(lorenz(shares(25), title="a"))
    assert len([text for text in texts(ax) if text.startswith("Region ")]) == 4
    assert "named: the 2 least and the 2 most even of 25 curves" in shown(ax)


def test_a_group_without_a_curve_is_said(drawn):
    lone = pd.DataFrame({"label": ["B"], "population_share": [None], "money_share": [None]})
    ax = drawn(lorenz(pd.concat([shares(1), lone.assign(note=SUPPRESSED)]), title="a"))
    assert {"No curve, not known: B.", f"B: {SUPPRESSED}."} <= set(texts(ax))


# --- small multiples -----------------------------------------------------------------


def test_panels_share_rows_and_scale_and_missing_ones_are_said(drawn):
    frame = panels(3, mechanisms=("Grants", "Loans"))
    frame = frame[(frame["panel"] != "Loans") | (frame["label"] != "Region 1")]
    ax = drawn(small_multiples(frame, title="a", unit=RATIO, panels=["Loans", "Equity", "Grants"]))
    held = all_axes(ax)
    titles = [one.get_title(loc="left") for one in held]
    assert titles == ["Loans", "Equity: no data", "Grants"]
    assert len({one.get_xlim() for one in held}) == len({one.get_ylim() for one in held}) == 1
    assert texts(ax).count("no data") == 1
    assert row_labels(ax) == ["Region 0", "Region 1", "Region 2"]


def test_a_note_that_holds_in_all_panels_is_said_once(drawn):
    frame = panels(4).assign(note=lambda rows: rows["note"].where(rows["value"].isna(), ""))
    frame.loc[0, "note"] = "one call"
    words = texts(drawn(small_multiples(frame, title="a", unit=RATIO)))
    assert f"Region 2: {SUPPRESSED}." in words
    assert "Region 0 (Grants): one call." in words


def test_small_multiples_fill_a_part_of_a_figure():
    figure = plt.figure(figsize=(9, 5), layout="constrained")
    left, right = figure.subfigures(1, 2)
    ax = small_multiples(panels(3), title="Leverage", unit=RATIO, simulated=True, figure=right)
    assert ax in right.axes
    assert not left.axes
    assert right.get_suptitle().startswith("SIMULATED DATA")
    plt.close(figure)


# --- maps ----------------------------------------------------------------------------


def test_no_two_countries_share_a_tile():
    places = [(country.column, country.row) for country in tiles.countries().values()]
    assert len(set(places)) == len(places)
    assert len(EUROPE) == 30


@pytest.mark.parametrize("width", [284.0, 488.0])
@pytest.mark.parametrize("codes", [EUROPE, ITALY, region_codes(100), ["IT", "ITH5"], ["XX1"]])
def test_tiles_lie_apart_and_on_the_sheet(codes, width):
    grid = tiles.layout(codes, width=width)
    spots = list({**grid.tiles, **grid.empty}.values())
    assert set(grid.tiles) == set(codes)
    assert all(0 <= x <= width - grid.width + 1e-6 for x, _ in spots)
    assert all(0 <= y <= grid.bottom - grid.height + 1e-6 for _, y in spots)
    for place, (x, y) in enumerate(spots):
        assert not any(
            abs(x - a) < grid.width and abs(y - b) < grid.height for a, b in spots[:place]
        )


def test_a_country_map_shows_countries_without_a_value_as_empty(drawn):
    frame = pd.DataFrame({"region": ["gr", "GB"], "label": ["Greece", "UK"], "value": [1.0, 2.0]})
    ax = drawn(tile_map(frame, title="a", unit=RATIO))
    words = texts(ax)
    assert {"EL", "UK", "1.00", "2.00", "FR", "not part of this picture"} <= set(words)
    assert "GR" not in words
    assert "Tiles stand about where the countries lie" in shown(ax)


def test_a_region_map_of_tiles_says_that_places_mean_nothing(drawn):
    ax = drawn(tile_map(mapped(["ITH5", "BG31", "ITC4"]), title="a", unit=RATIO))
    words = texts(ax)
    assert {"Italy", "Bulgaria", "ITH5", "Name of ITH5"} <= set(words)
    assert "in the order of their codes, not where the regions lie" in shown(ax)


def test_missing_and_suppressed_regions_are_hatched_and_named(drawn, squares):
    frame = mapped(ITALY[:4])
    frame.loc[[0, 1], "value"] = np.nan
    frame.loc[1, "note"] = SUPPRESSED
    for ax in (
        tile_map(frame, title="a", unit=RATIO),
        region_map(frame, shapes=squares, title="a", unit=RATIO),
    ):
        hatches = {patch.get_hatch() for patch in drawn(ax).patches}
        assert {"////", "xxxx", None} <= hatches
        assert {"not known", "suppressed"} <= set(texts(ax))
        assert "hatched: not known or suppressed" in shown(ax)


def test_rows_without_a_code_are_said(drawn):
    frame = pd.DataFrame({"region": ["IT", None], "label": ["Italy", "Unplaced"], "value": 1.0})
    ax = drawn(tile_map(frame, title="a", unit=RATIO))
    assert "Not on the map, no region code: Unplaced." in texts(ax)


def test_a_code_in_two_rows_is_an_error():
    with pytest.raises(SchemaError, match="EL in more than one row"):
        tile_map(mapped(["EL", "GR"]), title="a", unit=RATIO)


def test_classes_are_few_full_and_cover_all_values():
    values = [*np.random.default_rng(7).lognormal(0, 3, 100), float("nan")]
    found = classes.classes_for(values, digits=Digits(decimals=2))
    labels = [found.fill(value, missing="not known").label for value in values]
    assert len(found.fills) == 5
    assert all(15 <= labels.count(fill.label) <= 25 for fill in found.fills)
    assert labels[-1] == "not known"


def test_classes_differ_in_lightness():
    found = classes.classes_for(range(50), digits=Digits())
    weights = np.array([0.299, 0.587, 0.114])
    lightness = [float(weights @ to_rgb(fill.color)) for fill in found.fills]
    steps = -np.diff(lightness)
    assert (steps > 0.1).all()
    for fill, light in zip(found.fills, lightness, strict=True):
        assert abs(light - float(weights @ to_rgb(fill.ink))) > 0.35


def test_shapes_of_the_same_level_without_a_row_are_white(drawn, squares):
    ax = drawn(region_map(mapped(ITALY[:20]), shapes=squares, title="a", unit=RATIO))
    white = [patch for patch in ax.patches if patch.get_facecolor()[:3] == (1.0, 1.0, 1.0)]
    assert len(white) == 2
    assert "not part of this picture" in texts(ax)


def test_a_hole_stays_a_hole(squares):
    held = shapes.read_shapes(squares)
    outer, hole = held[ITALY[1]].polygons[0]
    assert shapes.area(outer) > 0 > shapes.area(hole)
    spot = shapes.label_spot(held[ITALY[1]], width=0.5, height=0.1)
    assert spot[1] > 37.4, "a name stands above the hole, not on it"


def test_metres_and_degrees_are_told_apart(tmp_path, squares):
    metres = shapes.read_shapes(write_geojson(tmp_path / "m.geojson", ITALY, metres=True))
    degrees = shapes.read_shapes(squares)
    for held, wanted in ((metres, 1.0), (degrees, 1.3)):
        found = list(held.values())
        assert shapes.stretch(shapes.box(found), found) == pytest.approx(wanted, abs=0.1)


def test_regions_overseas_do_not_shrink_the_map(tmp_path):
    path = write_geojson(tmp_path / "a.geojson", ["FR10"])
    content = json.loads(path.read_text())
    far = [[[-61, 14], [-60, 14], [-60, 15], [-61, 14]]]
    near = content["features"][0]["geometry"]["coordinates"]
    content["features"][0]["geometry"] = {"type": "MultiPolygon", "coordinates": [near, far]}
    path.write_text(json.dumps(content))
    assert shapes.box(shapes.read_shapes(path).values()) == (7.0, 8.0, 37.0, 38.0)


def test_a_name_is_written_only_where_it_fits():
    square = shapes.Shape(code="A", polygons=((np.array([[0, 0], [4, 0], [4, 4], [0, 4.0]]),),))
    assert shapes.label_spot(square, width=3, height=1) == (2.0, 2.0)
    assert shapes.label_spot(square, width=5, height=1) is None
    thin = shapes.Shape(code="B", polygons=((np.array([[0, 0], [9, 0], [9, 0.5], [0, 0.5]]),),))
    assert shapes.label_spot(thin, width=3, height=1) is None


def test_regions_without_a_shape_are_said(drawn, squares):
    ax = drawn(region_map(mapped(["ITC1", "XX99"]), shapes=squares, title="a", unit=RATIO))
    assert "No shape in the file for: XX99." in texts(ax)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "no JSON"),
        ("[]", "it is a list"),
        ('{"type": "Topology"}', r"Topology.*GeoJSON"),
        ('{"type": "FeatureCollection", "features": []}', "no polygon with a code"),
        ('{"features": [1]}', "no polygons"),
        (
            '{"features": [{"properties": {"NUTS_ID": "IT"}, "geometry": '
            '{"type": "Polygon", "coordinates": [[["a", "b"]]]}}]}',
            "no polygons",
        ),
        (
            '{"features": [{"id": "PL", "geometry": '
            '{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}}]}',
            r"none of the regions ITC1.*has PL.*NUTS level",
        ),
    ],
)
def test_an_unusable_file_of_shapes_says_what_is_wrong(content, message, tmp_path):
    path = tmp_path / "shapes.geojson"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        region_map(mapped(["ITC1"]), shapes=path, title="a", unit=RATIO)


def test_a_file_of_shapes_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(DifassError, match="absent"):
        region_map(mapped(["ITC1"]), shapes=tmp_path / "absent.geojson", title="a", unit=RATIO)
