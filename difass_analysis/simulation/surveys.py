"""What supported firms say that they would have done without support."""

from __future__ import annotations

import numpy as np
import pandas as pd

from difass_analysis.simulation.draws import labels, stream
from difass_analysis.simulation.panel import GAINS, Panel
from difass_analysis.simulation.world import World

_RESPONSE_SHARE = 0.6

#: Questions of the survey: answers of firms that would have done all, part, or none of it.
_DIMENSIONS = {
    "anyway_timing": ("same", "later", "never"),
    "anyway_scale": ("same", "smaller", "none"),
    "anyway_quality": ("same", "lower", "none"),
}


def surveys_frame(
    world: World, panel: Panel, *, firm_ids: pd.Series, operation_ids: pd.Series
) -> pd.DataFrame:
    """Return the table ``surveys``: five answers of each supported firm that responds.

    Firms are asked about their first operation. They answer truthfully, and whether they
    answer depends on nothing: biases of real surveys are not simulated.
    """
    rng = stream(world.seed, "surveys")
    asked = np.flatnonzero(panel.supported)
    asked = asked[rng.random(len(asked)) < _RESPONSE_SHARE]
    anyway, count = panel.anyway[asked], len(asked)
    # Who would have done a part of it differs from support in one respect at least.
    less = rng.random((count, len(_DIMENSIONS))) < 0.5
    less[np.arange(count), rng.integers(0, len(_DIMENSIONS), count)] = True
    rating = 1 + rng.binomial(4, 0.75, count)
    answers = {
        "satisfaction": labels(list("12345"), rating - 1),
        "would_have_done_anyway": labels(list(GAINS), anyway),
    }
    for d, (question, offered) in enumerate(_DIMENSIONS.items()):
        answers[question] = labels(list(offered), np.where(anyway == 1, less[:, d], anyway))
    table = pd.DataFrame(
        {
            "sme_id": firm_ids.take(panel.firm[asked]).reset_index(drop=True),
            "operation_id": operation_ids.take(panel.operation[asked]).reset_index(drop=True),
            **answers,
        }
    )
    return table.melt(["sme_id", "operation_id"], var_name="question", value_name="answer")
