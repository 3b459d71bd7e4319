"""Globs in paths of datastores: `*` and `?` inside one folder, `[ab]`, and `**` for any number of folders. No IO."""

import re

_MAGIC = re.compile(r"[*?\[]")


def is_glob(path: str) -> bool:
    """The path has a wildcard."""
    return _MAGIC.search(path) is not None


def base(path: str) -> str:
    """The folder that a glob begins in: its fixed part up to the last slash, without that slash."""
    found = _MAGIC.search(path)
    fixed = path if found is None else path[: found.start()]
    return fixed.rpartition("/")[0]


def compile(pattern: str) -> re.Pattern[str]:
    """A pattern for whole paths. One that ends with a slash stands for all files below the folders it names."""
    if pattern.endswith("/"):
        pattern += "**"
    out, at = "", 0
    while at < len(pattern):
        if pattern.startswith("**/", at) and (at == 0 or pattern[at - 1] == "/"):
            out, at = out + "(?:[^/]+/)*", at + 3
        elif pattern.startswith("**", at):
            out, at = out + ".*", at + 2
        elif pattern[at] == "*":
            out, at = out + "[^/]*", at + 1
        elif pattern[at] == "?":
            out, at = out + "[^/]", at + 1
        elif pattern[at] == "[" and (end := pattern.find("]", at + 2)) > 0:
            body = pattern[at + 1 : end].replace("\\", r"\\").replace("[", r"\[")
            out, at = out + f"[{'^' + body[1:] if body[0] in '!^' else body}]", end + 1
        else:
            out, at = out + re.escape(pattern[at]), at + 1
    return re.compile(out, re.DOTALL)
