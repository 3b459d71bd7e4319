"""The token that authentication objects yield (contracts §20)."""

import os


def local_token() -> str:
    """The token this process may use: its run's, STEPWORKS_TOKEN (of a server elsewhere) or the owner's.

    The local server is started if it never was in this STEPWORKS_HOME, since it makes the owner's token.
    """
    given = os.environ.get("AZUREML_RUN_TOKEN") or os.environ.get("STEPWORKS_TOKEN")
    if given:
        return given
    from stepworks import connect
    from stepworks.errors import NotFound

    try:
        return connect.local_token()
    except NotFound:
        connect.local_client()
        return connect.local_token()
