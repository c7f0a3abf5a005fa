"""Tables of interregional projects, good practice, and the record of where values come from."""

from __future__ import annotations

from difass_analysis.schema.model import col, table

INDICATOR_SYSTEMS = ("IVC_2007", "IE_2014", "CPR_2014", "CPR_2021")
FACT_KINDS = ("stated", "derived", "approximate", "assumed")
SEVERITIES = ("error", "warning", "note")

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
    col("region", "NUTS code"),
    _NUTS_VERSION,
    col("policy_instrument", "instrument to be changed"),
    col("practice_id", "practice learnt from", references="practices"),
    col("action", "what is to be done"),
    col("policy_change", "new projects, better governance, or structural change"),
    col("start_date", "start"),
    col("end_date", "end"),
    col("cost_amount", "cost"),
    col("status", "planned, started, done"),
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
    col("end_date", "end"),
    col("mechanism", "kind of support"),
    col("theme", "theme"),
    col("expert_opinion", "opinion of the platform's experts"),
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
    col("stage", "agreed, prepared, visited, piloted, adopted"),
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
    col("value", "the value", kind="number"),
    col("unit", "unit"),
    col("source", "source"),
    key=("region", "indicator", "year"),
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
    col("strength", "strength of the evidence"),
    col("source", "source"),
    key=("claim_id",),
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
    EVENTS,
    ACTION_PLANS,
    OUTPUTS,
    PRACTICES,
    TRANSFERS,
    CONDITIONS,
    MECHANISM_CLAIMS,
    FACTS,
    NOTES,
    OUTSIDE_FACTS,
)
