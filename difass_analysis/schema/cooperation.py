"""Tables of interregional projects, good practice, and the record of where values come from."""

from __future__ import annotations

from difass_analysis.schema.model import col, table

INDICATOR_SYSTEMS = ("IVC_2007", "IE_2014", "CPR_2014", "CPR_2021")
FACT_KINDS = ("stated", "derived", "approximate", "assumed")
SEVERITIES = ("error", "warning", "note")
EVIDENCE_STEPS = ("I", "II", "III", "IV", "V", "VI")
STRENGTHS = ("none", "weak", "moderate", "strong")
CLAIM_STATES = ("open", "supported", "partly supported", "not supported")
TEST_TYPES = ("straw-in-the-wind", "hoop", "smoking gun", "doubly decisive")
TEST_RESULTS = ("passed", "failed", "open")
IMPORTANCES = ("low", "medium", "high")
#: Stages of a transfer, from the first to the last.
STAGES = ("agreed", "prepared", "visited", "piloted", "adopted")
ACTION_STATES = ("planned", "started", "done", "dropped")
POLICY_CHANGES = ("new projects", "better governance", "structural change")

_NUTS_VERSION = col("nuts_version", "NUTS version of the region code")

PROJECTS = table(
    "projects",
    "an interregional project",
    col("project_id", "key of the project"),
    col("acronym", "acronym"),
    col("name", "full name"),
    col("kind_of_project", "kind of project"),
    col("programme_name", "funding programme"),
    col("programme_period", "period of the funding programme"),
    col("objective", "specific objective by code"),
    col("start_date", "first day"),
    col("end_date", "last day"),
    col("status", "state as stated"),
    col("budget_amount", "total budget"),
    col("eu_amount", "contribution of the Union"),
    col("unlabelled_amount", "an amount that the source gives without saying what it is"),
    col("unlabelled_share", "a rate that the source gives without saying of what"),
    col("influenced_amount", "Structural Funds influenced, as reported"),
    col("partners_count", "partners, as stated in the text or box"),
    col("partners_listed_count", "partners in the listing"),
    col("regions_count", "regions"),
    col("countries_count", "countries"),
    col("themes", "themes, separated by semicolons"),
    col("note", "remark"),
    key=("project_id",),
)

PARTNERS = table(
    "partners",
    "an organisation of a project",
    col("partner_id", "key of the organisation in this programme"),
    col("project_id", "the project", references="projects"),
    col("name", "name of the organisation"),
    col("role", "what it does in the project"),
    col("place", "place as stated"),
    col("region", "NUTS code"),
    _NUTS_VERSION,
    col("country_code", "country"),
    col("is_partner", "whether the source calls it a partner", kind="flag"),
    col("owner_type", "who owns it: public, private ..."),
    col("organisation_type", "kind of organisation"),
    col("budget_amount", "its budget in the project"),
    col("note", "remark"),
    key=("partner_id",),
)

REGIONS = table(
    "regions",
    "a place named by a project, with its codes by NUTS version",
    col("region_id", "key of the place in this programme"),
    col("project_id", "the project", references="projects"),
    col("name", "name as stated"),
    col("level", "country, NUTS 1 to 3, town ..."),
    col("role", "role in the project"),
    col("region", "NUTS code in the programme's own NUTS version"),
    _NUTS_VERSION,
    col("nuts_2010", "NUTS 2010 code"),
    col("nuts_2013", "NUTS 2013 code"),
    col("nuts_2016", "NUTS 2016 code"),
    col("nuts_2021", "NUTS 2021 code"),
    col("nuts_2024", "NUTS 2024 code"),
    col("note", "remark"),
    key=("region_id",),
)

MECHANISMS = table(
    "mechanisms",
    "an instrument or activity that the sources call a mechanism or a form of support",
    col("mechanism_id", "key"),
    col("project_id", "the project", references="projects"),
    col("name", "name"),
    col("instrument_type", "kind of instrument"),
    col("note", "remark"),
    key=("mechanism_id",),
)

POLICY_INSTRUMENTS = table(
    "policy_instruments",
    "one element of a policy instrument that a region works on",
    col("policy_instrument_id", "key of the element"),
    col("project_id", "the project", references="projects"),
    col("region_name", "area of the partner"),
    col("instrument_region_name", "area of the instrument"),
    col("region", "area of the partner, NUTS code"),
    _NUTS_VERSION,
    col("partner_name", "partner"),
    col("name", "policy instrument"),
    col("level", "local, regional or national"),
    col("element", "kind of element: instrument, objective, problem, measure ..."),
    col("statement", "what it says, in our words"),
    col("label_type", "kind of the number or letter that labels it, where known"),
    col("note", "remark"),
    key=("policy_instrument_id",),
)

