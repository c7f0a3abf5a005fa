"""What is printed of a good practice: its texts, its gaps, its claims and its theory."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Any

import pandas as pd

from difass_analysis import evidence
from difass_analysis.display.pictures import close, figure_bytes
from difass_analysis.errors import one_of
from difass_analysis.mechanisms import PracticeRecords, assess_practices, coverage, theory_of_change
from difass_analysis.mechanisms.completeness import is_filled
from difass_analysis.programme import Programme
from difass_analysis.reference import name_of
from difass_analysis.schema import TABLES
from difass_analysis.schema.good_practice import practice_fields

NOT_STATED = "not stated"
_TEXTS = (
    ("description", "What it is"),
    ("resources_needed", "Resources needed"),
    ("evidence_of_success", "Evidence of success"),
    ("difficulties", "Difficulties encountered"),
    ("learning_potential", "Potential for learning or transfer"),
    ("expert_opinion", "Expert opinion"),
)
_CLAIM_COLUMNS = ("statement", "status", "strength", "evidence_step", "gap")


@dataclass(frozen=True, kw_only=True)
class PracticeContent:
    """All that a fact sheet says of one practice.

    Attributes
    ----------
    id, title, summary : str
        Key, title and summary; the summary is empty where none is given.
    facts : tuple of tuple of str
        Pairs of name and value: institution, place, time, theme, kind of support, form.
    texts : tuple of tuple of str
        Pairs of heading and text; "not stated" where there is none.
    links : tuple of tuple of str
        Pairs of name and address, of pages that are addresses of the web.
    filled, mandatory : int
        Mandatory fields that are filled in, and how many there are.
    missing : tuple of str
        Names of the mandatory fields that are empty.
    step, step_reason, step_note : str
        The declared step in words, what supports it, and what is odd about it.
    claims : tuple of mapping
        Statement, status, strength, step and gap of each mechanism claim.
    theory, theory_png : bytes
        The theory of change as SVG and as PNG; empty where there is none.
    filters : mapping
        What the catalogue filters by: mechanism, theme, region and evidence.
    source, caveats, simulated, programme : str, tuple, bool, str
        What stands at the foot, and of which programme it is.
    """

    id: str
    title: str
    summary: str
    facts: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]
    filled: int
    mandatory: int
    missing: tuple[str, ...]
    step: str
    step_reason: str
    step_note: str
    claims: tuple[Mapping[str, str], ...]
    theory: bytes
    theory_png: bytes
    filters: Mapping[str, str]
    source: str
    caveats: tuple[str, ...]
    simulated: bool
    programme: str

    @property
    def theory_uri(self) -> str:
        """The picture as an address that holds it; empty where there is none."""
        text = b64encode(self.theory).decode("ascii")
        return f"data:image/svg+xml;base64,{text}" if text else ""


def practice_contents(programme: Programme) -> tuple[PracticeContent, ...]:
    """Return what is printed of each practice of a programme, in the order of its table."""
    records = assess_practices(programme)
    rows = programme.table("practices").reindex(columns=list(TABLES["practices"].names))
    claims = _claims(programme)
    pairs = zip(rows.to_dict("records"), records.frame.to_dict("records"), strict=True)
    return tuple(_content(programme, row, found, claims, records) for row, found in pairs)


def practice_content(programme: Programme, practice: str) -> PracticeContent:
    """Return what is printed of one practice.

    Raises
    ------
    UsageError
        When the programme has no practice of that key.
    """
    held = {content.id: content for content in practice_contents(programme)}
    if practice not in held:
        raise one_of("practice", practice, list(held))
    return held[practice]


def template_text(name: str) -> str:
    """Return one file of the templates as text."""
    path = files("difass_analysis.reporting") / "templates" / name
    return path.read_text("utf-8").strip()


def content_hash(text: str) -> str:
    """Return the hash by which a page allows one style sheet or script and no other."""
    return f"'sha256-{b64encode(sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


def _content(
    programme: Programme,
    row: Mapping[Any, Any],
    found: Mapping[Any, Any],
    claims: pd.DataFrame,
    records: PracticeRecords,
) -> PracticeContent:
    labels = dict(zip(practice_fields()["field"], practice_fields()["label"], strict=True))
    mine = claims[claims["practice_id"] == row["practice_id"]]
    step = found["evidence_step"]
    declared = str(evidence.step(step)) if is_filled(step) else "no step declared"
    place = _place(row)
    theory = _theory(programme, str(row["practice_id"]))
    return PracticeContent(
        id=str(row["practice_id"]),
        title=_text(row["title"]) or str(row["practice_id"]),
        summary=_text(row["short_summary"]),
        facts=_facts(row, place),
        texts=tuple((heading, _text(row[name]) or NOT_STATED) for name, heading in _TEXTS),
        links=_links(row),
        filled=int(found["filled"]),
        mandatory=int(found["mandatory"]),
        missing=tuple(labels[name] for name in str(found["missing"]).split("; ") if name in labels),
        step=declared,
        step_reason=_text(row["evidence_step_reason"]),
        step_note=_step_note(found),
        claims=tuple(_claim(claim) for claim in mine.to_dict("records")),
        theory=theory[0],
        theory_png=theory[1],
        filters={
            "mechanism": _text(row["mechanism"]) or NOT_STATED,
            "theme": _text(row["theme"]) or NOT_STATED,
            "region": place,
            "evidence": declared,
        },
        source=programme.provenance.sentence(),
        caveats=records.caveats,
        simulated=programme.simulated,
        programme=programme.name,
    )


def _step_note(found: Mapping[Any, Any]) -> str:
    """Say what is odd about the step; that none is declared is said in its place."""
    note = _text(found["note"])
    if note.startswith("No step"):
        return ""
    return "No evidence is stated." if note.startswith("No evidence") else note


def _text(value: object) -> str:
    return str(value).strip() if is_filled(value) else ""


def _place(row: Mapping[Any, Any]) -> str:
    code, version = _text(row["region"]), _text(row["nuts_version"])
    if not code:
        return NOT_STATED
    known = version in ("2006", "2010", "2013", "2016", "2021", "2024")
    name = name_of(code, version) if known else None
    return f"{name} ({code})" if name else code


def _facts(row: Mapping[Any, Any], place: str) -> tuple[tuple[str, str], ...]:
    start, end = _text(row["start_date"])[:10], _text(row["end_date"])[:10]
    time = f"{start or NOT_STATED} to {end or NOT_STATED}" if start or end else NOT_STATED
    return (
        ("Main institution", _text(row["main_institution"]) or NOT_STATED),
        ("Region", place),
        ("Time", time),
        ("Theme", _text(row["theme"]) or NOT_STATED),
        ("Kind of support", _text(row["mechanism"]) or NOT_STATED),
        ("Form", _text(row["template"]) or NOT_STATED),
    )


def _links(row: Mapping[Any, Any]) -> tuple[tuple[str, str], ...]:
    """Pages of the practice; what is no address of the web is no link and is left out."""
    named = (("project_link", "Page of the project"), ("web_link", "Page of the practice"))
    pairs = [(label, _text(row[name])) for name, label in named]
    return tuple(
        (label, address)
        for label, address in pairs
        if address.casefold().startswith(("https://", "http://"))
    )


def _claims(programme: Programme) -> pd.DataFrame:
    if "mechanism_claims" not in programme.tables:
        return pd.DataFrame(columns=["practice_id", *_CLAIM_COLUMNS])
    frame = coverage(programme).frame
    return frame[frame["kind"] == "claim"]


def _claim(row: Mapping[Any, Any]) -> dict[str, str]:
    return {name: _text(row[name]) or NOT_STATED for name in _CLAIM_COLUMNS[:-1]} | {
        "gap": _text(row["gap"])
    }


def _theory(programme: Programme, practice: str) -> tuple[bytes, bytes]:
    if "theory_links" not in programme.tables:
        return b"", b""
    links = programme.table("theory_links")
    if "practice_id" not in links or practice not in set(links["practice_id"].dropna()):
        return b"", b""
    axes = theory_of_change(programme, practice=practice).plot()
    pictures = figure_bytes(axes, format="svg"), figure_bytes(axes, format="png")
    close(axes)
    return pictures
