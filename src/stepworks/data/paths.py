"""Paths inside a folder that is not the caller's: datastores, snapshots, artifacts. No IO."""

from stepworks.errors import UnsafePath

_MAX_LENGTH = 4096


def relative(path: str, *, what: str = "path") -> str:
    """The path in its normal form: relative, POSIX, without empty or "." segments; "" is the folder itself.

    Leading "/", "./" and "../" are stripped as the SDK does for targets (contracts §18); a ".." further on, a NUL
    or an over-long path is refused with UnsafePath.
    """
    if "\0" in path:
        raise UnsafePath(f"The {what} {path!r} has a NUL character in it.", target=what)
    if len(path) > _MAX_LENGTH:
        raise UnsafePath(f"The {what} is {len(path)} characters long; at most {_MAX_LENGTH} are possible.", target=what)
    segments = [s for s in path.replace("\\", "/").split("/") if s not in ("", ".")]
    while segments and segments[0] == "..":
        segments.pop(0)
    if ".." in segments:
        raise UnsafePath(
            f"The {what} {path!r} leads out of its folder.",
            target=what,
            remedy="Write it without '..': paths are relative to the datastore's root.",
        )
    return "/".join(segments)


def strict(path: str, *, what: str = "path") -> str:
    """As `relative`, but nothing is stripped: an absolute path or one that begins with ".." is refused."""
    if path.startswith(("/", "\\")) or path.replace("\\", "/").split("/")[0] == "..":
        raise UnsafePath(
            f"The {what} {path!r} leads out of its folder.", target=what, remedy="Give a relative path without '..'."
        )
    return relative(path, what=what)


def is_glob(path: str) -> bool:
    """Whether a path has wildcards."""
    return any(c in path for c in "*?[")
