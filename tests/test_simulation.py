"""Simulated programmes: the tables hold together, and the truth behind them can be found."""

import numpy as np
import pandas as pd
import pytest

from difass_analysis.errors import UsageError
from difass_analysis.programme import Programme
from difass_analysis.reference import is_code
from difass_analysis.schema import TABLES
from difass_analysis.simulation import SimulatedProgramme, simulate
from difass_analysis.simulation.draws import apportion, apportion_groups
from difass_analysis.simulation.model import simulate_tables
from difass_analysis.simulation.world import MECHANISMS, PLACES, make_world

SIZES = [1, 20, 5000]
LOG_OUTCOMES = ["employment_fte", "turnover_amount", "exports_amount"]


def tables_of(operations, *, seed=1, **options):
    """The tables before they enter an engine, and the truth."""
    world = make_world(seed=seed, places=PLACES, years=tuple(range(2014, 2021)))
    settings = {"selection": 1.0, "trend_gap": 0.0, "panel_firms": 40_000} | options
    return simulate_tables(world, operations=operations, **settings)


@pytest.fixture(scope="module", params=SIZES)
def tables(request):
    return tables_of(request.param)[0]


@pytest.fixture(scope="module")
def large():
    return tables_of(5000)


def cents(column):
    whole = np.rint(column * 100)
    assert np.array_equal(whole / 100, column), "not in whole cents"
    return whole.astype("int64")


# --- the tables hold together ----------------------------------------------------------


def test_columns_and_closed_lists_are_those_of_the_schema(tables):
    assert set(tables) == {
        *("schemes", "calls", "operations", "funding", "enterprises", "participations"),
        *("applications", "outcomes", "surveys", "population", "conditions"),
    }
    for name, frame in tables.items():
        assert set(frame.columns) <= set(TABLES[name].names), name
        for column in TABLES[name].columns:
            if column.name not in frame:
                continue
            values = frame[column.name].dropna()
            if column.values:
                assert set(values) <= set(column.values), (name, column.name)
            if column.numeric and column.minimum is not None:
                assert (values >= column.minimum).all(), (name, column.name)
            if column.numeric and column.maximum is not None:
                assert (values <= column.maximum).all(), (name, column.name)


def test_keys_are_unique_and_complete(tables):
    for name, frame in tables.items():
        key = list(TABLES[name].key)
        assert not frame.duplicated(key).any(), name
        assert frame[key].notna().all(axis=None), name


def test_references_hold(tables):
    for name, frame in tables.items():
        for column in TABLES[name].columns:
            if column.references and column.name in frame:
                known = tables[column.references][TABLES[column.references].key[0]]
                assert frame[column.name].isin(known).all(), (name, column.name)
    assert tables["applications"]["applicant_id"].isin(tables["enterprises"]["sme_id"]).all()


def test_parts_of_an_operation_add_up(tables):
    money = tables["operations"].filter(like="_amount").apply(cents)
    public = money["eu_amount"] + money["national_public_amount"]
    assert (public == money["public_amount"]).all()
    assert (public + money["private_amount"] == money["total_cost_amount"]).all()
    eligible = money["eligible_cost_amount"] + money["ineligible_cost_amount"]
    assert (eligible == money["total_cost_amount"]).all()
    assert (money["paid_amount"] <= public).all()
    assert (money["paid_amount"] >= 0).all()


def test_rate_and_cap_are_kept(tables):
    rows = tables["operations"].merge(
        tables["schemes"][["scheme_id", "max_aid_share", "max_grant_amount"]], on="scheme_id"
    )
    percent = np.rint(rows["max_aid_share"] * 100).astype("int64")
    public = cents(rows["public_amount"])
    assert (public * 100 <= percent * cents(rows["eligible_cost_amount"])).all()
    assert (public <= cents(rows["max_grant_amount"])).all()


def test_calls_are_the_sums_of_their_operations(tables):
    calls = tables["calls"].set_index("call_id")
    operations = tables["operations"]
    same = ["public_amount", "private_amount", "eligible_cost_amount", "paid_amount"]
    sums = operations.assign(**operations[same].apply(cents)).groupby("call_id")[same].sum()
    for column in same:
        assert (cents(calls[column]) == sums[column].reindex(calls.index)).all()
    counts = operations["call_id"].value_counts().reindex(calls.index)
    assert (calls["operations_count"] == counts).all()
    assert (calls["budget_amount"] >= calls["public_amount"]).all()
    reached = tables["participations"].merge(operations[["operation_id", "call_id"]])
    smes = reached.groupby("call_id")["sme_id"].nunique().reindex(calls.index)
    assert (calls["smes_count"] == smes).all()
    applied = tables["applications"]["call_id"].value_counts().reindex(calls.index)
    assert (calls["applications_count"] == applied).all()