BARRIER_LINKS = table(
    "barrier_links",
    "one mechanism that addresses a barrier, or one claim about it",
    col("barrier_link_id", "key"),
    col("barrier_id", "the barrier", references="barriers"),
    col("mechanism_id", "the mechanism that addresses it", references="mechanisms"),
    col("claim_id", "the claim on how it does", references="mechanism_claims"),
    col("kind", "whether the source states the link or it is read into it", values=FACT_KINDS),
    col("source", "source"),
    col("note", "remark"),
    key=("barrier_link_id",),
)

BARRIERS = table(
    "barriers",
    "a barrier, rationale, goal or success factor that a source states",
    col("barrier_id", "key"),
    col("project_id", "the project", references="projects"),
    col("kind_of_statement", "barrier, rationale, goal, claim, success factor ..."),
    col("statement", "what it says, in our words"),
    col("note", "remark"),
    key=("barrier_id",),
)

EVENTS = table(
    "events",
    "an event",
    col("event_id", "key"),
    col("project_id", "the project", references="projects"),
    col("name", "name"),
    col("kind_of_event", "kind"),
    col("place", "place as stated"),
    col("start_date", "first day, or first day of the month where only that is known"),
    col("end_date", "last day"),
    col("host", "host"),
    col("participants_count", "participants"),
    col("note", "remark"),
    key=("event_id",),
)

ACTION_PLANS = table(
    "action_plans",
    "one action of an action plan",
    col("action_id", "key"),
    col("project_id", "the project", references="projects"),
    col("plan_id", "the plan that it is part of"),
    col("partner_name", "partner whose plan it is"),
    col("region", "NUTS code"),
    _NUTS_VERSION,
    col("policy_instrument", "instrument to be changed"),
    col("practice_id", "practice learnt from", references="practices"),
    col("learnt_from", "partner learnt from"),
    col("action", "what is to be done"),
    col("players", "who takes part"),
    col("policy_change", "change of policy that is aimed at", values=POLICY_CHANGES),
    col("start_date", "start, as planned"),
    col("end_date", "end, as planned"),
    col("cost_amount", "cost, as planned"),
    col("funding", "where the money comes from"),
    col("monitoring", "how it is followed"),
    col("status", "how far it is", values=ACTION_STATES),
    col("started_date", "when it was started"),
    col("done_date", "when it was done"),
    col("dropped_date", "when it was dropped"),
    col("policy_change_made", "change of policy that it made", values=POLICY_CHANGES),
    col("change_evidence", "what shows that change"),
    col("note", "remark"),
    key=("action_id",),
)

OUTPUTS = table(
    "outputs",
    "one programme indicator, planned and achieved",
    col("output_id", "key"),
    col("programme_id", "the programme"),
    col("project_id", "the project", references="projects"),
    col("indicator_system", "indicator system", values=INDICATOR_SYSTEMS),
    col("indicator_code", "code in that system"),
    col("name", "what is counted"),
    col("planned", "planned value", kind="number"),
    col("achieved", "achieved value", kind="number"),
    col("unit", "unit"),
    col("status", "planned or done, as stated"),
    col("note", "remark"),
    key=("output_id",),
)

PRACTICES = table(
    "practices",
    "a good practice",
    col("practice_id", "key"),
    col("project_id", "the project", references="projects"),
    col("template", "form in which it is recorded"),
    col("title", "title"),
    col("short_summary", "summary in a sentence"),
    col("description", "detailed information"),
    col("resources_needed", "resources needed"),
    col("evidence_of_success", "evidence of success"),
    col("difficulties", "difficulties encountered"),
    col("learning_potential", "potential for learning or transfer"),
    col("main_institution", "main institution"),
    col("region", "NUTS code"),
    _NUTS_VERSION,
    col("start_date", "start"),
    col("end_date", "end; empty while it goes on"),
    col("mechanism", "kind of support"),
    col("theme", "theme, or thematic objective"),
    col("project_link", "page of the project it came from"),
    col("web_link", "page of the practice"),
    col("contact", "whom to ask; never leaves the package", personal=True),
    col("expert_opinion", "opinion of the platform's experts"),
    col(
        "evidence_step",
        "highest Storey step that the stated evidence supports, as an expert declares it",
        values=EVIDENCE_STEPS,
    ),
    col("evidence_step_reason", "what in the stated evidence supports that step"),
    col("note", "remark"),
    key=("practice_id",),
)

TRANSFERS = table(
    "transfers",
    "one practice that goes from one place to another",
    col("transfer_id", "key"),
    col("project_id", "the project", references="projects"),
    col("practice_id", "the practice", references="practices"),
    col("from_name", "exporter"),
    col("from_level", "level of the exporter's name"),
    col("from_region", "exporter, code as far as known"),
    col("to_name", "importer"),
    col("to_level", "level of the importer's name"),
    col("to_region", "importer, code as far as known"),
    _NUTS_VERSION,
    col("mode", "how it is transferred"),
    col("stage", "the latest stage that it has reached", values=STAGES),
    col("agreed_date", "when it was agreed"),
    col("prepared_date", "when it was prepared"),
    col("visited_date", "when the practice was visited"),
    col("piloted_date", "when it was piloted"),
    col("adopted_date", "when it was adopted"),
    col("note", "remark"),
    key=("transfer_id",),
)

