"""`stepworks server`"""

from stepworks.cli.arguments import home_of, parser


def main(arguments: list[str]) -> int:
    """Run a server in front, until it is asked to end: for a team, on a host and database of its own.

    Clients reach it through `url` in config.json and the token in STEPWORKS_TOKEN.
    """
    p = parser("server", main.__doc__ or "")
    p.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1; 0.0.0.0 for all)")
    p.add_argument("--port", type=int, default=8765, help="port to listen on (default 8765; 0 for any free one)")
    records = p.add_mutually_exclusive_group()
    records.add_argument(
        "--database", help="URL of the records: sqlite:///path or postgresql://…; default SQLite in the home"
    )
    records.add_argument(
        "--postgres", action="store_true", help="start a PostgreSQL of its own in the home (extra `postgres`)"
    )
    p.add_argument("--slots", type=int, help="how many attempts may run at once on this machine (default: its cores)")
    given = p.parse_args(arguments)
    from stepworks.embedded import Options, serve

    home = home_of(given)
    options = Options(
        home=home,
        host=given.host,
        port=given.port,
        database=given.database,
        postgres=given.postgres,
        slots=given.slots,
        idle_seconds=None,
        announce=print,
    )
    serve(options)
    return 0
