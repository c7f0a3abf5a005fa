"""The tables of the register: which columns are shown, in what order, under what headings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One table of the register: caption, columns with headings, and how it is set.

    Few rows of a table with a ``single`` caption are set one by one, as records.
    """

    table: str
    caption: str
    headings: Mapping[str, str]
    single: str = ""


REGISTER = (
    Entry(
        table="projects",
        caption="Projects",
        single="The project",
        headings={
            "name": "Full name",
            "acronym": "Acronym",
            "kind_of_project": "Kind",
            "programme_name": "Funding programme",
            "programme_period": "Period of the programme",
            "start_date": "First day",
            "end_date": "Last day",
            "status": "State as stated",
            "budget_amount": "Total budget",
            "eu_amount": "Contribution of the Union",
            "unlabelled_amount": "Amount without a label",
            "unlabelled_share": "Rate without a label",
            "influenced_amount": "Influenced Structural Funds",
            "partners_count": "Partners, as stated",
            "partners_listed_count": "Partners, as listed",
            "regions_count": "Regions",
            "countries_count": "Countries",
            "themes": "Themes",
            "note": "Remark",
        },
    ),
    Entry(
        table="schemes",
        caption="Support schemes",
        single="The support scheme",
        headings={
            "name": "Name",
            "mechanism": "Kind of support",
            "region": "Region (NUTS)",
            "start_date": "First day",
            "end_date": "Last day",
            "max_aid_share": "Highest aid rate",
            "max_grant_amount": "Highest grant to one operation",
            "staff_count": "Staff",
            "budget_amount": "Budget",
        },
    ),
    Entry(
        table="calls",
        caption="Calls",
        headings={
            "year": "Year",
            "region": "Region (NUTS)",
            "operations_count": "Operations",
            "smes_count": "SMEs",
            "public_amount": "Public money",
            "private_amount": "Private money",
            "additional_investment_amount": "Additional investment",
            "eligible_cost_amount": "Eligible cost",
            "paid_amount": "Paid",
        },
    ),
    Entry(
        table="partners",
        caption="Partners and other organisations",
        headings={
            "name": "Organisation",
            "role": "Role",
            "place": "Place",
            "region": "NUTS",
            "country_code": "Country",
            "note": "Remark",
        },
    ),
    Entry(
        table="regions",
        caption="Regions and places",
        headings={
            "name": "Place as stated",
            "level": "Level",
            "role": "Role",
            "region": "NUTS",
            "nuts_2024": "NUTS 2024",
            "note": "Remark",
        },
    ),
    Entry(
        table="mechanisms",
        caption="Instruments and forms of support",
        headings={"name": "Instrument", "instrument_type": "Kind", "note": "Remark"},
    ),
    Entry(
        table="policy_instruments",
        caption="Policy instruments",
        headings={
            "region_name": "Area of the partner",
            "instrument_region_name": "Area of the instrument",
            "name": "Policy instrument",
            "element": "Element",
            "statement": "What it says",
            "note": "Remark",
        },
    ),
    Entry(
        table="outputs",
        caption="Outputs, planned and done",
        headings={
            "name": "Output",
            "planned": "Planned",
            "achieved": "Achieved",
            "unit": "Unit",
            "status": "State",
            "indicator_system": "Indicator system",
            "note": "Remark",
        },
    ),
    Entry(
        table="transfers",
        caption="Transfers of practice",
        headings={
            "from_name": "From",
            "to_name": "To",
            "practice_title": "Practice",
            "mode": "How",
            "stage": "Stage",
            "note": "Remark",
        },
    ),
    Entry(
        table="practices",
        caption="Good practices",
        single="Good practice",
        headings={
            "title": "Title",
            "short_summary": "Summary",
            "description": "Description",
            "resources_needed": "Resources needed",
            "evidence_of_success": "Evidence of success",
            "difficulties": "Difficulties",
            "learning_potential": "Potential for learning",
            "main_institution": "Main institution",
            "region": "Region (NUTS)",
            "start_date": "First day",
            "end_date": "Last day",
            "mechanism": "Kind of support",
            "expert_opinion": "Opinion of experts",
            "note": "Remark",
        },
    ),
    Entry(
        table="events",
        caption="Events",
        headings={
            "name": "Event",
            "kind_of_event": "Kind",
            "place": "Place",
            "start_date": "First day",
            "end_date": "Last day",
            "participants_count": "Participants",
            "note": "Remark",
        },
    ),
    Entry(
        table="barriers",
        caption="Barriers, reasons and claims in the sources",
        headings={"kind_of_statement": "Kind", "statement": "What is said", "note": "Remark"},
    ),
    Entry(
        table="outside_facts",
        caption="Found outside the sources, never mixed with them",
        headings={
            "variable": "What",
            "value": "Value",
            "unit": "Unit",
            "source": "Where",
            "note": "Remark",
        },
    ),
)
