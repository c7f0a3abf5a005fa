"""Framework conditions of regions: a table by indicator, standardised, with what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from difass_analysis.display import condition_profiles
from difass_analysis.errors import UsageError, one_of
from difass_analysis.mechanisms.conditions_values import (
    COUNTRY,
    condition_rows,
    of_edition,
    one_year,
    refuse_mixed_versions,
    spread_values,
    unit_levels,
)
from difass_analysis.programme import Programme
from difass_analysis.reference import LEVELS
from difass_analysis.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ASSIGNED = (
    "Values marked as assigned are those of a country or a larger region, not of the region "
    "itself; two regions in it are alike on them by construction."
)
_LEVELS_DIFFER = "Regions of different levels ({levels}) are set side by side: size alone differs."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FrameworkConditions(Result):
    """Framework conditions: one row a region and indicator.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``region``, ``level``, ``nuts_version``, ``indicator``, ``year``, ``edition``, ``value``,
        ``unit``, ``assigned`` (the value is that of a larger unit), ``value_region`` and
        ``value_level`` (whose value it is), ``source``, ``z`` (standard deviations from the mean
        of the reference set; missing where the value is, or the set does not vary), ``note``.
    scales : pandas.DataFrame
        One row an indicator: ``indicator``, ``mean``, ``deviation`` and ``n`` of the reference
        set (each measured value once), ``year``, ``edition``, ``unit``, ``note``.
    completeness : pandas.DataFrame
        One row an indicator, then one a region: ``kind``, ``name``, ``known`` (own values),
        ``assigned``, ``of``, ``known_share``, ``missing`` (what is not known, by name).
    reference : str
        What the reference set is, in words.
    """

    scales: pd.DataFrame = field(default_factory=pd.DataFrame)
    completeness: pd.DataFrame = field(default_factory=pd.DataFrame)
    reference: str = ""

    @property
    def indicators(self) -> tuple[str, ...]:
        """The indicators, in the order of the table."""
        return tuple(dict.fromkeys(self.frame["indicator"]))

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions, in the order of the table."""
        return tuple(dict.fromkeys(self.frame["region"]))

    def plot(self, *, regions: Sequence[str] = (), ax: Axes | None = None) -> Axes:
        """Draw the standardised profile of up to seven regions, and return the Axes.

        Parameters
        ----------
        regions : sequence of str
            Which regions; all of them where there are no more than seven.
        ax : matplotlib.axes.Axes, optional
            Axes to draw on; a new figure is made without it.

        Raises
        ------
        UsageError
            When there are more than seven regions, or one is not in the table.
        """
        chosen = list(dict.fromkeys(regions)) or list(self.regions)
        for name in chosen:
            if name not in self.regions:
                raise one_of("region", name, list(self.regions))
        if len(chosen) > condition_profiles.MOST:
            raise UsageError(
                f"A profile of {len(chosen)} regions cannot be read.",
                todo=f"Name up to {condition_profiles.MOST}: plot(regions=[...]).",
            )
        return condition_profiles.profile(
            self.frame[self.frame["region"].isin(chosen)],
            regions=chosen,
            reference=self.reference,
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def framework_conditions(
    programme: Programme,
    *,
    indicators: Sequence[str] = (),
    regions: Sequence[str] = (),
    years: int | Mapping[str, int] | None = None,
    editions: Mapping[str, str] | None = None,
    from_above: Sequence[str] = (),
    reference: Sequence[str] = (),
) -> FrameworkConditions:
    """Answer in which conditions a measure works: indicators by region, standardised.

    Each indicator is taken from one year and one edition, the same for all regions. A value of a
    country or a larger region is given to a region only where ``from_above`` names its level, and
    is then marked in every output; so is one that stands in the region's own row with the level of
    the country.

    Parameters
    ----------
    programme : Programme
        With a table ``conditions``.
    indicators : sequence of str
        Which ones; all without it.
    regions : sequence of str
        Codes of the regions; without it all that are no countries, or else the countries.
    years : int or mapping of str to int, optional
        The year, or that of each indicator; without it the last one with a value.
    editions : mapping of str to str, optional
        Which edition of an index, where a year has several.
    from_above : sequence of {"country", "NUTS 1", "NUTS 2"}
        Levels whose values may be given to regions in them that have none, the nearest first.
    reference : sequence of str
        Codes of the reference set, over which values are standardised; all units of the same kind
        (regions, or countries) in the table without it.

    Returns
    -------
    FrameworkConditions
        ``z = (x - mean) / s`` over the reference set, with ``s`` its standard deviation (divided
        by n, as the set is no sample). Missing, with a note, where a value is not known, or the
        set has fewer than two values or does not vary.

    Raises
    ------
    InputError
        When there are no conditions, a region has two values of an indicator, an indicator has
        two units, or one code stands in two NUTS versions.
    UsageError
        When an indicator, region, level or year is not one that there is, or an indicator has
        several editions and none is named.

    Examples
    --------
    >>> rows = pd.DataFrame({"region": ["ITH5", "FRI1", "ES13"], "indicator": "quality",
    ...                      "year": 2021, "value": [1.0, 2.0, 3.0]})
    >>> found = framework_conditions(Programme.from_frames(conditions=rows))
    >>> found.frame["z"].round(3).tolist()
    [-1.225, 0.0, 1.225]
    """
    _check_levels(from_above)
    rows = _chosen_indicators(condition_rows(programme), indicators)
    chosen = one_year(rows, years=years, editions=editions or {})
    refuse_mixed_versions(chosen)
    # Of all years, so that a region without a value in the chosen one is shown as missing.
    units = _units(rows, regions)
    others = _reference(rows, reference, units)
    values = spread_values(chosen, units, from_above=from_above, all_rows=rows)
    scales = _scales(spread_values(chosen, others, from_above=from_above, all_rows=rows))
    said = f"{len(others)} units named by the caller" if reference else f"all {len(others)} units"
    return FrameworkConditions(
        frame=_standardised(values, scales),
        provenance=programme.provenance,
        caveats=(*programme.caveats, *_caveats(values, others)),
        scales=scales,
        completeness=_completeness(values),
        reference=f"{said} of the table",
    )


def condition_series(
    programme: Programme, indicator: str, *, edition: str | None = None
) -> pd.DataFrame:
    """Return one indicator over the years, one row a region and year.

    Editions of an index that are no time series are refused: what changes between them may be
    how it is measured.

    Parameters
    ----------
    programme : Programme
        With a table ``conditions``.
    indicator : str
        Which one.
    edition : str, optional
        Which edition, where there are several.

    Returns
    -------
    pandas.DataFrame
        ``region``, ``level``, ``nuts_version``, ``year``, ``value``, ``unit``, in order of region
        and year; nothing is filled in.

    Raises
    ------
    UsageError
        When there is no such indicator or edition, or there are several editions and none is named.

    Examples
    --------
    >>> rows = pd.DataFrame({"region": "ITH5", "indicator": "quality", "year": [2020, 2021],
    ...                      "value": [1.0, 2.0]})
    >>> condition_series(Programme.from_frames(conditions=rows), "quality")["value"].tolist()
    [1.0, 2.0]
    """
    rows = _chosen_indicators(condition_rows(programme), [indicator])
    rows = of_edition(indicator, rows, edition).sort_values(["region", "year"], kind="stable")
    names = ["region", "level", "nuts_version", "year", "value", "unit"]
    return rows[names].reset_index(drop=True)


def _check_levels(from_above: Sequence[str]) -> None:
    if isinstance(from_above, str):
        raise UsageError(
            f"from_above = '{from_above}' is no list.", todo=f'Give from_above=["{from_above}"].'
        )
    for level in from_above:
        if level not in LEVELS[:-1]:
            raise one_of("level to take values from", level, list(LEVELS[:-1]))


def _chosen_indicators(rows: pd.DataFrame, indicators: Sequence[str]) -> pd.DataFrame:
    held = list(dict.fromkeys(rows["indicator"]))
    for name in indicators:
        if name not in held:
            raise one_of("framework indicator", name, held)
    wanted = list(dict.fromkeys(indicators)) or held
    order = {name: place for place, name in enumerate(wanted)}
    kept = rows[rows["indicator"].isin(wanted)]
    return kept.sort_values("indicator", key=lambda names: names.map(order), kind="stable")


def _units(rows: pd.DataFrame, regions: Sequence[str]) -> list[str]:
    held = list(dict.fromkeys(rows["region"]))
    if regions:
        # A region without a row of its own can be asked for: its values may come from above.
        above = {code[:2] for code in held}
        for code in regions:
            if code not in held and code[:2] not in above:
                raise one_of("region with conditions", code, held)
        return list(dict.fromkeys(regions))
    levels = unit_levels(rows)
    below = [code for code in held if levels[code] != COUNTRY]
    return below or held


def _reference(rows: pd.DataFrame, reference: Sequence[str], units: Sequence[str]) -> list[str]:
    held = list(dict.fromkeys(rows["region"]))
    for code in reference:
        if code not in held:
            raise one_of("region of the reference set", code, held)
    if reference:
        return list(dict.fromkeys(reference))
    countries = {code for code, level in unit_levels(rows).items() if level == COUNTRY}
    same = [code for code in held if (code in countries) == (units[0] in countries)]
    return list(dict.fromkeys([*same, *units]))


def _scales(values: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for name, part in values.groupby("indicator", sort=False):
        # What was measured once counts once, however many regions it was given to.
        known = part.dropna(subset=["value"]).drop_duplicates("value_region")
        numbers = known["value"].to_numpy(dtype=float)
        note = ""
        if len(numbers) < 2:
            note = "fewer than two values in the reference set"
        elif np.ptp(numbers) == 0:
            note = "the reference set does not vary"
        rows.append(
            {
                "indicator": name,
                "mean": float(numbers.mean()) if len(numbers) else float("nan"),
                "deviation": float("nan") if note else float(numbers.std()),
                "n": len(numbers),
                "year": int(part["year"].iloc[0]),
                "edition": part["edition"].iloc[0],
                "unit": part["unit"].iloc[0],
                "note": note,
            }
        )
    return pd.DataFrame(rows)


def _standardised(values: pd.DataFrame, scales: pd.DataFrame) -> pd.DataFrame:
    known = scales.set_index("indicator")
    means = values["indicator"].map(known["mean"]).astype(float)
    deviations = values["indicator"].map(known["deviation"]).astype(float)
    notes = values["indicator"].map(known["note"])
    both = [
        "; ".join(part for part in pair if part) for pair in zip(values["note"], notes, strict=True)
    ]
    return values.drop(columns="note").assign(z=(values["value"] - means) / deviations, note=both)


def _completeness(values: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for kind, other in (("indicator", "region"), ("region", "indicator")):
        for name, part in values.groupby(kind, sort=False):
            own = part["value"].notna() & ~part["assigned"].astype(bool)
            rows.append(
                {
                    "kind": kind,
                    "name": name,
                    "known": int(own.sum()),
                    "assigned": int(part["assigned"].sum()),
                    "of": len(part),
                    "known_share": float(own.mean()),
                    "missing": ", ".join(part.loc[part["value"].isna(), other]),
                }
            )
    return pd.DataFrame(rows)


def _caveats(values: pd.DataFrame, reference: Sequence[str]) -> list[str]:
    said = [
        f"Standardised over {len(reference)} units of the table; standard deviation divided by n."
    ]
    missing = int(values["value"].isna().sum())
    if missing:
        said.append(f"{missing} of {len(values)} values are not known, and nothing is put in.")
    assigned = int(values["assigned"].sum())
    if assigned:
        said.append(f"{assigned} values are assigned. {_ASSIGNED}")
    levels = [one for one in LEVELS if one in set(values["level"])]
    if len(levels) > 1:
        said.append(_LEVELS_DIFFER.format(levels=", ".join(levels)))
    versions = sorted(set(values["nuts_version"].dropna()))
    if len(versions) > 1:
        said.append(f"Codes of several NUTS versions stand side by side: {', '.join(versions)}.")
    years = values.drop_duplicates("indicator")[["indicator", "year"]]
    if years["year"].nunique() > 1:
        pairs = [f"{row['indicator']} {row['year']}" for row in years.to_dict("records")]
        said.append(f"Indicators are of different years: {', '.join(pairs)}.")
    return said
