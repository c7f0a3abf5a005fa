"""Tables of support schemes: schemes, calls, operations, money, enterprises and outcomes."""

from __future__ import annotations

from difass_analysis.schema.model import col, table

SOURCE_TYPES = (
    "eu",
    "national_public",
    "regional_public",
    "promotional_bank",
    "private_intermediary",
    "private_final_recipient",
)
SUPPORT_FORMS = ("grant", "financial_instrument", "non_financial")
INSTRUMENTS = ("grant", "loan", "guarantee", "equity", "own")
OWNER_TYPES = ("enterprise", "exempt_investor", "public_body", "natural_person")
SIZE_CLASSES = ("micro", "small", "medium", "large")

_NUTS_VERSION = col("nuts_version", "NUTS version of the region code, for example 2016")

SCHEMES = table(
    "schemes",
    "a support scheme or policy instrument",
    col("scheme_id", "key of the scheme"),
    col("name", "name of the scheme"),
    col("programme_id", "programme that the scheme belongs to"),
    col("region", "region of the scheme, NUTS code"),
    _NUTS_VERSION,
    col("mechanism", "kind of support, for example workshops or loans"),
    col("start_date", "first day of the scheme"),
    col("end_date", "last day of the scheme"),
    col("max_aid_share", "highest share of eligible cost that the scheme pays"),
    col("max_grant_amount", "highest grant to one operation"),
    col("staff_count", "staff who manage the scheme (heads, or FTE where facts say so)"),
    col("budget_amount", "budget envelope of the scheme"),
    key=("scheme_id",),
)

CALLS = table(
    "calls",
    "a call of a scheme, also when only its totals are known",
    col("call_id", "key of the call"),
    col("scheme_id", "scheme of the call", references="schemes"),
    col("region", "region of the call, NUTS code"),
    _NUTS_VERSION,
    col("year", "year of the call"),
    col("mechanism", "kind of support"),
    col("budget_amount", "money set aside for the call"),
    col("applications_count", "applications received"),
    col("operations_count", "operations supported"),
    col("smes_count", "SMEs reached, each counted once in the call"),
    col("public_amount", "public money granted in the call"),
    col("private_amount", "private money in the call's operations"),
    col(
        "additional_investment_amount",
        "investment added by companies or promoters; promoters can be public bodies",
    ),
    col("eligible_cost_amount", "eligible cost of the call's operations"),
    col("paid_amount", "public money paid so far"),
    key=("call_id",),
)

OPERATIONS = table(
    "operations",
    "a supported project",
    col("operation_id", "key of the operation"),
    col("call_id", "call of the operation", references="calls"),
    col("scheme_id", "scheme of the operation", references="schemes"),
    col("programme_id", "CCI or other code of the programme"),
    col("programme_name", "operational programme"),
    col("fund", "fund: ERDF, ESF, CF ..."),
    col("priority", "priority axis by number"),
    col("priority_name", "priority axis by name"),
    col("intervention", "category of intervention or theme by code"),
    col("intervention_name", "category of intervention, theme or objective by name"),
    col("mechanism", "kind of support"),
    col("support_form", "form of the support", values=SUPPORT_FORMS),
    col("region", "place of the operation, NUTS code"),
    _NUTS_VERSION,
    col("region_name", "place of the operation, region by name"),
    col("county", "county or district"),
    col("municipality", "municipality"),
    col("country", "country by name"),
    col("country_code", "country by code"),
    col("postal_code", "postcode"),
    col("coordinates", "latitude and longitude as stated"),
    col("address", "street address", personal=True),
    col("year", "year of the call, else of the start"),
    col("beneficiary_id", "key of the beneficiary"),
    col("beneficiary_name", "name of the beneficiary"),
    col("beneficiary_url", "page of the beneficiary"),
    col("beneficiary_type", "kind of body: public, private ..."),
    col("natural_person", "whether the beneficiary is a natural person", kind="flag"),
    col("contact_person", "contact; never leaves the package", personal=True),
    col("title", "name of the operation"),
    col("summary", "summary of the operation"),
    col("status", "state of the operation"),
    col("url", "page of the operation"),
    col("approval_date", "date of approval"),
    col("start_date", "first day"),
    col("end_date", "last day"),
    col("final_payment_date", "date of the last payment"),
    col("updated_date", "date of the row's last update"),
    col("total_cost_amount", "total cost"),
    col("eligible_cost_amount", "total eligible cost"),
    col("ineligible_cost_amount", "cost outside eligible cost, borne by the beneficiary"),
    col("eu_amount", "contribution of the Union"),
    col("national_public_amount", "national, regional or local public contribution"),
    col("public_amount", "public money granted: Union plus national public"),
    col("private_amount", "private money"),
    col("own_amount", "the beneficiary's own contribution; private only when the beneficiary is"),
    col("other_amount", "money from any other source"),
    col("eu_rate_share", "co-financing rate of the Union"),
    col("paid_amount", "public money paid so far"),
    col("authority_name", "managing authority"),
    col("source_note", "where the row is from"),
    key=("operation_id",),
)

