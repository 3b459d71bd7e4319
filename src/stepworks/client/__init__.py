"""One typed call per route of the server."""
