"""Finance: loan portfolios, revolving funds, leverage and State aid."""

from __future__ import annotations

from difass_analysis.finance.aid_intensity import AidIntensities, aid_intensities
from difass_analysis.finance.aid_parameters import (
    example_limits,
    legal_parameters,
    margin_table,
    premium_table,
)
from difass_analysis.finance.aid_proportional import (
    ProportionalEquivalent,
    proportional_equivalent,
)
from difass_analysis.finance.aid_rates import (
    ReferenceRate,
    base_rate,
    reference_rate,
    safe_harbour_premium,
)
from difass_analysis.finance.cycles import (
    cycles_until,
    inflation_of_cycle,
    lending_limit,
    retention,
    total_lent,
)
from difass_analysis.finance.de_minimis import AidHeadroom, aid_headroom
from difass_analysis.finance.discounting import (
    PresentValue,
    discount_factors,
    discount_schedules,
    present_value,
)
from difass_analysis.finance.fund_parameters import FundParameters, fund_parameters
from difass_analysis.finance.grant_equivalent import (
    GrantEquivalent,
    LoanTerms,
    guarantee_equivalent,
    loan_equivalent,
    loan_schedule,
)
from difass_analysis.finance.increments import CostEffectiveness, Units, incremental
from difass_analysis.finance.leverage_progress import LeverageProgress, expected_and_achieved
from difass_analysis.finance.leveraging import LeverageTable, leverage, leverage_definitions
from difass_analysis.finance.net_effects import Additionality, additionality
from difass_analysis.finance.one_euro import one_euro_assumptions
from difass_analysis.finance.one_euro_comparison import OneEuro, one_euro_three_ways
from difass_analysis.finance.portfolio_ageing import ageing
from difass_analysis.finance.portfolio_model import (
    Ageing,
    Portfolio,
    RollRates,
    Survival,
    Sustainability,
    Vintages,
)
from difass_analysis.finance.portfolio_quality import portfolio
from difass_analysis.finance.portfolio_rolls import roll_rates
from difass_analysis.finance.portfolio_survival import loan_survival
from difass_analysis.finance.portfolio_sustainability import Adjustment, sustainability
from difass_analysis.finance.portfolio_vintages import vintages
from difass_analysis.finance.projection import FundAssumptions, FundProjection, project_fund
from difass_analysis.finance.ranges import Range
from difass_analysis.finance.real_value import BreakEven, break_even
from difass_analysis.finance.revolving_measures import RevolvingMeasures, revolving
from difass_analysis.finance.sme_size import Accounts, SizeClass, sme_class, status_over_periods
from difass_analysis.finance.sme_sizes import SizeClasses, size_classes
from difass_analysis.finance.survey_answers import (
    AnswerShares,
    SelfReported,
    answer_shares,
    self_reported,
)
from difass_analysis.finance.unit_costs import (
    UnitCost,
    administration,
    cost_per_net,
    cost_per_new_exporter,
)

__all__ = [
    "Accounts",
    "Additionality",
    "Adjustment",
    "Ageing",
    "AidHeadroom",
    "AidIntensities",
    "AnswerShares",
    "BreakEven",
    "CostEffectiveness",
    "FundAssumptions",
    "FundParameters",
    "FundProjection",
    "GrantEquivalent",
    "LeverageProgress",
    "LeverageTable",
    "LoanTerms",
    "OneEuro",
    "Portfolio",
    "PresentValue",
    "ProportionalEquivalent",
    "Range",
    "ReferenceRate",
    "RevolvingMeasures",
    "RollRates",
    "SelfReported",
    "SizeClass",
    "SizeClasses",
    "Survival",
    "Sustainability",
    "UnitCost",
    "Units",
    "Vintages",
    "additionality",
    "administration",
    "ageing",
    "aid_headroom",
    "aid_intensities",
    "answer_shares",
    "base_rate",
    "break_even",
    "cost_per_net",
    "cost_per_new_exporter",
    "cycles_until",
    "discount_factors",
    "discount_schedules",
    "example_limits",
    "expected_and_achieved",
    "fund_parameters",
    "guarantee_equivalent",
    "incremental",
    "inflation_of_cycle",
    "legal_parameters",
    "lending_limit",
    "leverage",
    "leverage_definitions",
    "loan_equivalent",
    "loan_schedule",
    "loan_survival",
    "margin_table",
    "one_euro_assumptions",
    "one_euro_three_ways",
    "portfolio",
    "premium_table",
    "present_value",
    "project_fund",
    "proportional_equivalent",
    "reference_rate",
    "retention",
    "revolving",
    "roll_rates",
    "safe_harbour_premium",
    "self_reported",
    "size_classes",
    "sme_class",
    "status_over_periods",
    "sustainability",
    "total_lent",
    "vintages",
]
