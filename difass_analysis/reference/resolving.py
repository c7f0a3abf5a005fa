"""From what a list calls a place to the code of a region, with the way and how sure it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import pandas as pd

from difass_analysis.errors import UsageError
from difass_analysis.reference.codes import (
    VERSIONS,
    country_code,
    is_code,
    name_of,
    named,
    spelled,
)
from difass_analysis.reference.index import WAYS, Way, country_names, forms
from difass_analysis.reference.links import successors
from difass_analysis.reference.similar import similar
from difass_analysis.reference.spelling import bare, parts, simplified, sort_of, squeezed, tag_of

_CODE = re.compile(r"[A-Z]{2}[0-9A-Z]{0,3}")
_OLDER = 0.03  # what a score loses where the name or code is one of another version
# An English partnership area is no NUTS region, even where it is called like one.
_NO_REGION = frozenset({"lep", "partnership", "partnerships"})


@dataclass(frozen=True)
class Found:
    """What one label was found to be."""

    codes: tuple[str, ...] = ()
    version: str = ""
    method: str = ""
    score: float = 0.0
    sure: bool = False


@dataclass(frozen=True)
class Scope:
    """Where a label is looked for: a version, and perhaps a country and a level."""

    version: str
    country: str | None = None
    level: int | None = None

    def has(self, code: str) -> bool:
        """Say whether a code of the version lies in the scope."""
        country = "EL" if code[:2] == "GR" else code[:2]
        return self.country in (None, country) and self.level in (None, len(code) - 2)


def resolve(
    labels: Iterable[object],
    *,
    country: str | None = None,
    version: str | None = None,
    level: int | None = None,
) -> pd.DataFrame:
    """Find the NUTS code of each label: a code, an old code, or a name in some spelling.

    Which region is meant, how was it found, and can that be relied on? Nothing is guessed:
    where several regions fit, there is no code, and they are listed.

    Parameters
    ----------
    labels : iterable of str
        What a list calls its places; repeated labels are looked up once.
    country : str, optional
        Code of the country in which all of them lie (``EL`` or ``GR``, ``UK`` or ``GB``).
    version : str, optional
        NUTS version of the codes that are wanted, one of `VERSIONS`. Without it, each label
        gets the newest version in which it is found.
    level : int, optional
        Level of the regions that are wanted: 0 (countries), 1, 2 or 3.

    Returns
    -------
    pandas.DataFrame
        One row a label, in order: ``label``, ``code``, ``name``, ``level``, ``version``,
        ``method``, ``score`` (0 to 1: how close the label is to what was found; it orders the
        methods and is no probability), ``sure`` and ``candidates`` (codes, separated by
        blanks, where there is no single one). Where nothing is found, all but ``label``,
        ``score`` (0) and ``sure`` (False) is missing; a region that has no successor in the
        version has no code, and a method that says so.

        ========================================  =========================  ==============
        method                                    score                      sure
        ========================================  =========================  ==============
        code                                      1                          yes
        code of V (a code of another version)     0.97                       if all of it lies
                                                                             in one region
        country                                   1                          yes
        name                                      1                          if only one fits
        name, other spelling                      0.98                       if only one fits
        name without words like region            0.95                       if only one fits
        one of its languages, other name          0.93                       if only one fits
        name of V (a name in another version)     that of the way less 0.03  as for codes
        name without its addition                 0.8                        no
        similar name                              0.9 x likeness             see `similar`
        part of a name                            0.6                        no
        code beside a name                        that of the code           if both agree
        ... none in V                             0                          no
        ========================================  =========================  ==============

    Raises
    ------
    UsageError
        When country, version or level is not known.

    Examples
    --------
    >>> found = resolve(["Nord Est", "SUD-EST", "Macedonia"], country="RO", version="2013", level=2)
    >>> found[["label", "code", "method", "sure"]]
           label  code                method   sure
    0   Nord Est  RO21  name, other spelling   True
    1    SUD-EST  RO22                  name   True
    2  Macedonia   NaN                   NaN  False
    """
    if isinstance(labels, str):
        raise UsageError("resolve() takes several labels.", todo="Give a list: resolve([label]).")
    if level not in (None, 0, 1, 2, 3):
        raise UsageError(f"There is no NUTS level {level!r}.", todo="Levels are 0, 1, 2 and 3.")
    own = None if country is None else country_code(country)
    wanted = VERSIONS[::-1] if version is None else (version,)
    for one in wanted:
        named(one)  # refuses a version that is not held
    texts = [None if pd.isna(label) else str(label) for label in labels]  # type: ignore[call-overload]
    known = {
        text: _found(text, [Scope(one, own, level) for one in wanted])
        for text in dict.fromkeys(texts)
        if text is not None and text.strip()
    }
    rows = [_row(text, known.get(text or "", Found())) for text in texts]
    return pd.DataFrame(rows, columns=_COLUMNS).astype(_KINDS)


_KINDS = {
    "label": "str",
    "code": "str",
    "name": "str",
    "level": "Int64",
    "version": "str",
    "method": "str",
    "score": "float64",
    "sure": "bool",
    "candidates": "str",
}
_COLUMNS = list(_KINDS)


def _row(text: str | None, found: Found) -> tuple[object, ...]:
    code = found.codes[0] if len(found.codes) == 1 else None
    return (
        text,
        code,
        None if code is None else name_of(code, found.version),
        None if code is None else len(code) - 2,
        found.version if found.codes else None,
        found.method or None,
        found.score,
        found.sure and code is not None,
        " ".join(found.codes) if len(found.codes) > 1 else None,
    )


def _found(text: str, scopes: list[Scope]) -> Found:
    """Look a label up in each scope by each way; the first that finds anything decides."""
    looks: list[Callable[[str, Scope], Found]] = [_by_code]
    if len(scopes) == 1:  # else each version is looked at in its turn
        looks.append(_by_old_code)
    looks += [_by_country, _by_name]
    if len(scopes) == 1:
        looks.append(_by_other_version)
    looks += [_by_parts, _by_code_and_name, _by_likeness]
    for look in looks:
        for scope in scopes:
            found = look(text, scope)
            if found.method:
                doubtful = bool(_NO_REGION & set(simplified(text).split()))
                return replace(found, sure=found.sure and not doubtful)
    return Found()


# --- codes ---------------------------------------------------------------------------


def _by_code(text: str, scope: Scope) -> Found:
    """Look for a code of this version."""
    plain = _as_code(text)
    code = spelled(plain, scope.version)
    if not plain or not is_code(code, scope.version) or not scope.has(code):
        return Found()
    return Found((code,), scope.version, "code", 1.0, sure=True)


def _as_code(text: str) -> str:
    """Text in the form of a code; empty where it does not look like one."""
    plain = re.sub(r"[\s_.-]", "", text)
    if len(plain) > 2:  # a pair of letters is a code only in capitals: "de", "no", "is"
        plain = plain.upper()
    return plain if _CODE.fullmatch(plain) else ""


def _by_old_code(text: str, scope: Scope) -> Found:
    """Look for a code of another version, and for what became of it."""
    plain = _as_code(text)
    if not plain or is_code(spelled(plain, scope.version), scope.version):
        return Found()
    for version in _nearest(scope.version):
        code = spelled(plain, version)
        if code in named(version):
            return _carried((code,), replace(scope, version=version), scope, "code", 1.0)
    return Found()


def _nearest(version: str) -> list[str]:
    """Other versions, those next in time first, and the later of two that are as near."""
    place = VERSIONS.index(version)
    others = [one for one in VERSIONS if one != version]
    return sorted(others, key=lambda one: (abs(VERSIONS.index(one) - place), -int(one)))


def _carried(codes: tuple[str, ...], old: Scope, scope: Scope, what: str, score: float) -> Found:
    """Carry codes of one version into another: sure where all of one region lies in one."""
    steps = successors(old.version, scope.version)
    targets = {
        target: extent
        for code in codes
        for target, extent in steps[code].items()
        if scope.has(target)
    }
    sure = len(codes) == 1 and list(targets.values()) == ["whole"]
    large = tuple(target for target, extent in targets.items() if extent != "sliver")
    method = f"{what} of {old.version}"
    if not any(steps[code] for code in codes):
        return Found(method=f"{method}, none in {scope.version}")
    if not large:
        return Found()
    return Found(large, scope.version, method, round(score - _OLDER, 3), sure)


def _by_code_and_name(text: str, scope: Scope) -> Found:
    """Look for a code beside a name: sure where the name does not speak against it."""
    words = re.findall(r"[^\W_]+", text)
    codes = [word for word in words if len(word) > 2 and _CODE.fullmatch(word)]
    found = [_by_code(code, scope) for code in codes if re.search(r"\d", code)]
    found = [one for one in found if one.codes]
    if len(found) != 1:
        return Found()
    rest = " ".join(word for word in words if word not in codes)
    named_as = _by_name(rest, scope)
    agrees = not simplified(rest) or named_as.codes == found[0].codes
    return replace(found[0], method="code beside a name", sure=found[0].sure and agrees)


# --- names ---------------------------------------------------------------------------


def _by_country(text: str, scope: Scope) -> Found:
    """Look for the name of a country; on a lower level, for its only region there."""
    code = country_names().get(simplified(text))
    if code is None or scope.country not in (None, code):
        return Found()
    code = spelled(code, scope.version)
    if code not in named(scope.version):
        return Found()
    if scope.level in (None, 0):
        # Luxembourg is a country, and a province of Belgium.
        others = [
            other
            for other in _by_name(text, scope).codes
            if other[:2] != code and scope.level is None and scope.country is None
        ]
        return Found((code, *others), scope.version, "country", 1.0, sure=not others)
    inside = [one for one in named(scope.version) if one[:2] == code and scope.has(one)]
    others = [one for one in _by_name(text, scope).codes if one not in inside]
    if len(inside) != 1:
        return Found()
    return Found((*inside, *others), scope.version, "country", 1.0, sure=not others)


def _by_name(text: str, scope: Scope) -> Found:
    """Look for a name in the forms of a version, from the strictest to the loosest."""
    asked = (squeezed(text), simplified(text), bare(text), bare(text), bare(text), bare(text))
    narrow = _narrowed(text, scope)
    if narrow is None:
        return Found()
    hits = []
    for way, form, mapping in zip(WAYS, asked, forms(scope.version), strict=True):
        codes = [code for code in sorted(mapping.get(form, ())) if narrow.has(code)]
        codes = _of_sort(text, codes, scope.version)
        if codes:
            hits.append((way, codes))
    if not hits:
        return Found()
    way, codes = hits[0]
    rivals = _rivals(hits)
    codes = [*codes, *(code for code in rivals if code not in codes)]
    sure = way.sure and len(codes) == 1
    return Found(tuple(sorted(codes)), scope.version, way.method, way.score, sure)


def _rivals(hits: list[tuple[Way, list[str]]]) -> list[str]:
    """Regions that a looser way finds and that may as well be meant.

    These are regions of other countries (Sud in Italy, and in Romania for short) and those
    whose published name has an addition: Sofia, and Sofia (capital).
    """
    first = hits[0][1]
    countries = {code[:2] for code in first}
    return [
        code
        for way, codes in hits[1:]
        for code in codes
        if code[:2] not in countries or (way is WAYS[-1] and code not in first)
    ]


def _narrowed(text: str, scope: Scope) -> Scope | None:
    """Narrow a scope by the sign of a country in brackets; None where the two disagree."""
    tag = tag_of(text)
    if tag is None or tag not in set(country_names().values()):
        return scope
    return None if scope.country not in (None, tag) else replace(scope, country=tag)


def _of_sort(text: str, codes: list[str], version: str) -> list[str]:
    """Of a town and the district around it, keep the one that the label says it is."""
    sort = sort_of(text)
    if not sort or len(codes) < 2:
        return codes
    sorts = {code: sort_of(named(version)[code][0]) for code in codes}
    if sort == "town":
        kept = [code for code in codes if sorts[code] == "town"]
    else:  # districts are often called by their name alone
        kept = [code for code in codes if sorts[code] != "town" and len(code) == 5]
    return kept or codes


def _by_other_version(text: str, scope: Scope) -> Found:
    """Look for a name that a region had in another version, and for what became of it."""
    for version in _nearest(scope.version):
        old = replace(scope, version=version, level=None)
        found = _by_name(text, old)
        codes = tuple(code for code in found.codes if scope.level in (None, len(code) - 2))
        if codes and found.score > WAYS[-1].score:
            carried = _carried(codes, old, scope, "name", found.score)
            if carried.method:
                return carried
    return Found()


def _by_parts(text: str, scope: Scope) -> Found:
    """Look for the parts of a label: several languages, or a region and its country."""
    head, _, tail = text.rpartition(",")
    country = country_names().get(simplified(tail)) if head else None
    if country and scope.country in (None, country):
        return _by_name(head, replace(scope, country=country))
    found = [one for one in (_by_name(part, scope) for part in parts(text)) if one.codes]
    if not found:
        return Found()
    common = set(found[0].codes).intersection(*(one.codes for one in found[1:]))
    codes = tuple(sorted(common or {code for one in found for code in one.codes}))
    sure = len(codes) == 1 and len(found) == len(parts(text)) and any(one.sure for one in found)
    return Found(codes, scope.version, "one of its languages", 0.93, sure)


def _by_likeness(text: str, scope: Scope) -> Found:
    """Look for a name that is spelled alike, in a scope."""
    if simplified(text) in country_names():
        return Found()
    near = similar(bare(text), scope.version, within=scope.has)
    if near is None:
        return Found()
    return Found(near.codes, scope.version, near.method, near.score, near.sure)