def test_schemes_budget_is_that_of_their_calls(tables):
    budget = tables["calls"].groupby("scheme_id")["budget_amount"].sum()
    schemes = tables["schemes"].set_index("scheme_id")["budget_amount"]
    assert (schemes == budget.reindex(schemes.index, fill_value=0.0)).all()


def test_real_regions_have_real_codes_and_the_levels_of_these():
    assert all(is_code(place.code, place.nuts_version) for place in PLACES)
    levels = {place.code: place.level for place in PLACES}
    assert levels["DE9"] == levels["FRI"] == "NUTS 1"
    assert levels["ITF2"] == levels["UKJ4"] == "NUTS 2"
    assert levels["CZ042"] == "NUTS 3"


def test_funding_is_the_operations_money(tables):
    funding, operations = tables["funding"], tables["operations"].set_index("operation_id")
    group = funding["source_type"].map(
        lambda source: source if source == "eu" else source.split("_")[0].replace("regional", "n")
    )
    group = group.replace({"national": "n", "promotional": "n"})
    committed = cents(funding["committed_amount"])
    sums = committed.groupby([funding["operation_id"], group]).sum().unstack(fill_value=0)
    for name, column in {
        "eu": "eu_amount",
        "n": "national_public_amount",
        "private": "private_amount",
    }.items():
        assert (sums[name] == cents(operations[column])).all(), column
    public = group != "private"
    paid = cents(funding["paid_amount"])
    assert (paid <= committed).all()
    by_operation = paid[public].groupby(funding["operation_id"]).sum()
    assert (by_operation == cents(operations["paid_amount"])).all()


def test_only_financial_instruments_are_paid_back(tables):
    form = tables["operations"].set_index("operation_id")["support_form"]
    funding = tables["funding"]
    fund = funding["operation_id"].map(form) == "financial_instrument"
    own = funding["source_type"] == "private_final_recipient"
    assert (funding["reimbursable"] == (fund & ~own)).all()


def test_participations_share_out_the_public_money(tables):
    rows = tables["participations"]
    sums = cents(rows["public_amount"]).groupby(rows["operation_id"]).sum()
    operations = tables["operations"].set_index("operation_id")
    assert (sums.reindex(operations.index) == cents(operations["public_amount"])).all()


def test_dates_follow_each_other(tables):
    rows = tables["operations"]
    assert (rows["approval_date"] < rows["start_date"]).all()
    assert (rows["start_date"] < rows["end_date"]).all()
    assert (rows["start_date"].dt.year == rows["year"]).all()
    assert ((rows["status"] == "completed") == (rows["end_date"] < rows["updated_date"])).all()


def test_the_awarded_are_those_who_take_part(tables):
    applications = tables["applications"]
    reached = applications["score"] >= applications["cutoff"]
    assert (applications["awarded"] == reached).all()
    awarded = applications.loc[reached, ["call_id", "applicant_id"]]
    calls = tables["operations"][["operation_id", "call_id"]]
    members = tables["participations"].merge(calls)[["call_id", "sme_id"]]
    assert set(map(tuple, awarded.to_numpy())) == set(map(tuple, members.to_numpy()))
    refused = applications.loc[~reached].groupby("call_id").size()
    assert refused.reindex(tables["calls"]["call_id"]).ge(1).all()


def test_members_and_operations_are_of_one_region(tables):
    rows = tables["participations"].merge(tables["operations"][["operation_id", "region"]])
    seat = tables["enterprises"].set_index("sme_id")["region"]
    assert (rows["sme_id"].map(seat) == rows["region"]).all()


def test_size_class_follows_the_recommendation(tables):
    rows = tables["enterprises"]
    money = rows[["turnover_amount", "balance_amount"]].min(axis=1)  # one of the two is enough
    fits = [
        rows["headcount"].lt(heads) & money.le(limit)
        for heads, limit in [(10, 2e6), (50, 10e6), (250, 50e6)]
    ]
    assert fits[2].all()
    expected = np.select(fits, ["micro", "small", "medium"], default="large")
    assert (rows["size_class"] == expected).all()


