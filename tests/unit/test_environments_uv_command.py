"""What uv's words come to: news for the log, an account of an error, never credentials."""

import threading
from pathlib import Path

import pytest

from stepworks.environments.uv_command import Uv, UvFailed, find_uv, what_went_wrong, without_credentials

BUILD_FAILED = """\
Using Python 3.11.7 environment at: /tmp/e
Resolved 1 package in 104ms
   Building mysqlclient==2.0.3
error: Failed to build `mysqlclient==2.0.3`
  cause: The build backend returned an error
  cause: Call to `setuptools.build_meta` failed (exit status: 1)

         [stdout]
         mysql_config --version

         [stderr]
         /bin/sh: 1: mysql_config: not found
         Traceback (most recent call last):
           File "<string>", line 14, in <module>
         OSError: mysql_config not found

hint: Build failures usually indicate a problem with the package or the build environment
"""

NO_SOLUTION = """\
  \u00d7 No solution found when resolving dependencies:
  ╰─▶ Because there is no version of six==99 and you require six==99, we can
      conclude that your requirements are unsatisfiable.
"""


def test_of_a_failed_build_the_causes_and_the_last_line_remain():
    assert what_went_wrong(BUILD_FAILED.splitlines()) == [
        "Failed to build `mysqlclient==2.0.3`",
        "The build backend returned an error",
        "Call to `setuptools.build_meta` failed (exit status: 1)",
        "OSError: mysql_config not found",
        "hint: Build failures usually indicate a problem with the package or the build environment",
    ]


def test_the_drawn_form_of_an_error_is_read_too():
    assert what_went_wrong(NO_SOLUTION.splitlines()) == [
        "No solution found when resolving dependencies:",
        "Because there is no version of six==99 and you require six==99, we can",
        "conclude that your requirements are unsatisfiable.",
    ]


def test_credentials_in_urls_are_hidden():
    text = "Failed to fetch: https://me:secret@example.org/simple and git+https://token@example.org/a.git"
    assert (
        without_credentials(text)
        == "Failed to fetch: https://***@example.org/simple and git+https://***@example.org/a.git"
    )


def script(folder: Path, body: str) -> Uv:
    binary = folder / "uv"
    binary.write_text(f"#!/bin/sh\n{body}")
    binary.chmod(0o755)
    return Uv(str(binary), {"PATH": "/usr/bin:/bin"})


def test_news_goes_into_the_log_and_the_error_into_the_exception(tmp_path: Path):
    uv = script(tmp_path, f"cat >&2 <<'END'\n{BUILD_FAILED}END\nexit 1\n")
    said: list[str] = []
    with pytest.raises(UvFailed, match="mysql_config not found"):
        uv.run([], said.append, tmp_path)
    assert said == ["Resolved 1 package in 104ms", "   Building mysqlclient==2.0.3"]


def test_an_end_without_a_word_is_an_error_too(tmp_path: Path):
    with pytest.raises(UvFailed, match="exit status 3"):
        script(tmp_path, "exit 3").run([], print, tmp_path)


def test_a_log_that_raises_ends_the_command(tmp_path: Path):
    def stop(line: str) -> None:
        raise InterruptedError(line)

    uv = script(tmp_path, "echo one >&2\nexec sleep 600\n")
    done = threading.Event()
    raised: list[BaseException] = []

    def run() -> None:
        try:
            uv.run([], stop, tmp_path)
        except InterruptedError as e:
            raised.append(e)
        done.set()

    threading.Thread(target=run, daemon=True).start()
    assert done.wait(30)
    assert str(raised[0]) == "one"


def test_uv_is_found_and_gets_no_foreign_environment(tmp_path: Path):
    environ = {"PYTHONPATH": "/x", "VIRTUAL_ENV": "/y", "HOME": str(tmp_path), "UV_CACHE_DIR": "/c", "LANG": "C"}
    settings = find_uv(environ, tmp_path / "cache").environ
    assert settings["UV_PYTHON_DOWNLOADS"] == "never"
    assert settings["UV_CACHE_DIR"] == "/c"
    assert not {"PYTHONPATH", "VIRTUAL_ENV"} & settings.keys()


def test_the_usual_cache_is_used_where_hard_links_from_it_reach(tmp_path: Path):
    environ = {"HOME": str(tmp_path)}
    assert "UV_CACHE_DIR" not in find_uv(environ, tmp_path / "cache").environ
    assert find_uv({"HOME": "/proc"}, tmp_path / "cache").environ["UV_CACHE_DIR"] == str(tmp_path / "cache")
