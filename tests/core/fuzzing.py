"""How random tests run: the same in every run; `DAMS_FUZZ=5000` looks further, with new numbers each time."""

import os

from hypothesis import HealthCheck, Phase, settings

_EXAMPLES = os.environ.get("DAMS_FUZZ")


def fuzzing(examples: int) -> settings:
    """Return the settings of a test that looks at so many examples."""
    return settings(
        max_examples=int(_EXAMPLES or examples),
        derandomize=_EXAMPLES is None,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