FUNDING = table(
    "funding",
    "one source of money of one operation",
    col("operation_id", "operation that is funded", references="operations"),
    col("source_type", "who gives the money", required=True, values=SOURCE_TYPES),
    col("reimbursable", "whether the money is to be paid back", kind="flag"),
    col(
        "instrument",
        "form of the money; a guarantee backs the loans of others and pays for nothing itself",
        values=INSTRUMENTS,
    ),
    col("committed_amount", "money committed"),
    col("paid_amount", "money paid"),
    key=("operation_id", "source_type", "reimbursable"),
    # One body can lend and guarantee in one operation: both are to be paid back.
    apart=("instrument",),
)

ENTERPRISES = table(
    "enterprises",
    "one enterprise",
    col("sme_id", "key of the enterprise"),
    col("name", "name; never exported", personal=True),
    col("region", "seat, NUTS code"),
    _NUTS_VERSION,
    col("nace", "economic activity, NACE code"),
    col("size_class", "size class at the time of application", values=SIZE_CLASSES),
    col("headcount", "staff in annual work units", kind="number"),
    col("turnover_amount", "yearly turnover"),
    col("balance_amount", "balance sheet total"),
    col("founded_date", "date of foundation"),
    col("natural_person", "whether the enterprise is a natural person", kind="flag"),
    col("group", "group as given: minority, disability, women-led ..."),
    key=("sme_id",),
)

OWNERSHIP = table(
    "ownership",
    "one partner or linked enterprise of an enterprise",
    col("sme_id", "the enterprise", references="enterprises"),
    col("owner_id", "the partner or linked enterprise"),
    col("held_share", "share of capital or votes held, whichever is greater"),
    col("owner_type", "kind of owner; an enterprise where empty", values=OWNER_TYPES),
    col("control", "whether the owner controls it other than by a majority", kind="flag"),
    key=("sme_id", "owner_id"),
)

PARTICIPATIONS = table(
    "participations",
    "one SME in one operation",
    col("operation_id", "the operation", references="operations"),
    col("sme_id", "the SME", references="enterprises"),
    col("public_amount", "public money that reached this SME"),
    col("support_form", "form of the support to this SME", values=SUPPORT_FORMS),
    col(
        "new_enterprise",
        "whether the enterprise did not exist three years before the operation started",
        kind="flag",
    ),
    key=("operation_id", "sme_id"),
)

APPLICATIONS = table(
    "applications",
    "one applicant in one call",
    col("call_id", "the call", references="calls"),
    col("applicant_id", "the applicant"),
    col("score", "points given", kind="number"),
    col("cutoff", "points needed", kind="number"),
    col("awarded", "whether support was awarded", kind="flag"),
    key=("call_id", "applicant_id"),
)

SURVEYS = table(
    "surveys",
    "one answer of one SME",
    col("sme_id", "the SME", references="enterprises"),
    col("operation_id", "the operation asked about", references="operations"),
    col("question", "the question's key"),
    col("answer", "the answer as given"),
    key=("sme_id", "operation_id", "question"),
)

OUTCOMES = table(
    "outcomes",
    "one firm in one year",
    col("sme_id", "the firm", references="enterprises"),
    col("year", "the year"),
    col("employment_fte", "employment, full-time equivalents"),
    col("turnover_amount", "turnover"),
    col("exports_amount", "exports"),
    col("alive", "whether the firm exists", kind="flag"),
    key=("sme_id", "year"),
)

POPULATION = table(
    "population",
    "one cell of typical firms",
    col("region", "NUTS code"),
    _NUTS_VERSION,
    col("nace", "economic activity"),
    col("size_class", "size class", values=SIZE_CLASSES),
    col("year", "the year"),
    col("firms_count", "number of firms"),
    col("employment_fte", "mean employment"),
    col("turnover_amount", "mean turnover"),
    col("exports_amount", "mean exports"),
    key=("region", "nace", "size_class", "year"),
)

SUPPORT = (
    SCHEMES,
    CALLS,
    OPERATIONS,
    FUNDING,
    ENTERPRISES,
    OWNERSHIP,
    PARTICIPATIONS,
    APPLICATIONS,
    SURVEYS,
    OUTCOMES,
    POPULATION,
)
