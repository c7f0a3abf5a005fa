"""Gaps taken apart into composition and rates: worked tables, invariants, errors, edges."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difass_analysis as da
from difass_analysis.comparison import contrasts
from difass_analysis.comparison.decomposition import decompose
from difass_analysis.comparison.factors import Sums, gap_parts, margins_of
from difass_analysis.display.pictures import close
from difass_analysis.errors import IndicatorError, UsageError
from tests.tables import assert_shows, frame_of

LEVERAGE = "private_per_public"


def programme_of(text):
    """A programme whose operations are the rows of a text table; each is a beneficiary."""
    frame = frame_of(text)
    if "operation_id" not in frame:
        frame.insert(0, "operation_id", [f"op{number}" for number in range(len(frame))])
    return da.Programme.from_frames(operations=frame)


@pytest.fixture(scope="module")
def simulated():
    return da.simulate(seed=1, panel_firms=200)


def sums_of(found, group):
    rows = found.frame[(found.frame["row"] == "all") & (found.frame[found.by[0]] == group)]
    return dict(zip(rows["effect"], rows["value"], strict=True))


# --- worked tables -------------------------------------------------------------------

TWO_BY_TWO = """
region | mechanism | public_amount | private_amount
N      | fair      | 60            | 30
N      | loan      | 40            | 40
S      | fair      | 20            | 8
S      | loan      | 80            | 48
"""


def test_two_regions_two_mechanisms():
    # N: 70/100 = 0.70, S: 56/100 = 0.56; the gap is 0.14.
    # Shares  fair 0.6 and 0.2, loan 0.4 and 0.8; rates fair 0.5 and 0.4, loan 1.0 and 0.6.
    # composition fair (0.6-0.2)(0.5+0.4)/2 = 0.18, loan (0.4-0.8)(1.0+0.6)/2 = -0.32
    # rate        fair (0.6+0.2)/2(0.5-0.4) = 0.04, loan (0.4+0.8)/2(1.0-0.6) =  0.24
    found = decompose(programme_of(TWO_BY_TWO), LEVERAGE, by="region", over="mechanism", group="N")
    assert_shows(
        found.frame,
        """
        row      | mechanism | effect      | share | share_against | rate | rate_against | value
        category | fair      | composition | 0.6   | 0.2           | 0.5  | 0.4          | 0.18
        category | fair      | rate        | 0.6   | 0.2           | 0.5  | 0.4          | 0.04
        category | fair      | total       | 0.6   | 0.2           | 0.5  | 0.4          | 0.22
        category | loan      | composition | 0.4   | 0.8           | 1.0  | 0.6          | -0.32
        category | loan      | rate        | 0.4   | 0.8           | 1.0  | 0.6          | 0.24
        category | loan      | total       | 0.4   | 0.8           | 1.0  | 0.6          | -0.08
        all      |           | composition |       |               |      |              | -0.14
        all      |           | rate        |       |               |      |              | 0.28
        all      |           | gap         |       |               | 0.70 | 0.56         | 0.14
        """,
    )


def test_a_category_of_one_region_is_neither_composition_nor_rate():
    # N: (30+50)/100 = 0.8, S: 40/100 = 0.4. Common: fair, share 0.5 and 1.0, rate 0.6 and 0.4.
    # composition (0.5-1.0)(0.6+0.4)/2 = -0.25, rate (0.5+1.0)/2(0.6-0.4) = 0.15, and
    # loan is found in N only: 0.5 x 1.0 = 0.5. Together 0.4.
    found = decompose(
        programme_of(
            """
            region | mechanism | public_amount | private_amount
            N      | fair      | 50            | 30
            N      | loan      | 50            | 50
            S      | fair      | 100           | 40
            """
        ),
        LEVERAGE,
        by="region",
        over="mechanism",
        against="S",
    )
    assert_shows(
        found.frame[found.frame["effect"] != "total"],
        """
        row      | mechanism | effect      | share | share_against | rate | rate_against | value
        category | fair      | composition | 0.5   | 1.0           | 0.6  | 0.4          | -0.25
        category | fair      | rate        | 0.5   | 1.0           | 0.6  | 0.4          | 0.15
        category | loan      | only_here   | 0.5   | 0.0           | 1.0  |              | 0.50
        all      |           | composition |       |               |      |              | -0.25
        all      |           | rate        |       |               |      |              | 0.15
        all      |           | only_here   |       |               |      |              | 0.50
        all      |           | gap         |       |               | 0.8  | 0.4          | 0.40
        """,
    )


def test_a_numerator_without_denominator_has_a_row_of_its_own():
    # N: (30+10)/100 = 0.4 of which 0.1 is private money where no public money is; S: 0.5.
    found = decompose(
        programme_of(
            """
            region | mechanism | public_amount | private_amount
            N      | fair      | 100           | 30
            N      | advice    | 0             | 10
            S      | fair      | 100           | 50
            """
        ),
        LEVERAGE,
        by="region",
        over="mechanism",
        group="N",
    )
    assert_shows(
        found.frame[found.frame["row"] == "all"],
        """
        effect         | value
        composition    | 0.0
        rate           | -0.2
        no_denominator | 0.1
        gap            | -0.1
        """,
    )


def shapley_by_hand(here, there, columns):
    """Effects by brute force: geometric mean over nestings, mean over orders of passing."""

    def factors(side):
        cells = {cell: x for cell, (_, x) in side.items()}

        def total(cell, chosen):
            return sum(x for c, x in cells.items() if all(c[i] == cell[i] for i in chosen))

        result = {}
        for cell in cells:
            logs = np.zeros(columns)
            orders = list(permutations(range(columns)))
            for order in orders:
                for place, column in enumerate(order):
                    before = order[:place]
                    share = total(cell, (*before, column)) / total(cell, before)
                    logs[column] += np.log(share) / len(orders)
            y, x = side[cell]
            result[cell] = [*np.exp(logs), y / x]
        return result

    ours, theirs = factors(here), factors(there)
    effects = np.zeros(columns + 1)
    orders = list(permutations(range(columns + 1)))
    for cell in here:
        for order in orders:
            now = list(theirs[cell])
            for factor in order:
                before = np.prod(now)
                now[factor] = ours[cell][factor]
                effects[factor] += (np.prod(now) - before) / len(orders)
    return effects


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_several_columns_are_the_average_over_all_orders(columns):
    rng = np.random.default_rng(columns)
    cells = [tuple(cell) for cell in np.ndindex(*[3, 2, 2][:columns])]
    sides = [{cell: tuple(rng.lognormal(size=2)) for cell in cells} for _ in range(2)]
    margins = margins_of(pd.DataFrame(cells, columns=list("abc")[:columns]))
    sums = [
        Sums(y=np.array([s[c][0] for c in cells]), x=np.array([s[c][1] for c in cells]))
        for s in sides
    ]
    found = gap_parts(*sums, margins, derive=False).effects.sum(axis=1)
    assert found[: columns + 1] == pytest.approx(shapley_by_hand(*sides, columns), rel=1e-12)
    assert not found[columns + 1 :].any()


def test_derivatives_of_all_parts():
    rng = np.random.default_rng(3)
    cells = pd.DataFrame([(a, b) for a in "xyz" for b in "pq"], columns=["a", "b"])
    margins, size = margins_of(cells), len(cells)
    here, there = rng.lognormal(size=(2, 2 * size))
    here[size + 1] = here[1] = 0  # a category of the other side only
    there[size + 2] = 0  # a numerator without denominator

    def parts(one, other):
        sides = (Sums(y=v[:size], x=v[size:]) for v in (one, other))
        return gap_parts(*sides, margins)

    exact = parts(here, there)
    for place in range(2 * size):
        step = np.zeros(2 * size)
        step[place] = 1e-6
        if here[place]:
            slope = (parts(here + step, there).effects - parts(here - step, there).effects) / 2e-6
            assert slope == pytest.approx(exact.here[:, :, place], abs=1e-7)
        if there[place]:
            slope = (parts(here, there + step).effects - parts(here, there - step).effects) / 2e-6
            assert slope == pytest.approx(exact.there[:, :, place], abs=1e-7)


# --- invariants ----------------------------------------------------------------------

amounts = st.floats(0, 1e6).map(lambda value: round(value, 2))
tables = st.lists(
    st.tuples(
        st.sampled_from("NSE"), st.sampled_from("abc"), st.sampled_from("pq"), amounts, amounts
    ),
    min_size=2,
    max_size=14,
).filter(lambda rows: all(sum(r[3] for r in rows if r[0] == region) > 1 for region in "NS"))
slow = settings(max_examples=6, deadline=None)


def frame_from(rows):
    names = ["region", "mechanism", "fund", "public_amount", "private_amount"]
    frame = pd.DataFrame(rows, columns=names)
    frame["operation_id"] = [f"op{number}" for number in range(len(frame))]
    return frame


def decomposed(frame, **options):
    chosen = {"by": "region", "over": ["mechanism", "fund"], "group": "N"} | options
    return decompose(da.Programme.from_frames(operations=frame), LEVERAGE, **chosen).frame


@slow
@given(tables)
def test_parts_add_up_to_the_gap(rows):
    frame = decomposed(frame_from(rows))
    gap = frame[frame["effect"] == "gap"].iloc[0]
    size = abs(gap["rate"]) + abs(gap["rate_against"]) + frame["value"].abs().max()
    assert gap["value"] == pytest.approx(gap["rate"] - gap["rate_against"], abs=1e-9 * size)
    is_category, is_total = frame["row"] == "category", frame["effect"] == "total"
    for kept in (is_category & ~is_total, is_total, ~is_category & (frame["effect"] != "gap")):
        assert frame.loc[kept, "value"].sum() == pytest.approx(gap["value"], abs=1e-9 * size)


@slow
@given(tables)
def test_the_other_way_round_is_the_negative(rows):
    swap = {"only_here": "only_there", "only_there": "only_here"}
    one = decomposed(frame_from(rows), against="S")
    other = decomposed(frame_from(rows), group="S", against="N")
    other["effect"] = other["effect"].replace(swap)
    keys = ["row", "mechanism", "fund", "effect", "factor"]
    both = one.merge(other, on=keys, suffixes=("", "_2"))
    assert len(both) == len(one) == len(other)
    size = one["value"].abs().max() + 1
    assert both["value"].to_numpy() == pytest.approx(-both["value_2"].to_numpy(), abs=1e-9 * size)
    errors = both["se"].to_numpy()
    assert errors == pytest.approx(both["se_2"].to_numpy(), rel=1e-6, abs=1e-6 * size, nan_ok=True)


@slow
@given(tables)
def test_names_of_regions_and_amounts_of_money_do_not_matter(rows):
    frame = frame_from(rows)
    plain = decomposed(frame)
    renamed = frame.assign(region=frame["region"].map({"N": "Z", "S": "M", "E": "A"}))
    doubled = frame.assign(public_amount=2 * frame["public_amount"])
    doubled["private_amount"] *= 2
    merged = frame.assign(region=frame["region"].replace("E", "S"))
    for other in (decomposed(renamed, group="Z"), decomposed(doubled), decomposed(merged)):
        for column in ("value", "se"):
            values = plain[column].to_numpy()
            size = np.nanmax(np.abs(plain["value"])) + 1
            found = other[column].to_numpy()
            assert found == pytest.approx(values, rel=1e-6, abs=1e-6 * size, nan_ok=True)


def test_the_order_of_columns_does_not_matter(simulated):
    one, other = (
        decompose(simulated, LEVERAGE, by="region", over=over, group="FRI").frame
        for over in (["mechanism", "year"], ["year", "mechanism"])
    )
    keys = ["row", "mechanism", "year", "effect", "factor"]
    both = one.merge(other, on=keys, suffixes=("", "_2"))
    assert len(both) == len(one)
    assert both["value"].to_numpy() == pytest.approx(
        both["value_2"].to_numpy(), rel=1e-9, abs=1e-12
    )


# --- against a plain computation -----------------------------------------------------


def plain_parts(frame, region, over):
    """Composition, rate, here only and there only, by pandas and the formulas of the issue."""
    here = frame["region"] == region
    sums = [
        frame[side].groupby(over)[["private_amount", "public_amount"]].sum()
        for side in (here, ~here)
    ]
    one, other = (s.rename(columns={"private_amount": "y", "public_amount": "x"}) for s in sums)
    table = one.join(other, how="outer", suffixes=("1", "0")).fillna(0.0)
    s1, s0 = table["x1"] / table["x1"].sum(), table["x0"] / table["x0"].sum()
    both = (table["x1"] > 0) & (table["x0"] > 0)
    r1, r0 = (table[f"y{i}"] / table[f"x{i}"].where(table[f"x{i}"] > 0) for i in "10")
    return {
        "composition": ((s1 - s0) * (r1 + r0) / 2)[both].sum(),
        "rate": ((s1 + s0) / 2 * (r1 - r0))[both].sum(),
        "only_here": (s1 * r1)[~both].sum(),
        "only_there": -(s0 * r0)[~both].sum(),
    }


def test_equal_to_pandas_on_simulated_data(simulated):
    frame = simulated.table("operations")
    found = decompose(simulated, LEVERAGE, by="region", over="mechanism")
    assert found.groups() == sorted(frame["region"].unique())
    for region in found.groups():
        sums = sums_of(found, region)
        wanted = plain_parts(frame, region, "mechanism")
        for effect, value in wanted.items():
            assert sums.get(effect, 0.0) == pytest.approx(value, rel=1e-9, abs=1e-12)


def jackknife_of_sums(frame, region):
    """Delete-one-beneficiary errors of the sums of all parts, by brute force."""
    names = ["composition", "rate", "only_here", "only_there"]
    table = frame.assign(here=frame["region"] == region).pivot_table(
        index="beneficiary_id",
        columns=["here", "mechanism"],
        values=["private_amount", "public_amount"],
        aggfunc="sum",
        fill_value=0.0,
    )
    mechanisms = sorted(frame["mechanism"].unique())
    wanted = [
        (side, here, name)
        for here in (True, False)
        for side in ("private_amount", "public_amount")
        for name in mechanisms
    ]
    units = table.reindex(columns=wanted, fill_value=0.0).to_numpy()

    def parts(sums):
        y1, x1, y0, x0 = sums.reshape(4, -1)
        s1, s0, both = x1 / x1.sum(), x0 / x0.sum(), (x1 > 1e-6) & (x0 > 1e-6)
        r1, r0 = (y / np.where(x > 1e-6, x, np.inf) for y, x in ((y1, x1), (y0, x0)))
        parts = [(s1 - s0) * (r1 + r0) / 2, (s1 + s0) / 2 * (r1 - r0), s1 * r1, -s0 * r0]
        return np.array([p[both if i < 2 else ~both].sum() for i, p in enumerate(parts)])

    total = units.sum(axis=0)
    changes = np.array([parts(total - unit) for unit in units]) - parts(total)
    changes = np.column_stack([changes, changes.sum(axis=1)])
    errors = np.sqrt((len(units) - 1) / len(units) * (changes**2).sum(axis=0))
    return dict(zip([*names, "gap"], errors, strict=True))


@pytest.mark.parametrize("region", ["DE9", "FRI"])
def test_linearised_errors_are_near_the_jackknife(simulated, region):
    exact = jackknife_of_sums(simulated.table("operations"), region)
    found = decompose(simulated, LEVERAGE, by="region", over="mechanism", group=region).frame
    rows = found[found["row"] == "all"].set_index("effect")
    assert "linearised" in rows.loc["gap", "method"]
    for effect in ("composition", "rate", "gap"):
        assert rows.loc[effect, "se"] == pytest.approx(exact[effect], rel=0.04)


def test_few_clusters_are_left_out_one_by_one(simulated):
    where = {"region": ["ES13", "ITF2"], "mechanism": ["workshops", "trade missions/fairs"]}
    frame = simulated.table("operations")
    for column, values in where.items():
        frame = frame[frame[column].isin(values)]
    exact = jackknife_of_sums(frame, "ES13")
    found = decompose(
        simulated, LEVERAGE, by="region", over="mechanism", group="ES13", where=where
    ).frame
    rows = found[found["row"] == "all"].set_index("effect")
    assert "jackknife by beneficiaries" in rows.loc["gap", "method"]
    assert "Only" in rows.loc["gap", "note"]
    for effect in ("composition", "rate", "gap"):
        assert rows.loc[effect, "se"] == pytest.approx(exact[effect], rel=1e-9)


def test_the_gap_is_that_of_the_contrast(simulated):
    gaps = decompose(simulated, LEVERAGE, by="region", over="mechanism").frame
    gaps = gaps[gaps["effect"] == "gap"].set_index("region")
    other = contrasts(simulated, LEVERAGE, by="region").frame.set_index("region")
    assert gaps["value"].to_numpy() == pytest.approx(other["difference"].to_numpy(), rel=1e-9)
    assert gaps["se"].to_numpy() == pytest.approx(other["difference_se"].to_numpy(), rel=1e-6)


def test_units_in_several_categories_add_up_to_the_region(simulated):
    found = decompose(simulated, "public_cost_per_sme", by="region", over="mechanism")
    measured = da.measure(simulated, indicators=["public_cost_per_sme"], by=["region"]).frame
    gaps = found.frame[found.frame["effect"] == "gap"]
    assert gaps["rate"].to_numpy() == pytest.approx(measured["value"].to_numpy(), rel=1e-9)
    assert any("split evenly" in caveat for caveat in found.caveats)


# --- edges ---------------------------------------------------------------------------


def test_one_region_is_refused():
    programme = programme_of(
        """
        region | mechanism | public_amount | private_amount
        N      | fair      | 60            | 30
        """
    )
    with pytest.raises(UsageError, match="no two different values of region"):
        decompose(programme, LEVERAGE, by="region", over="mechanism")


def test_a_region_of_one_operation_has_no_error():
    found = decompose(
        programme_of(
            """
            region | mechanism | public_amount | private_amount
            N      | fair      | 60            | 30
            S      | fair      | 20            | 8
            S      | fair      | 80            | 48
            """
        ),
        LEVERAGE,
        by="region",
        over="mechanism",
        group="N",
    )
    gap = found.frame[found.frame["effect"] == "gap"].iloc[0]
    assert gap["value"] == pytest.approx(0.5 - 0.56)
    assert np.isnan(gap["se"]) and np.isnan(gap["lower"])
    assert "rests on one operation only" in gap["note"]


def test_zero_private_money_everywhere():
    frame = frame_of(TWO_BY_TWO).assign(private_amount=0.0)
    found = decomposed(frame.assign(operation_id=list("abcd")), over="mechanism")
    assert (found["value"] == 0).all() and found["se"].isna().all()
    assert "zero on both sides" in found["note"].iloc[-1]


def test_a_region_without_denominator_has_a_note():
    found = decompose(
        programme_of(TWO_BY_TWO + "E | fair | 0 | 5\n"), LEVERAGE, by="region", over="mechanism"
    )
    rows = found.frame[found.frame["region"] == "E"]
    assert rows["effect"].tolist() == ["gap"] and rows["value"].isna().all()
    assert rows["note"].item() == "Not defined: the denominator is zero here."


def test_a_missing_region_counts_with_the_rest_and_has_no_block():
    frame = frame_of(TWO_BY_TWO)
    frame.loc[3, "region"] = None
    frame["operation_id"] = list("abcd")
    programme = da.Programme.from_frames(operations=frame)
    found = decompose(programme, LEVERAGE, by="region", over="mechanism")
    assert found.groups() == ["N", "S"]
    assert sums_of(found, "N")["gap"] == pytest.approx(0.14)
    assert "Rows whose region is not known count with the rest." in found.caveats


def test_a_missing_category_is_a_category():
    frame = frame_of(TWO_BY_TWO)
    frame["mechanism"] = frame["mechanism"].replace("loan", None)
    frame["operation_id"] = list("abcd")
    found = decomposed(frame, over="mechanism")
    rows = found[(found["row"] == "category") & (found["effect"] == "total")]
    assert rows["value"].round(9).tolist() == [0.22, -0.08]
    assert rows["mechanism"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"group": "X"}, "no group 'X'"),
        ({"against": "X"}, "no group 'X'"),
        ({"group": "N", "against": "N"}, "compared with itself"),
        ({"over": "region"}, "cannot be compared and be the categories"),
        ({"over": []}, "taken apart over one to"),
        ({"level": 95}, "not between 0 and 1"),
        ({"by": "regoin"}, "regoin"),
    ],
)
def test_wrong_use_is_refused(options, message):
    chosen = {"by": "region", "over": "mechanism"} | options
    with pytest.raises(UsageError, match=message):
        decompose(programme_of(TWO_BY_TWO), LEVERAGE, **chosen)


def test_a_total_is_refused():
    with pytest.raises(IndicatorError, match="is a total"):
        decompose(programme_of(TWO_BY_TWO), "public", by="region", over="mechanism")


# --- the picture ---------------------------------------------------------------------


def test_the_waterfall_leads_from_the_rest_to_the_region(simulated):
    found = decompose(simulated, LEVERAGE, by="region", over="mechanism")
    with pytest.raises(UsageError, match="holds 7 groups"):
        found.plot()
    ax = found.plot(group="FRI")
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[0] == "rest" and labels[-1] == "FRI"
    assert "Composition: mechanism" in labels and "Rate: workshops" in labels
    close(ax)
    assert "FRI" in repr(found) and "workshops" in found.to_table().as_raw_html()