def test_outcomes_lie_around_the_support(tables):
    outcomes, operations = tables["outcomes"], tables["operations"]
    joined = tables["participations"].merge(operations[["operation_id", "year"]])
    first = joined.groupby("sme_id")["year"].min()
    span = outcomes.groupby("sme_id")["year"].agg(["min", "max", "size"])
    assert (span["size"] == span["max"] - span["min"] + 1).all()
    start = first.reindex(span.index)
    supported = start.notna()
    assert supported.any()
    assert (span["min"] <= start - 2)[supported].all()
    assert (span["max"] >= start + 2)[supported].all()
    assert (~supported).any()
    assert set(span["max"]) == {2022}


def test_closed_firms_have_zeros_and_stay_closed(large):
    outcomes = large[0]["outcomes"]
    closed = ~outcomes["alive"]
    assert closed.any()
    assert (outcomes.loc[closed, LOG_OUTCOMES] == 0.0).all(axis=None)
    assert (outcomes.loc[~closed, ["employment_fte", "turnover_amount"]] > 0.0).all(axis=None)
    assert (outcomes.groupby("sme_id")["alive"].diff().dropna().astype(int) <= 0).all()


def test_applicants_exist_when_they_apply(large):
    tables = large[0]
    year = tables["calls"].set_index("call_id")["year"]
    applications = tables["applications"]
    last = applications["call_id"].map(year).groupby(applications["applicant_id"]).max()
    alive = tables["outcomes"].query("alive").groupby("sme_id")["year"].max()
    assert (alive >= last.reindex(alive.index).fillna(0)).all()


def test_firms_and_promoters_come_back(large):
    tables = large[0]
    operations = tables["operations"]
    assert tables["participations"]["sme_id"].value_counts().max() > 2
    promoters = operations.groupby("beneficiary_id")
    assert promoters.size().max() > 5
    assert promoters["region"].nunique().max() > 1


def test_everything_says_that_it_is_simulated():
    programme = simulate(operations=5)
    assert programme.simulated
    assert programme.provenance.simulated
    assert "imulated" in programme.name
    assert "imulated" in programme.settings.description
    for table, columns in {
        "schemes": ["name"],
        "operations": ["title", "beneficiary_name", "programme_name"],
        "enterprises": ["name"],
        "conditions": ["source", "unit"],
    }.items():
        for column in columns:
            assert programme.table(table)[column].str.contains("imulated").all(), column


# --- the programme ---------------------------------------------------------------------


def test_a_simulated_programme_is_a_programme():
    programme = simulate(operations=30)
    assert isinstance(programme, SimulatedProgramme)
    assert isinstance(programme, Programme)
    assert programme.name == "Simulated internationalisation support in seven regions"
    assert repr(programme).startswith("<Programme simulated: ")
    operations = programme.table("operations")
    money = operations[["public_amount", "private_amount", "total_cost_amount"]].mul(100).round()
    parts = money["public_amount"] + money["private_amount"]
    assert (parts == money["total_cost_amount"]).all()


def test_the_engine_does_not_change_amounts():
    plain = tables_of(300)[0]["operations"]
    through = simulate(operations=300).table("operations")
    for column in plain.filter(like="_amount"):
        assert (plain[column] * 100).round().equals((through[column] * 100).round()), column


def test_same_seed_same_tables():
    first, second = simulate(seed=3, operations=60), simulate(seed=3, operations=60)
    for name in first.tables:
        pd.testing.assert_frame_equal(first.table(name), second.table(name), check_exact=True)
    for name in ("leverage", "effects", "deadweight", "contexts"):
        pd.testing.assert_frame_equal(getattr(first.truth, name), getattr(second.truth, name))
    assert first.truth.size_gap == second.truth.size_gap


def test_other_seed_other_tables():
    first, second = tables_of(60, seed=3)[0], tables_of(60, seed=4)[0]
    for name in ("calls", "operations", "applications", "enterprises", "outcomes", "conditions"):
        assert not first[name].equals(second[name]), name


def test_an_option_of_one_part_leaves_the_others_alone():
    first, second = tables_of(60)[0], tables_of(60, trend_gap=0.05)[0]
    assert not first["outcomes"].equals(second["outcomes"])
    for name in set(first) - {"outcomes"}:
        pd.testing.assert_frame_equal(first[name], second[name])