CONDITIONS = table(
    "conditions",
    "one framework indicator of one region in one year",
    col("region", "code of the region or country"),
    _NUTS_VERSION,
    col("level", "country, NUTS 1, NUTS 2, NUTS 3"),
    col("indicator", "the indicator"),
    col("year", "the year"),
    col("edition", "edition or round of the index, where its editions are no time series"),
    col("value", "the value", kind="number"),
    col("unit", "unit"),
    col("source", "source"),
    key=("region", "indicator", "year"),
)

RATINGS = table(
    "ratings",
    "how one rater sees one component of a practice in one receiving context",
    col("practice_id", "the practice", references="practices"),
    col("component", "the component, or what it needs"),
    col("importer", "the receiving context: a region or a partner, by name"),
    col("rater", "who rates, by a word that names no person"),
    col("rating", "from -2, a strong constraint, to 2, a strong support", kind="number"),
    col("importance", "how much the component matters to the practice", values=IMPORTANCES),
    col("comment", "why"),
    key=("practice_id", "component", "importer", "rater"),
)

MECHANISM_CLAIMS = table(
    "mechanism_claims",
    "a context-mechanism-outcome statement",
    col("claim_id", "key"),
    col("practice_id", "the practice", references="practices"),
    col("context", "in which context"),
    col("resource", "what is offered"),
    col("reasoning", "how the actor responds"),
    col("outcome", "what follows"),
    col("evidence_for", "evidence for"),
    col("evidence_against", "evidence against"),
    col("strength", "strength of the evidence", values=STRENGTHS),
    col("rival_explanations", "what else could explain the outcome"),
    col("evidence_step", "Storey step of the evidence", values=EVIDENCE_STEPS),
    col("status", "what is held of the claim", values=CLAIM_STATES),
    col("source", "source"),
    key=("claim_id",),
)

CLAIM_TESTS = table(
    "claim_tests",
    "one process-tracing test of a mechanism claim",
    col("test_id", "key"),
    col("claim_id", "the claim", references="mechanism_claims"),
    col("test_type", "kind of test", values=TEST_TYPES),
    col("expectation", "what should be found if the claim holds"),
    col("result", "passed, failed or open", values=TEST_RESULTS),
    col("evidence", "what was found"),
    col("source", "source"),
    key=("test_id",),
)

THEORY_LINKS = table(
    "theory_links",
    "one link of a theory of change: from one result to the next",
    col("link_id", "key"),
    col("practice_id", "the practice", references="practices"),
    col("from_result", "the result that leads on"),
    col("to_result", "the result that it leads to"),
    col("assumption", "what must hold for it"),
    col("risk", "what could prevent it"),
    col("evidence_for", "evidence for the link"),
    col("evidence_against", "evidence against it"),
    col("rival_explanations", "what else could bring about the next result"),
    col("status", "what is held of the link", values=CLAIM_STATES),
    col("source", "source"),
    key=("link_id",),
)

FACTS = table(
    "facts",
    "where one value comes from",
    col("fact_id", "key"),
    col("table", "table that the value stands in, empty where it has no column"),
    col("key", "key of the row"),
    col("column", "column, or the name of the value"),
    col("value", "the value as recorded"),
    col("unit", "unit"),
    col("kind", "stated, derived, approximate or assumed", required=True, values=FACT_KINDS),
    col("source", "file or document"),
    col("note", "remark"),
    key=("fact_id",),
)

NOTES = table(
    "notes",
    "a recorded inconsistency or caution",
    col("note_id", "key"),
    col("table", "table that it is about"),
    col("key", "key of the row"),
    col("severity", "warning or note", values=SEVERITIES),
    col("text", "what is inconsistent, in our words"),
    col("treatment", "what is done about it"),
    col("found_by", "rule that finds it in the data; empty where no rule can"),
    col("source", "file or document"),
    key=("note_id",),
)

OUTSIDE_FACTS = table(
    "outside_facts",
    "a fact found outside the programme's own sources; never mixed with them",
    col("outside_fact_id", "key"),
    col("project_id", "what it is about"),
    col("variable", "what is stated"),
    col("value", "the value as recorded"),
    col("unit", "unit"),
    col("source", "page or document"),
    col("note", "remark"),
    key=("outside_fact_id",),
)

COOPERATION = (
    PROJECTS,
    PARTNERS,
    REGIONS,
    MECHANISMS,
    POLICY_INSTRUMENTS,
    BARRIERS,
    BARRIER_LINKS,
    EVENTS,
    ACTION_PLANS,
    OUTPUTS,
    PRACTICES,
    TRANSFERS,
    CONDITIONS,
    RATINGS,
    MECHANISM_CLAIMS,
    CLAIM_TESTS,
    THEORY_LINKS,
    FACTS,
    NOTES,
    OUTSIDE_FACTS,
)
