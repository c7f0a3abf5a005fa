"""The measuring of indicators: choose plans, run the passes, put the rows together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.errors import UsageError
from difass_analysis.indicators import (
    Indicator,
    catalogue,
    choose,
    conditions_of,
    definitions,
    restrict,
    unit_of,
)
from difass_analysis.measurement.estimates import ROW_COLUMNS, estimate
from difass_analysis.measurement.fitting import bases_of, unmet_sentences
from difass_analysis.measurement.moments import Pass, run_passes
from difass_analysis.measurement.plan import Choice, NotComputable, Plan, SeparatePlans, choose_plan
from difass_analysis.programme import Programme
from difass_analysis.programme.lookup import Lookup, refuse_unknown_groups
from difass_analysis.result import SIMULATED, IndicatorTable

PROCESS = (
    "Monitoring data are usually the whole population: the intervals speak of the process that "
    "produced them, not of sampling."
)
#: With so many clusters nominal 95 % intervals of skewed money cover the truth at least 92 times in
#: 100; with fewer they do not. Found by benchmarks/coverage.py: docs/validity.md.
ENOUGH_CLUSTERS = 1_600
#: Times in 100 that these intervals cover the truth in the worst of the simulations, by clusters.
SIMULATED_COVERAGE = {4: 68, 8: 70, 16: 75, 40: 81, 80: 85, 160: 87, 400: 89}


def measure(
    programme: Programme,
    *,
    indicators: Sequence[str] | None = None,
    by: Sequence[str] = (),
    where: Mapping[str, Sequence[str]] | None = None,
    level: float = 0.95,
) -> IndicatorTable:
    """Measure indicators of a programme, overall or by groups.

    Parameters
    ----------
    programme : Programme
        The data.
    indicators : sequence of str, optional
        Ids from the catalogue or of the programme's own; all of them without it. What cannot
        be computed is listed with its reason in ``not_computable``.
    by : sequence of str
        Columns to group by; a column of a table that rows refer to is looked up.
    where : mapping of str to sequence of str, optional
        Columns and the values that count, for example ``{"priority": ["4"]}``.
    level : float
        Level of the intervals, between 0 and 1.

    Returns
    -------
    IndicatorTable
        One row for each indicator and group. A ratio is the ratio of sums over the rows in
        which both sides are known. ``n`` is the number of independent clusters.

    Raises
    ------
    UsageError
        When an indicator, a group column or the level is not one that can be had.
    IndicatorError
        When an indicator of the programme's own is badly defined.
    InputError
        When a key that must be unique is not.

    Examples
    --------
    >>> calls = pd.DataFrame({"call_id": ["a", "b"], "year": [2017, 2018],
    ...                       "public_amount": [1.5e6, 1.5e6], "private_amount": [2e6, 1e6]})
    >>> table = measure(Programme.from_frames(calls=calls),
    ...                 indicators=["private_per_public"], by=["year"])
    >>> table.frame["value"].round(4).tolist()
    [1.3333, 0.6667]
    """
    if not 0 < level < 1:
        raise UsageError(f"level = {level} is not between 0 and 1.", todo="Give for example 0.95.")
    groups = tuple(dict.fromkeys(by))
    held = catalogue(programme.settings.indicators, where=programme.id)
    conditions = conditions_of(where)
    wanted = [restrict(indicator, conditions) for indicator in choose(held, indicators)]
    lookup = Lookup(programme)
    refuse_unknown_groups(lookup, (*groups, *conditions), bases=bases_of(wanted, lookup))
    _count_what_is_needed(wanted, lookup)
    choices = [choose_plan(indicator, lookup=lookup, by=groups) for indicator in wanted]
    done = run_passes(_plans(choices), lookup=lookup)
    frames = [
        _rows_of(choice, done, programme, level)
        for choice in choices
        if not isinstance(choice, NotComputable)
    ]
    frame = _tidy(frames, groups)
    computed = [one.indicator for one in choices if not isinstance(one, NotComputable)]
    return IndicatorTable(
        frame=frame,
        provenance=programme.provenance.made_by(
            "measure",
            {"indicators": indicators, "by": groups, "where": conditions, "level": level},
        ),
        caveats=(
            *condition_sentence(conditions),
            *unmet_sentences(programme, conditions, indicators),
            *_spellings(programme, groups),
            *_caveats(frame, computed, programme),
        ),
        by=groups,
        level=level,
        definitions=definitions(wanted, currency=programme.currency),
        not_computable=pd.DataFrame(
            [(o.indicator.id, o.reason) for o in choices if isinstance(o, NotComputable)],
            columns=["indicator", "reason"],
        ),
    )


def _count_what_is_needed(wanted: Sequence[Indicator], lookup: Lookup) -> None:
    """Count filled cells of all columns that may be used, in one query a table."""
    places = [
        place
        for indicator in wanted
        for term in (*indicator.numerator, *indicator.denominator)
        for place in term.columns
    ]
    ids = ("beneficiary_id", "beneficiary_name", "operation_id")
    lookup.count_known([*places, *(("operations", name) for name in ids)])


def _plans(choices: Sequence[Choice]) -> list[Plan]:
    plans: list[Plan] = []
    for choice in choices:
        if isinstance(choice, Plan):
            plans.append(choice)
        elif isinstance(choice, SeparatePlans):
            plans += [choice.numerator, choice.denominator]
    return plans


def _rows_of(
    choice: Plan | SeparatePlans, done: Sequence[Pass], programme: Programme, level: float
) -> pd.DataFrame:
    if isinstance(choice, SeparatePlans):
        sides = [
            _rows_of(side, done, programme, level)
            for side in (choice.numerator, choice.denominator)
        ]
        rows = _divide(sides[0], sides[1], tuple(choice.numerator.groups))
    else:
        one, number = next((one, one.plans.index(choice)) for one in done if choice in one.plans)
        rows = estimate(one, number, level=level, stated_only=_stated_only(choice, programme))
    unit = unit_of(choice.indicator, programme.currency)
    rows = rows.assign(indicator=choice.indicator.id, unit=unit)
    if choice.indicator.caveat:
        rows["note"] = (rows["note"] + " " + choice.indicator.caveat).str.strip()
    return rows


def _stated_only(plan: Plan, programme: Programme) -> str:
    """Why totals of calls carry no error: they were stated, not observed one by one."""
    if plan.base != "calls" or "facts" not in programme.tables:
        return ""
    facts = programme.table("facts")
    columns = {place[1] for term in plan.terms for place in term.columns}
    carried = facts[
        (facts["table"] == "calls") & facts["column"].isin(columns) & (facts["kind"] != "stated")
    ]
    if carried.empty:
        return ""
    names = " and ".join(_carried_sides(plan, set(carried["column"])))
    kinds = " and ".join(sorted(set(carried["kind"])))
    return (
        f"No interval: the figures of single calls for {names} are {kinds}, not observed, so "
        "nothing shows how far chance could move them."
    )


def _carried_sides(plan: Plan, columns: set[str]) -> list[str]:
    """Name the sides of an indicator that use one of the columns, as its definition does."""
    own = plan.indicator
    sides = []
    for term in plan.terms:
        label = own.numerator_label if term is plan.numerator else own.denominator_label
        used = sorted({place[1] for place in term.columns} & columns)
        plain = [name.removesuffix("_amount").replace("_", " ") for name in used]
        spelt_out = not label or label.startswith(("sum of ", "number of different "))
        sides += (plain if spelt_out else [label]) if used else []
    return list(dict.fromkeys(sides))


def _divide(top: pd.DataFrame, bottom: pd.DataFrame, groups: tuple[str, ...]) -> pd.DataFrame:
    """Divide two totals that were measured apart; there is no error to give."""
    top, bottom = top.assign(_one=1), bottom.assign(_one=1)
    merged = top.merge(bottom, on=[*groups, "_one"], how="outer", suffixes=("", "_bottom"))
    numerator, denominator = merged["numerator"], merged["numerator_bottom"]
    sentence = "No interval: numerator and denominator are counted in different tables."
    note = merged["note"].fillna("") + " " + merged["note_bottom"].fillna("")
    return merged[list(groups)].assign(
        value=numerator / denominator.where(denominator != 0),
        lower=np.nan,
        upper=np.nan,
        se=np.nan,
        n=merged["n"].fillna(0).astype("int64"),
        numerator=numerator,
        denominator=denominator,
        method="ratio of totals measured apart",
        note=(sentence + " " + note).str.strip(),
    )


def _tidy(frames: Sequence[pd.DataFrame], groups: tuple[str, ...]) -> pd.DataFrame:
    order = ["indicator", *groups, *ROW_COLUMNS[:7], "unit", *ROW_COLUMNS[7:]]
    if not frames:
        return pd.DataFrame(columns=order)
    ordered = [
        frame.sort_values(list(groups), kind="stable", na_position="last") if groups else frame
        for frame in frames
    ]
    return pd.concat(ordered, ignore_index=True)[order]


def condition_sentence(conditions: Mapping[str, Sequence[str]]) -> list[str]:
    """Say which rows alone are in the figures; nothing where all are."""
    parts = [f"{name} = {' or '.join(values)}" for name, values in conditions.items()]
    return [f"Only rows with {' and '.join(parts)}."] if parts else []


def _spellings(programme: Programme, groups: Sequence[str]) -> list[str]:
    """Say where several spellings were read as one group, and what found no place."""
    found = programme.findings.frame
    sentences = []
    for name in groups:
        mine = found[found["column"] == name]
        united = mine[mine["rule"] == "spellings_united"]["message"]
        lost = mine[mine["rule"] == "value_not_mapped"]["message"]
        sentences += [f"{name}: {message}" for message in (*united, *lost)]
    return sentences


def set_aside_rows(programme: Programme) -> list[str]:
    """Say how many rows are missing from the figures because they could not be used."""
    files = programme.findings.files
    if files.empty or not files["rejected"].sum():
        return []
    return [
        f"{row.rejected:,} of {row.read:,} rows of {row.file} ({row.table}) could not be used and "
        "are not in the figures: see difass check."
        for row in files[files["rejected"] > 0].itertuples()
    ]


def is_money_ratio(indicator: Indicator) -> bool:
    """Whether an indicator divides money, or by money: amounts are skewed, counts hardly."""
    terms = (*indicator.numerator, *indicator.denominator)
    names = [name for term in terms for _, name in term.columns]
    return indicator.is_ratio and any(name.endswith("_amount") for name in names)


def few_clusters(clusters: NDArray[np.int64]) -> list[str]:
    """Say how often intervals hold where groups rest on few clusters; nothing where none does.

    Parameters
    ----------
    clusters : array of int
        Clusters behind each interval of a ratio of skewed money.

    Examples
    --------
    >>> few_clusters(np.array([2_000, 3_000]))
    []
    """
    few = clusters[clusters < ENOUGH_CLUSTERS]
    if not len(few):
        return []
    least = int(few.min())
    studied = max((size for size in SIMULATED_COVERAGE if size <= least), default=4)
    rows = f"in {len(few):,} of {len(clusters):,} rows, {least:,} in the smallest"
    if len(clusters) == 1:
        rows = f"({least:,})"
    return [
        f"Fewer than {ENOUGH_CLUSTERS:,} clusters {rows}: in simulations with skewed money nominal "
        f"95 % intervals of that size covered {SIMULATED_COVERAGE[studied]} % in the worst case."
    ]


def _caveats(
    frame: pd.DataFrame, computed: Sequence[Indicator], programme: Programme
) -> tuple[str, ...]:
    caveats = [SIMULATED] if programme.simulated else []
    caveats += programme.caveats
    caveats += set_aside_rows(programme)
    if frame["se"].notna().any():
        caveats.append(PROCESS)
    money = [indicator.id for indicator in computed if is_money_ratio(indicator)]
    given = frame["indicator"].isin(money) & frame["se"].notna() & frame["lower"].notna()
    caveats += few_clusters(frame.loc[given, "n"].to_numpy(np.int64))
    notes = {
        term.note
        for indicator in computed
        for term in (*indicator.numerator, *indicator.denominator)
        if term.note and frame["note"].str.contains(term.note, regex=False).any()
    }
    return (*caveats, *sorted(notes))
