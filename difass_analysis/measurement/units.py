"""What the independent units of an error are called."""

from __future__ import annotations

_UNITS = {
    "beneficiary_id": ("beneficiary", "beneficiaries"),
    "beneficiary_name": ("beneficiary", "beneficiaries"),
    "operation_id": ("operation", "operations"),
    "sme_id": ("SME", "SMEs"),
    "call_id": ("call", "calls"),
    "project_id": ("project", "projects"),
}


def unit_names(cluster_name: str) -> tuple[str, str]:
    """Name of the independent unit, one and several.

    Examples
    --------
    >>> unit_names("beneficiary_id")
    ('beneficiary', 'beneficiaries')
    """
    return _UNITS.get(cluster_name, (f"value of {cluster_name}", f"values of {cluster_name}"))
