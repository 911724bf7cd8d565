"""The two vocabularies in which Camunda Modeler saves a diagram."""

from enum import StrEnum


class Dialect(StrEnum):
    """Whose expressions, and whose extension elements, a diagram uses."""

    CAMUNDA7 = "camunda7"
    CAMUNDA8 = "camunda8"
