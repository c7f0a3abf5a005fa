"""Identity: names made comparable, matched with evidence, and bodies counted as a range.

The pairs in ``reference/identity_pairs.csv`` were read by hand; ``reference/identity_pairs.py``
says how they were drawn and how their hashes are made.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import difass_analysis as da
from difass_analysis.errors import InputError, UsageError
from difass_analysis.export import write_table
from difass_analysis.identity import distinct, match, normalised
from difass_analysis.identity.legal_forms import COMPANY, legal_forms
from difass_analysis.identity.likeness import likeness
from difass_analysis.result import Result

PAIRS = Path(__file__).with_name("reference") / "identity_pairs.csv"
LISTS = {
    "de": "de_saxony_erdf_2014_2020.csv",
    "nl": "nl_structural_funds_2007_2013.csv",
    "ro": "ro_regional_op_2007_2013.csv",
}
EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"


def names(*written: str, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"name": list(written), **columns})


def together(frame: pd.DataFrame) -> set[frozenset[str]]:
    """Clusters as sets of names, whatever they are called."""
    return {frozenset(part["name"]) for _, part in frame.groupby("cluster")}


# --- one name ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "country", "core", "form"),
    [
        ("Muster GmbH & Co.KG", "DE", "muster", "GmbH & Co. KG"),
        ("Muster G.m.b.H.& Co. KG", "DE", "muster", "GmbH & Co. KG"),
        ("Muster Ltd. Co. KG", "DE", "muster", "Ltd & Co. KG"),
        ("MusterUG & Co. KG", "DE", "muster", "UG & Co. KG"),
        ("Muster UG(haftungsbeschränkt)", "DE", "muster", "UG"),
        ("Muster Gesellschaftmit beschränkterHaftung", "DE", "muster", "GmbH"),
        ("Projektgesell-schaft mbH", "DE", "projektgesell schaft", "GmbH"),
        ("MUSTERGMBH", "DE", "muster", "GmbH"),
        ("Muster gGmbH", "DE", "muster", "GmbH"),
        ("Muster OHGBau und Bad", "DE", "muster bau und bad", "OHG"),
        ("Verein für Muster e. V.", "DE", "verein fuer muster", "e.V."),
        ("Stadtbau Aktiengesellschaft", "DE", "stadtbau", "AG"),
        ("Meisterbetrieb Gebrüder Groß e.K.", "DE", "meisterbetrieb gebrueder gross", "e.K."),
        ("Esempio S. r. l.", "IT", "esempio", "S.r.l."),
        ("Esempio S.p.A.", "IT", "esempio", "S.p.A."),
        ("Przykład spółka z o.o.", "PL", "przyklad", "sp. z o.o."),
        ("Przykład sp. z o.o. sp. k.", "PL", "przyklad", "sp. z o.o. sp.k."),
        ("Příklad, spol. s r.o.", "CZ", "priklad", "s.r.o."),
        ("Primer d.o.o.", "SI", "primer", "d.o.o."),
        ("S.C. EXEMPLU S.R.L.", "RO", "exemplu", "SRL"),
        ("UAB „Pavyzdys“", "LT", "pavyzdys", "UAB"),
        ("Oy Esimerkki Ab", "FI", "esimerkki", "Oy"),
        ("Eksempel A/S", "DK", "eksempel", "A/S"),
        ("Næringsøl AS", "NO", "naeringsoel", "AS"),
        ("N.V. Voorbeeld", "NL", "voorbeeld", "NV"),
        ("Exemplo, Unipessoal Lda.", "PT", "exemplo", "Unipessoal Lda"),
        ("Пример ЕООД", "BG", "primer", "ЕООД"),
        ("Παράδειγμα Α.Ε.", "GR", "paradeigma", "ΑΕ"),
        ("Example & Sons Limited", "GB", "example and sons", "Ltd"),
        ("AG", "DE", "ag", ""),
    ],
)
def test_core_and_legal_form(written, country, core, form):
    found = normalised(written, country=country)
    assert found.core == core
    assert form in found.forms or (not form and not found.forms)


def test_a_short_form_of_another_country_is_part_of_the_name():
    assert normalised("Panorama AS", country="DE").core == "panorama as"
    assert normalised("Panorama AS", country="EE").core == "panorama"


def test_letters_are_plain_as_each_country_writes_them():
    assert normalised("Müller", country="DE").core == normalised("Mueller", country="DE").core
    assert normalised("Müller").core == "muller"
    assert normalised("Łódź Straße Ærø ı").core == "lodz strasse aero i"


def test_words_undo_lost_blanks_and_broken_lines_and_the_core_does_not():
    found = normalised("Förderung der ange-wandten Forschung undEntwicklung", country="DE")
    assert "ange wandten" in found.core and "undentwicklung" in found.core
    assert {"angewandten", "und", "entwicklung"} <= set(found.words)
    assert "mess" in normalised("Mess-und Regeltechnik", country="DE").words


def test_table_of_forms_has_all_countries_and_its_sources():
    forms = legal_forms()
    assert {*EU.split(), "GB", "NO", "CH"} <= {form.country for form in forms}
    assert all(form.source and all(form.variants) for form in forms)
    assert {form.place for form in forms} == {"any", "end", "start", "both"}


@pytest.mark.parametrize("form", legal_forms(), ids=lambda form: f"{form.country}-{form.form}")
def test_every_spelling_is_recognised_in_its_country(form):
    for variant in form.variants:
        written = f"{variant} Musterwerk" if form.place == "start" else f"Musterwerk {variant}"
        country = "DE" if form.country in {"EU", "US"} else form.country
        found = normalised(written, country=country)
        assert found.core == "musterwerk", variant
        assert form.form in found.forms or form.form == COMPANY, (variant, found.forms)


COUNTRIES = st.sampled_from([None, "DE", "DK", "NL", "IT", "RO", "PL", "GR", "BG", "FI", "LV"])
PIECES = """
Müller Bau undEntwicklung Dresden-Ost GmbH mbH & Co. KG AG S.r.l. SC SRL S.A. a b 2 II Technik
Techn. Gemeente Universität ο ΑΕ Ж 3D e.V. Ltd. plc (Deutschland) + A/S
"""
WRITTEN = st.lists(st.sampled_from(PIECES.split()), min_size=1, max_size=6).map(" ".join)


@given(text=st.one_of(st.text(max_size=40), WRITTEN), country=COUNTRIES)
def test_normalising_twice_changes_nothing(text, country):
    core = normalised(text, country=country).core
    assert normalised(core, country=country).core == core


@given(one=WRITTEN, other=WRITTEN, country=COUNTRIES)
def test_likeness_is_symmetric(one, other, country):
    first, second = normalised(one, country=country), normalised(other, country=country)
    weights = {"mueller": 0.5, "technik": 0.3}
    found = likeness(first, second, weights=weights)
    assert found == likeness(second, first, weights=weights)
    assert 0 <= found.score <= 1


# --- many names ----------------------------------------------------------------------


def test_one_enterprise_written_three_ways():
    found = match(
        names(
            "Muster Maschinen-bau undVertriebs GmbH",
            "MUSTER MASCHINENBAU UND VERTRIEBS GESELLSCHAFT MIT BESCHRÄNKTER HAFTUNG",
            "Muster Maschinenbau und VertriebsGmbH",
            "Anders Maschinenbau und Vertriebs GmbH",
            country_code="DE",
        )
    )
    assert sorted(map(len, together(found.frame))) == [1, 3]
    assert found.merged == 2
    joined = found.evidence[found.evidence["joined"]]
    assert len(joined) == 3 and set(joined["why"]) == {"the same letters"}


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("Muster Bau GmbH", "Muster Bau GmbH & Co. KG", "legal forms differ"),
        ("Muster Bau Werk 2 GmbH", "Muster Bau Werk 3 GmbH", "numbers differ"),
        ("Muster Bau Werk II GmbH", "Muster Bau Werk III GmbH", "numbers differ"),
        ("Petra Muster", "Petra Muster GmbH", "a person, or a firm of the same name"),
    ],
)
def test_what_keeps_names_apart_is_said(one, other, why):
    found = match(names(one, other, country_code="DE"))
    assert found.merged == 0
    assert found.evidence["why"].tolist() == [why]
    assert not found.evidence["joined"].any()


def test_persons_are_joined_by_the_same_letters_only():
    apart = match(names("Alexandra Mustermann", "Alexandru Mustermann", country_code="DE"))
    assert apart.merged == 0
    assert match(names("Anna Muster-Mann", "ANNA MUSTERMANN", country_code="DE")).merged == 1
    # A body word, and the misprint is taken for one; a flag, and it is not.
    bodies = ["Universität Mustermannhausen", "Universität Mustermanhausen"]
    table = names(*bodies, country_code="DE", municipality="M")
    assert match(table).merged == 1
    assert match(table.assign(natural_person=True)).merged == 0


def test_words_after_the_legal_form_are_less_than_a_place_in_common():
    pair = ["AMB Musterdorf GmbH", "AMB Musterdorf GmbHAufzüge und Maschinenbau"]
    same = match(names(*pair, country_code="DE", municipality=["M", "M"]))
    other = match(names(*pair, country_code="DE", municipality=["M", "N"]))
    unknown = match(names(*pair, country_code="DE"))
    assert [same.merged, other.merged, unknown.merged] == [1, 0, 0]
    assert "no place in common" in unknown.evidence["why"].iloc[0]


def test_a_name_without_form_is_not_given_to_one_of_two_firms():
    base = "Muster Werke Technik und Logistik"
    found = match(names(base, f"{base} GmbH", f"{base} AG", country_code="DE"))
    assert found.merged == 0
    assert (found.evidence["why"] == "would join names that are apart").sum() == 2
    assert match(names(base, f"{base} GmbH", country_code="DE")).merged == 1


def test_a_chain_does_not_join_its_ends():
    steps = ["Alphastadt", "Alphastadx", "Alphastaxx"]
    table = names(*[f"Universität Muster {step}" for step in steps], municipality="M")
    found = match(table.assign(country_code="DE"))
    assert sorted(map(len, together(found.frame))) == [1, 2]
    assert match(table.iloc[1:].assign(country_code="DE")).merged == 1
    assert "would join names that are apart" in set(found.evidence["why"])


def test_scores_do_not_depend_on_how_many_other_names_there_are():
    pair = names("Universität Musterhausen", "Universität Musterhauzen", "Universität Nord")
    strangers = names(*[f"Qwzx{letter * 3} Vvjk{letter * 3}" for letter in "abcdefghij"])
    alone = match(pair).evidence
    more = match(pd.concat([pair, strangers], ignore_index=True)).evidence
    assert len(alone) == 1 and 0.75 < alone["score"].item() < 1
    assert alone.to_dict("records") == more[more["name"].isin(pair["name"])].to_dict("records")


def test_one_identifier_is_one_body_whatever_the_names():
    found = match(names("Alpha GmbH", "Beta AG", beneficiary_id=["7", "7"], country_code="DE"))
    assert found.merged == 1
    assert found.evidence["why"].tolist() == ["the same identifier"]


def test_keys_lead_to_clusters_and_rows_are_counted():
    table = names("Muster AG", "MUSTER AG", "Muster AG", None, key=list("abcd"))
    found = match(table)
    assert found.frame["rows"].tolist() == [1, 2]
    assert found.keys["key"].tolist() == ["a", "b", "c"]
    assert found.keys["cluster"].nunique() == 1


def test_no_name_is_printed_or_written(tmp_path):
    found = match(names("Geheimer Mensch", "GEHEIMER MENSCH", "Muster Geheim GmbH"))
    printed = repr(found) + found._repr_html_()
    assert "geheim" not in printed.lower()
    evidence = Result(frame=found.evidence, provenance=found.provenance)
    assert len(evidence.frame) == 1
    for result in (found, found.shareable(), evidence):
        text = write_table(result, tmp_path / "matches.csv").read_text("utf-8")
        assert "geheim" not in text.lower()
        assert "legal_form" in text


def test_wrong_use_is_said():
    with pytest.raises(InputError, match="no column 'name'"):
        match(pd.DataFrame({"label": ["a"]}))
    with pytest.raises(UsageError, match="threshold"):
        match(names("a"), threshold=0.2)
    assert match(names()).frame.empty


MANY = st.lists(st.tuples(WRITTEN, st.sampled_from(["M", "N", None])), min_size=2, max_size=12)


@given(rows=MANY, order=st.randoms())
def test_matching_does_not_depend_on_the_order_of_rows(rows, order):
    table = names(*[name for name, _ in rows], municipality=[place for _, place in rows])
    shuffled = list(range(len(table)))
    order.shuffle(shuffled)
    assert together(match(table).frame) == together(match(table.iloc[shuffled]).frame)


@given(rows=MANY)
def test_an_unrelated_name_changes_no_cluster(rows):
    table = names(*[name for name, _ in rows], municipality=[place for _, place in rows])
    stranger = names("Qwzx Vvjkq Ygbrt", municipality=["Q"])
    alone, more = match(table), match(pd.concat([table, stranger], ignore_index=True))
    rest = more.frame[more.frame["name"] != "Qwzx Vvjkq Ygbrt"]
    assert together(alone.frame) == together(rest)
    assert alone.evidence.to_dict("records") == more.evidence.to_dict("records")


# --- counts --------------------------------------------------------------------------


def programme(**columns: object) -> da.Programme:
    size = len(next(iter(columns.values())))
    ids = [str(index) for index in range(size)]
    return da.Programme.from_frames(operations=pd.DataFrame({"operation_id": ids, **columns}))


def counts(result: object) -> list[list[int]]:
    return result.frame[["lower", "upper"]].values.tolist()


def test_counts_are_a_range_by_group():
    found = distinct(
        programme(
            beneficiary_name=["Muster Bau GmbH", "MUSTER-BAU GmbH", "Muster Bau GmbH", "Rest AG"],
            region=["A", "A", "B", "B"],
        ),
        by=["region"],
    )
    assert found.frame["region"].tolist() == ["A", "B"]
    assert counts(found) == [[1, 2], [2, 2]]
    assert found.total[["lower", "upper", "rows"]].values.tolist() == [[2, 3, 4]]
    assert found.frame["note"].tolist() == [
        "1 fewer once alike names are joined",
        "no names were joined",
    ]
    assert "All groups together: 2 to 3" in " ".join(found.caveats)


def test_numbers_of_a_register_are_different_bodies_and_local_ones_may_be_one():
    same = programme(
        beneficiary_id=["1", "2", "2", None],
        beneficiary_name=["Muster AG", "MUSTER AG", "Otherwise AG", "Muster AG"],
    )
    assert counts(distinct(same)) == [[1, 3]]
    assert counts(distinct(same, identifiers="national")) == [[2, 3]]


def test_rows_without_identifier_and_name_may_be_anybody():
    found = distinct(programme(beneficiary_name=["Muster AG", None, None]))
    assert counts(found) == [[1, 3]]
    assert found.frame["rows_unnamed"].item() == 2
    assert counts(distinct(programme(beneficiary_id=["1", None]))) == [[1, 2]]


def test_smes_are_counted_by_key_and_name():
    made = da.Programme.from_frames(
        enterprises=pd.DataFrame(
            {"sme_id": ["1", "2", "3"], "name": ["Muster AG", "MUSTER AG", "Other AG"]}
        ),
        participations=pd.DataFrame(
            {"operation_id": ["a", "a", "b", "b"], "sme_id": ["1", "2", "1", "3"]}
        ),
    )
    assert counts(distinct(made, what="smes")) == [[2, 3]]


def test_counts_say_where_a_spelling_may_be_several():
    found = distinct(programme(beneficiary_name=["Muster", "Muster"], municipality=["M", "N"]))
    assert "1 spellings without an identifier stand in more than one place" in found.caveats[-1]


def test_counts_that_cannot_be_made_are_refused():
    with pytest.raises(InputError, match="neither beneficiary_id nor names"):
        distinct(programme(year=[2020]))
    with pytest.raises(InputError, match="no table participations or enterprises"):
        distinct(programme(year=[2020]), what="smes")
    with pytest.raises(UsageError):
        distinct(programme(beneficiary_name=["a"]), by=["regoin"])
    with pytest.raises(UsageError):
        distinct(programme(beneficiary_name=["a"]), what="firms")


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["1", "2", None]), st.none() | WRITTEN, st.sampled_from("AB")),
        min_size=1,
        max_size=10,
    )
)
def test_lower_is_never_above_upper(rows):
    identifier, written, region = zip(*rows, strict=True)
    made = programme(beneficiary_id=identifier, beneficiary_name=written, region=region)
    for identifiers in ("local", "national"):
        found = distinct(made, by=["region"], identifiers=identifiers)
        for frame in (found.frame, found.total):
            assert (frame["lower"] <= frame["upper"]).all()
            assert (frame["lower"] >= 1).all()
            assert (frame["upper"] <= frame["rows"]).all()
        assert found.total["upper"].item() <= found.frame["upper"].sum()


def test_counts_are_written_as_a_table(tmp_path):
    found = distinct(programme(beneficiary_name=["Geheimer Mensch", "Muster AG"]))
    text = write_table(found, tmp_path / "counts.csv", disclosure="off").read_text("utf-8")
    assert text.startswith("lower,upper,rows") and "Geheim" not in text
    assert "Geheim" not in repr(found)


# --- measured on published lists -----------------------------------------------------


def digest(name: object) -> str:
    return hashlib.sha256(" ".join(str(name).split()).encode("utf-8")).hexdigest()


def listed(shared: Path, name: str) -> pd.DataFrame:
    operations = da.load(shared / "data" / "lists" / LISTS[name]).table("operations")
    table = operations.rename(columns={"beneficiary_name": "name"})
    return (
        table[["name", "municipality", "country_code"]]
        if "municipality" in table
        else (table[["name", "country_code"]])
    )


def judged(shared: Path, name: str) -> tuple[int, int, int, int]:
    """Pairs read by hand: all of them, joined rightly, joined wrongly, and missed."""
    frame = match(listed(shared, name)).frame
    cluster = dict(zip(frame["name"].map(digest), frame["cluster"], strict=True))
    pairs = pd.read_csv(PAIRS)
    pairs = pairs[pairs["list"] == name]
    joined = pairs["hash_a"].map(cluster) == pairs["hash_b"].map(cluster)
    assert pairs["hash_a"].isin(cluster).all() and pairs["hash_b"].isin(cluster).all()
    same = pairs["same"] == 1
    return len(pairs), (joined & same).sum(), (joined & ~same).sum(), (~joined & same).sum()


def test_pairs_of_saxony_read_by_hand(shared):
    # Its publisher wrote each firm in one way: one pair of 200 is one body, and is found.
    assert judged(shared, "de") == (200, 1, 0, 0)


def test_precision_and_recall_on_pairs_read_by_hand(shared):
    _, right, wrong, missed = map(sum, zip(*(judged(shared, name) for name in LISTS), strict=True))
    assert right + missed == 67
    assert right / (right + wrong) >= 0.97
    assert right / (right + missed) >= 0.7


def damaged(name: str) -> str:
    """A name of Saxony as the same publisher could have written it, in another line width."""
    whole = normalised(name, country="DE")
    return f"{whole.core.replace(' ', '-').upper()} {whole.legal_form.split(' | ')[0]}"


def test_names_with_lost_blanks_are_found_again(shared):
    """Simulated: each firm's name a second time, in capitals, its blanks lost or hyphens."""
    table = listed(shared, "de").drop_duplicates("name")
    table = table[table["name"].map(lambda name: bool(normalised(name, country="DE").forms))]
    pairs = table.assign(other=table["name"].map(damaged))
    both = pd.concat([table, pairs.assign(name=pairs["other"])[table.columns]])
    cluster = match(both).frame.set_index("name")["cluster"]
    blanks = {name: " ".join(name.split()) for name in [*pairs["name"], *pairs["other"]]}
    found = [
        cluster[blanks[one]] == cluster[blanks[other]]
        for one, other in zip(pairs["name"], pairs["other"], strict=True)
    ]
    assert len(found) > 900
    assert sum(found) / len(found) >= 0.97