def test_regions_and_years_can_be_chosen():
    two = simulate(operations=40, regions=("ITF2", "DE9"), years=(2015, 2017))
    assert set(two.table("schemes")["region"]) == {"ITF2", "DE9"}
    assert set(two.table("operations")["year"]) <= {2015, 2017}
    assert two.name.endswith("in two regions")
    assert set(two.table("outcomes")["year"]) == set(range(2013, 2020))
    many = simulate(operations=200, regions=30)
    invented = many.table("schemes").query("region.str.startswith('ZZ')")
    assert len(invented) == 23
    assert invented["nuts_version"].isna().all()
    assert many.name.endswith("in 30 regions")
    assert simulate(operations=2, regions=1).name.endswith("in one region")


def test_panel_can_be_limited():
    tables, truth = tables_of(700, panel_firms=200)
    followed = tables["outcomes"]["sme_id"].unique()
    assert len(followed) == 200
    assert np.isin(followed, tables["participations"]["sme_id"]).sum() == 100
    assert truth.effects.query("outcome == 'exporting'")["firms_count"].sum() == 100


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": -1}, "seed = -1 must be 0 or more"),
        ({"operations": 0}, "operations = 0 must be 1 or more"),
        ({"selection": -0.1}, "selection = -0.1 must be 0 or more"),
        ({"panel_firms": 1}, "panel_firms = 1 must be 2 or more"),
        ({"years": ()}, "must be ascending years"),
        ({"years": (2016, 2015)}, "must be ascending years"),
        ({"regions": 0}, "is no number of regions"),
        ({"regions": ()}, "at least one"),
        ({"regions": ("DE9", "DE9")}, "each region once"),
        ({"regions": ("DE91",)}, "no simulated region 'DE91'"),
    ],
)
def test_wrong_arguments_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        simulate(**options)


def test_cents_are_apportioned_exactly():
    rng = np.random.default_rng(5)
    parts = rng.integers(0, 1000, (200, 4))
    parts[0] = 0
    total = np.floor(parts.sum(axis=1) * rng.random(200)).astype(int)
    shares = apportion(total, parts)
    assert (shares.sum(axis=1) == total).all()
    assert (shares >= 0).all()
    assert (shares <= parts).all()
    sizes = rng.integers(1, 9, 200)
    members = apportion_groups(total, sizes, rng.integers(1, 50, sizes.sum()))
    assert (np.add.reduceat(members, np.cumsum(sizes) - sizes) == total).all()
    assert (members >= 0).all()


# --- the truth can be found ------------------------------------------------------------


def leverage_z(tables, truth):
    """Ratio of sums less the truth, in linearised standard errors, by region."""
    scores = {}
    expected = truth.leverage_by_region.set_index("region")["private_per_public"]
    for region, rows in tables["operations"].groupby("region"):
        public, private = rows["public_amount"], rows["private_amount"]
        ratio = private.sum() / public.sum()
        error = (private - ratio * public).std() * np.sqrt(len(rows)) / public.sum()
        scores[region] = (ratio - expected[region]) / error
    return pd.Series(scores)


def test_leverage_by_region(large):
    z = leverage_z(*large)
    assert len(z) == 7
    assert (z.abs() < 3.0).all(), z


def test_leverage_is_unbiased_over_seeds():
    z = pd.concat([leverage_z(*tables_of(3000, seed=seed, panel_firms=2)) for seed in range(8)])
    assert abs(z.mean()) < 4.0 / np.sqrt(len(z))
    assert 0.7 < z.std() < 1.3


def test_leverage_by_mechanism(large):
    tables, truth = large
    rows = tables["operations"].query("region == 'DE9'")
    expected = truth.leverage.query("region == 'DE9'").set_index("mechanism")
    for mechanism, group in rows.groupby("mechanism"):
        public, private = group["public_amount"], group["private_amount"]
        ratio = private.sum() / public.sum()
        error = (private - ratio * public).std() * np.sqrt(len(group)) / public.sum()
        assert abs(ratio - expected.loc[mechanism, "private_per_public"]) < 4.0 * error
    share = rows["mechanism"].value_counts(normalize=True).reindex(expected.index)
    spread = np.sqrt(share * (1.0 - share) / len(rows))
    assert ((share - expected["operations_share"]).abs() < 4.0 * spread).all()


