"""A web service of a kind that this version does not know."""

from typing import Any

from azureml.core.webservice.webservice import Webservice as Webservice


class UnknownWebservice(Webservice):
    """A web service of a kind that this version does not know."""

    scoring_uri: Any
