"""A small programme whose data are not public."""

from __future__ import annotations

import pandas as pd

from difass_analysis.programme import Programme, Settings
from tests.tables import frame_of

# In S one beneficiary has nearly all; in E there are two; N and W are safe.
OPERATIONS = frame_of("""
    operation_id | region | year | beneficiary_id | public_amount | private_amount
    o01          | N      | 2017 | a              |          30.0 |           40.0
    o02          | N      | 2017 | b              |          20.0 |           35.0
    o03          | N      | 2018 | c              |          25.0 |           20.0
    o04          | N      | 2018 | d              |          25.0 |           30.0
    o05          | S      | 2017 | e              |         900.0 |          300.0
    o06          | S      | 2017 | f              |           2.0 |          200.0
    o07          | S      | 2018 | g              |           1.0 |          250.0
    o08          | E      | 2018 | h              |          10.0 |           20.0
    o09          | E      | 2018 | i              |          20.0 |           20.0
    o10          | W      | 2017 | j              |          45.0 |           55.0
    o11          | W      | 2018 | k              |          50.0 |           50.0
    o12          | W      | 2018 | l              |          40.0 |           45.0
""")


def programme(
    frame: pd.DataFrame = OPERATIONS,
    *,
    published: bool = False,
    simulated: bool = False,
    minimum: int = 3,
) -> Programme:
    settings = Settings(
        id="own",
        name="An own programme",
        currency="EUR",
        published=published,
        simulated=simulated,
        disclosure={"minimum": minimum},
    )
    return Programme.from_frames(settings=settings, operations=frame)