def test_mean_of_ratios_is_another_figure(large):
    tables, truth = large
    rows = tables["operations"].query("region == 'FRI'")
    mean = (rows["private_amount"] / rows["public_amount"]).mean()
    expected = truth.leverage_by_region.set_index("region").loc["FRI", "private_per_public"]
    assert abs(mean / expected - 1.0) > 0.03


def first_support(tables):
    """First operation of each supported firm: year, mechanism, region."""
    columns = ["operation_id", "year", "mechanism", "region"]
    rows = tables["participations"].merge(tables["operations"][columns])
    return rows.sort_values(["year", "operation_id"]).drop_duplicates("sme_id").set_index("sme_id")


def log_wide(tables, outcome):
    """Logs of an outcome, one row a firm and one column a year; missing where not positive."""
    rows = tables["outcomes"]
    logs = np.log(rows[outcome].where(rows[outcome] > 0.0))
    return logs.groupby([rows["sme_id"], rows["year"]]).first().unstack()


def changes(wide, start):
    """Mean of the year of support and the two after it, less that of the two before."""
    after = wide[[start, start + 1, start + 2]].mean(axis=1, skipna=False)
    return (after - wide[[start - 2, start - 1]].mean(axis=1, skipna=False)).dropna()


def did(wide, support):
    """Difference in differences against firms never supported, cohort by cohort.

    The error takes the changes of one firm in the comparison group as perfectly correlated
    over cohorts, which is on the safe side.
    """
    never = wide[~wide.index.isin(support["sme_id"])]
    estimate, variance, safe, count = 0.0, 0.0, 0.0, 0
    for start, cohort in support.groupby("year"):
        treated = changes(wide.reindex(cohort["sme_id"]), start)
        if len(treated) < 2:
            continue
        control = changes(never, start)
        estimate += len(treated) * (treated.mean() - control.mean())
        variance += len(treated) * treated.var()
        safe += len(treated) * control.sem()
        count += len(treated)
    return estimate / count, np.sqrt(variance / count**2 + (safe / count) ** 2)


@pytest.fixture(scope="module")
def supported(large):
    return first_support(large[0]).reset_index()


def did_against_never(wide, tables, group):
    ever = tables["participations"]["sme_id"].unique()
    keep = wide.index.isin(group["sme_id"]) | ~wide.index.isin(ever)
    return did(wide[keep], group)


@pytest.mark.parametrize("outcome", LOG_OUTCOMES)
def test_difference_in_differences_finds_the_effects(large, supported, outcome):
    tables, truth = large
    wide = log_wide(tables, outcome)
    expected = truth.effects_by_mechanism.query("outcome == @outcome").set_index("mechanism")
    assert len(expected) == len(MECHANISMS)
    for mechanism, group in supported.groupby("mechanism"):
        estimate, error = did_against_never(wide, tables, group)
        assert abs(estimate - expected.loc[mechanism, "effect"]) < 4.0 * error, mechanism
        assert error < 0.05


def test_a_mechanism_works_only_where_its_condition_is_met(large, supported):
    tables, truth = large
    wide = log_wide(tables, "employment_fte")
    rule = truth.contexts.set_index("mechanism").loc["workshops"]
    conditions = tables["conditions"].query("indicator == @rule.indicator")
    value = conditions.groupby("region")["value"].first()
    good = value.index[value > rule["threshold"]]
    effects = truth.effects.query("outcome == 'employment_fte' and mechanism == 'workshops'")
    assert ((effects["effect"] > 0.0) == effects["region"].isin(good)).all()
    assert 0 < len(good) < 7
    workshops = supported[supported["mechanism"] == "workshops"]
    there = workshops["region"].isin(good)
    estimate, error = did_against_never(wide, tables, workshops[there])
    assert abs(estimate - 0.06 * 0.55) < 4.0 * error
    assert estimate > 4.0 * error
    nothing, error = did_against_never(wide, tables, workshops[~there])
    assert abs(nothing) < 4.0 * error


def naive(wide, support, year):
    """Difference of levels between supported and other firms in one year, with its error."""
    level, ever = wide[year].dropna(), wide[year].dropna().index.isin(support["sme_id"])
    gap = level[ever].mean() - level[~ever].mean()
    return gap, np.hypot(level[ever].sem(), level[~ever].sem())


