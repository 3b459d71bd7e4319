"""Which releases code for an older Python was written against: those before names it uses were removed. Pure."""

from collections.abc import Iterable

from stepworks.environments.requirement import parse_requirement, version_order

_FIRST_TOO_NEW: dict[str, dict[str, str]] = {
    "3.11": {
        "imbalanced-learn": "0.11",
        "keras": "3",
        "lightgbm": "4",
        "matplotlib": "3.8",
        "networkx": "3",
        "numpy": "1.24",
        "pandas": "2",
        "pillow": "10",
        "pydantic": "2",
        "scikit-learn": "1.3",
        "scipy": "1.11",
        "seaborn": "0.13",
        "shap": "0.43",
        "sqlalchemy": "2",
        "statsmodels": "0.15",
        "tensorflow": "2.16",
        "xgboost": "2",
    },
    "3.12": {
        "lightgbm": "4",
        "matplotlib": "3.9",
        "networkx": "3",
        "numpy": "2",
        "pandas": "3",
        "pydantic": "2",
        "scikit-learn": "1.4",
        "scipy": "1.13",
        "seaborn": "0.13",
        "sqlalchemy": "2",
        "xgboost": "2",
    },
    "3.13": {
        "networkx": "3",
        "pandas": "3",
        "pydantic": "2",
        "scikit-learn": "1.6",
        "scipy": "1.15",
        "sqlalchemy": "2",
    },
}
"""Python series → project → the first release that is too new for older code; older ones have builds for that series.

What they removed is all over published code: `np.float` (numpy 1.24), `DataFrame.append` (pandas 2), `sparse=` of
one-hot encoders (scikit-learn 1.4), `early_stopping_rounds` of a fit (lightgbm 4, xgboost 2).
"""


def constraints_of_the_time(series: str, requirements: Iterable[str]) -> dict[str, str]:
    """Constraints by project for `series`; none for a project of which a newer release is asked for."""
    latest = max(_FIRST_TOO_NEW, key=version_order)
    caps = dict(_FIRST_TOO_NEW.get(series) or _FIRST_TOO_NEW[latest])
    for requirement in filter(None, map(parse_requirement, requirements)):
        lowest = requirement.lowest
        if requirement.key in caps and lowest and version_order(lowest) >= version_order(caps[requirement.key]):
            del caps[requirement.key]
    return {project: f"{project}<{version}" for project, version in caps.items()}
