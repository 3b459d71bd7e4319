from stepworks.agent.preload import Learned, pool_sizes, read_imported
from stepworks.agent.snapshots import modules_of


def test_modules_keep_the_order_of_their_import():
    learned = Learned(("b", "a")).with_names(["a", "c", "b", "a.d"])
    assert learned.names == ("b", "a", "c", "a.d")


def test_what_breaks_a_fork_is_never_learned():
    learned = Learned(denied=("mine",)).with_names(["torch.nn", "mine", "mine.x", "polars", "ok"])
    assert learned.names == ("ok",)


def test_a_package_that_was_found_out_goes_with_all_its_modules():
    learned = Learned(("a", "bad", "bad.x", "b")).without("bad")
    assert learned == Learned(("a", "b"), ("bad",))
    assert learned.with_names(["bad.y"]) == learned


def test_imports_are_read_as_the_interpreter_writes_them():
    assert read_imported("argparse\n+pandas\n+pandas.core\nre") == (
        ("argparse", "pandas", "pandas.core", "re"),
        ("pandas",),
    )
    assert read_imported("") == ((), ())


def test_pools_are_as_a_fresh_process_would_have_them():
    assert pool_sizes({}, 8) == {"openblas": 8, "openmp": 8, "mkl": 8, "blis": 8}
    assert pool_sizes({"OMP_NUM_THREADS": "2,1", "OPENBLAS_NUM_THREADS": "0"}, 8) == dict.fromkeys(
        ("openblas", "openmp", "mkl", "blis"), 2
    )
    assert pool_sizes({"MKL_NUM_THREADS": "3", "OMP_NUM_THREADS": "x"}, 8)["mkl"] == 3


def test_what_import_finds_in_a_snapshot():
    paths = ["a.py", "b/__init__.py", "b/c.py", "d/e.py", "f.cpython-311-x86_64-linux-gnu.so", "g.txt", "h"]
    assert modules_of(paths, "") == {"a", "b", "f"}
    assert modules_of(paths, "b") == {"c", "__init__"}
    assert modules_of(paths, "d") == {"e"}