def test_a_comparison_of_levels_misleads(large, supported):
    tables, truth = large
    wide = log_wide(tables, "employment_fte")
    gap, error = naive(wide, supported, 2022)
    largest = truth.effects.query("outcome == 'employment_fte'")["effect"].max()
    assert gap - largest > 10.0 * error
    before, error = naive(wide, supported, 2013)
    assert abs(before - truth.size_gap) < 6.0 * error
    assert truth.size_gap > 0.3


def test_a_lottery_does_not_mislead():
    tables, truth = tables_of(2000, selection=0.0)
    support = first_support(tables).reset_index()
    gap, error = naive(log_wide(tables, "employment_fte"), support, 2013)
    assert abs(gap) < 4.0 * error
    assert abs(truth.size_gap) < 0.1


def test_a_trend_gap_breaks_parallel_trends():
    tables, truth = tables_of(2000, trend_gap=0.03)
    assert truth.trend_gap == 0.03
    support = first_support(tables).reset_index()
    wide = log_wide(tables, "employment_fte")
    ever = wide.index.isin(support["sme_id"])
    growth = (wide[2014] - wide[2012]) / 2.0
    late = wide.index.isin(support.loc[support["year"] > 2014, "sme_id"])
    gap = growth[late].mean() - growth[~ever].mean()
    error = np.hypot(growth[late].sem(), growth[~ever].sem())
    assert abs(gap - 0.03) < 4.0 * error
    estimate, error = did(wide, support)
    average = np.average(
        truth.effects.query("outcome == 'employment_fte'")["effect"],
        weights=truth.effects.query("outcome == 'employment_fte'")["firms_count"],
    )
    assert estimate - average > 4.0 * error


def test_new_exporters(large, supported):
    tables, truth = large
    wide = tables["outcomes"].pivot_table(index="sme_id", columns="year", values="exports_amount")
    alive = tables["outcomes"].groupby("sme_id")["alive"].all()
    rows = supported.set_index("sme_id").join(wide).loc[lambda frame: alive[frame.index]]
    before = [rows.loc[firm, year - 1] for firm, year in rows["year"].items()]
    rows = rows[np.array(before) == 0.0]
    expected = truth.effects.query("outcome == 'exporting'").set_index(["region", "mechanism"])
    begins = rows[2022] > 0.0
    cell = pd.MultiIndex.from_frame(rows[["region", "mechanism"]])
    chance = expected["effect"].reindex(cell).to_numpy()
    assert abs(begins.sum() - chance.sum()) < 4.0 * np.sqrt((chance * (1.0 - chance)).sum())


def test_answers_show_deadweight(large, supported):
    tables, truth = large
    answers = tables["surveys"].pivot_table(
        index="sme_id", columns="question", values="answer", aggfunc="first"
    )
    assert 0.5 < len(answers) / len(supported) < 0.7
    mechanism = supported.set_index("sme_id")["mechanism"].reindex(answers.index)
    shares = truth.deadweight.set_index("mechanism")
    columns = {"yes": "deadweight_share", "partly": "partly_share", "no": "nothing_share"}
    assert np.allclose(shares[list(columns.values())].sum(axis=1), 1.0)
    for name, group in answers["would_have_done_anyway"].groupby(mechanism):
        for answer, column in columns.items():
            share = shares.loc[name, column]
            error = np.sqrt(share * (1.0 - share) / len(group))
            assert abs((group == answer).mean() - share) < 4.0 * error
    same = (answers.filter(like="anyway_") == "same").all(axis=1)
    assert (same == (answers["would_have_done_anyway"] == "yes")).all()
    partly = answers[answers["would_have_done_anyway"] == "partly"].filter(like="anyway_")
    assert (partly == "same").any(axis=1).any()
    assert not (partly == "same").all(axis=1).any()
    nothing = answers["anyway_timing"] == "never"
    assert (nothing == (answers["would_have_done_anyway"] == "no")).all()


def test_population_is_that_of_firms_without_support(large):
    tables, _ = large
    population = tables["population"].query("year == 2012")
    assert population["firms_count"].sum() == 10 * len(tables["enterprises"])
    mean = np.average(population["employment_fte"], weights=population["firms_count"])
    assert abs(mean / tables["enterprises"]["headcount"].mean() - 1.0) < 0.02


def test_one_operation_leaves_effects_missing_and_not_zero():
    truth = simulate(operations=1).truth
    empty = truth.effects_by_mechanism.query("firms_count == 0")
    assert len(empty) == 4 * (len(MECHANISMS) - 1)
    assert empty["effect"].isna().all()
