"""Parameters of stored procedures."""

from enum import Enum


class StoredProcedureParameterType(Enum):
    """The type of a stored procedure's parameter."""

    String = "String"
    Int = "Int"
    Decimal = "Decimal"
    Guid = "Guid"
    Boolean = "Boolean"
    Date = "Date"


class StoredProcedureParameter:
    """A named value for a stored procedure; without a type it is a String."""

    def __init__(self, name: str, value: str, type: StoredProcedureParameterType | None = None) -> None:
        self.name = name
        self.value = value
        self.type = StoredProcedureParameterType.String if type is None else type
