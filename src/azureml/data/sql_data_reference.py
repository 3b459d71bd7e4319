"""`SqlDataReference`: a table, query or stored procedure of a database, as DataTransferStep takes it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from azureml.data.data_reference import DataReference
from azureml.data.stored_procedure_parameter import StoredProcedureParameter
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.data.abstract_datastore import AbstractDatastore


class SqlDataReference(DataReference):
    """Rows of a database. Raises UserErrorException unless exactly one of table, query and procedure is given."""

    def __init__(
        self,
        datastore: "AbstractDatastore",
        data_reference_name: str | None = None,
        sql_table: str | None = None,
        sql_query: str | None = None,
        sql_stored_procedure: str | None = None,
        sql_stored_procedure_params: Sequence[StoredProcedureParameter] | None = None,
    ) -> None:
        super().__init__(datastore, data_reference_name)
        if sum(bool(given) for given in (sql_table, sql_query, sql_stored_procedure)) != 1:
            raise UserErrorException(
                "A SqlDataReference has exactly one of sql_table, sql_query and sql_stored_procedure."
            )
        self._unavailable = f"the SqlDataReference '{self.data_reference_name}': run the query in the step's script"
        self.sql_table = sql_table
        self.sql_query = sql_query
        self.sql_stored_procedure = sql_stored_procedure
        self.sql_stored_procedure_params = sql_stored_procedure_params
