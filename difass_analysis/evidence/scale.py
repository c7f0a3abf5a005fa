"""The two scales of evidence: Storey's six steps and the Maryland levels, as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import pandas as pd

from difass_analysis.errors import UsageError

Kind = Literal["monitoring", "evaluation"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One of Storey's six steps.

    Attributes
    ----------
    number, roman : int, str
        The step: 1 to 6, I to VI.
    name : str
        Its name.
    needs, gives : str
        What data it needs, and what it tells.
    kind : {"monitoring", "evaluation"}
        Steps I to III are monitoring, IV to VI are evaluation.
    source, status : str
        Where the wording is from, and whether it was read there or is unverified.
    """

    number: int
    roman: str
    name: str
    needs: str
    gives: str
    kind: Kind
    source: str
    status: str

    def __str__(self) -> str:
        return f"Step {self.roman} ({self.name})"


@dataclass(frozen=True, kw_only=True)
class Level:
    """One level of the Maryland Scientific Methods Scale; 0 stands for what it does not score.

    Attributes
    ----------
    level, name, needs : int, str, str
        The level, its name, and what an estimate needs for it.
    source, status : str
        Where the wording is from, and whether it was read there or is unverified.
    """

    level: int
    name: str
    needs: str
    source: str
    status: str


@cache
def read_data(name: str) -> pd.DataFrame:
    """Read one data file of this package; the frame is shared and must not be changed."""
    with (files(__package__) / name).open(encoding="utf-8") as file:
        return pd.read_csv(file, keep_default_na=False)


def steps() -> pd.DataFrame:
    """Return Storey's six steps: what can be said of a support scheme from which data.

    Returns
    -------
    pandas.DataFrame
        One row a step: ``number``, ``roman``, ``name``, ``needs``, ``gives``, ``kind``
        (monitoring or evaluation), ``source``, ``status``. The wording is unverified.

    References
    ----------
    OECD (2007), *OECD Framework for the Evaluation of SME and Entrepreneurship Policies and
    Programmes*; Storey (2000), "Six steps to heaven".

    Examples
    --------
    >>> steps().groupby("kind")["roman"].agg(", ".join)["monitoring"]
    'I, II, III'
    """
    return read_data("steps.csv").copy()


def levels() -> pd.DataFrame:
    """Return the Maryland levels: how strong a design is against other explanations.

    Returns
    -------
    pandas.DataFrame
        One row a level, 0 (not scored) to 5 (randomised): ``level``, ``name``, ``needs``,
        ``source``, ``status``.

    References
    ----------
    What Works Centre for Local Economic Growth, *The Scientific Maryland Scale*.

    Examples
    --------
    >>> levels()["name"].iloc[[0, -1]].tolist()
    ['not scored', 'randomised']
    """
    return read_data("levels.csv").copy()


def crosswalk() -> pd.DataFrame:
    """Return which Maryland level a design of each Storey step has.

    Returns
    -------
    pandas.DataFrame
        ``step``, ``design``, ``level``, ``source``. The crosswalk is this package's own.

    Examples
    --------
    >>> crosswalk().set_index("design")["level"]["randomised"]
    np.int64(5)
    """
    return read_data("crosswalk.csv").copy()


def step(number: int | str) -> Step:
    """Return one of Storey's steps, by its number or its Roman number.

    Raises
    ------
    UsageError
        When there is no such step.

    Examples
    --------
    >>> str(step(4)), step("VI").kind
    ('Step IV (Comparison with "typical" firms)', 'evaluation')
    """
    held = read_data("steps.csv")
    text = str(number).strip().upper()
    row = held[(held["roman"] == text) | (held["number"].astype("str") == text)]
    if row.empty:
        raise UsageError(
            f"There is no step '{number}' of evidence.", todo="The steps are 1 to 6, or I to VI."
        )
    return Step(**{str(name): value for name, value in row.to_dict("records")[0].items()})


def level(number: int) -> Level:
    """Return one Maryland level; 0 is what the scale does not score.

    Raises
    ------
    UsageError
        When there is no such level.

    Examples
    --------
    >>> level(3).name
    'difference-in-differences'
    """
    held = read_data("levels.csv")
    row = held[held["level"].astype("str") == str(number)]
    if row.empty:
        raise UsageError(
            f"There is no level '{number}' of the Maryland scale.", todo="The levels are 0 to 5."
        )
    return Level(**{str(name): value for name, value in row.to_dict("records")[0].items()})
