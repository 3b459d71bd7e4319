"""Every adapter of the environments' port under the same suite; uv installs one small package from the index."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from stepworks.environments import ambient, uv
from stepworks.environments.ambient import AmbientEnvironments
from stepworks.environments.local import LocalEnvironments
from stepworks.environments.uv import UvEnvironments
from stepworks.errors import EnvironmentFailed
from stepworks.graph.environment import EnvironmentSpec
from stepworks.testing.environments import EnvironmentsTests, FakeEnvironments


class TestFakeEnvironments(EnvironmentsTests):
    broken_name = "no-such-package"

    @pytest.fixture
    def environments(self) -> FakeEnvironments:
        return FakeEnvironments(missing={"no-such-package"})

    @pytest.fixture
    def spec(self) -> EnvironmentSpec:
        return EnvironmentSpec(pip=("six",))

    @pytest.fixture
    def broken(self) -> EnvironmentSpec:
        return EnvironmentSpec(pip=("no-such-package",))


class TestAmbientEnvironments(EnvironmentsTests):
    makes = False
    broken_name = "/no/such/python"

    @pytest.fixture
    def environments(self) -> AmbientEnvironments:
        return AmbientEnvironments()

    @pytest.fixture
    def spec(self) -> EnvironmentSpec:
        return EnvironmentSpec(user_managed=True)

    @pytest.fixture
    def broken(self) -> EnvironmentSpec:
        return EnvironmentSpec(user_managed=True, interpreter_path="/no/such/python")


class TestUvEnvironments(EnvironmentsTests):
    broken_name = "r-base"

    @pytest.fixture
    def environments(self, tmp_path: Path) -> UvEnvironments:
        return UvEnvironments(tmp_path / "a home, größer", interpreters=())

    @pytest.fixture
    def spec(self) -> EnvironmentSpec:
        return EnvironmentSpec(conda=("six=1.16",))

    @pytest.fixture
    def broken(self) -> EnvironmentSpec:
        return EnvironmentSpec(conda=("r-base=4.1", "six"))


class TestLocalEnvironments(TestFakeEnvironments):
    @pytest.fixture
    def environments(self) -> LocalEnvironments:  # type: ignore[override]
        isolated = FakeEnvironments(missing={"no-such-package"}, kind=uv.KIND)
        return LocalEnvironments({ambient.KIND: AmbientEnvironments(), uv.KIND: isolated})

    @pytest.mark.parametrize("spec", [None, EnvironmentSpec(user_managed=True, pip=("six",))])
    def test_what_is_not_asked_for_is_the_interpreter_that_runs(
        self, environments: LocalEnvironments, spec: EnvironmentSpec | None
    ) -> None:
        handle = environments.ready(environments.lock(spec))
        assert handle is not None
        assert handle.python == sys.executable

    def test_a_kind_that_this_node_does_not_make_is_named(self, environments: LocalEnvironments) -> None:
        lock = msgspec.structs.replace(environments.lock(None), kind="container")
        with pytest.raises(EnvironmentFailed, match="no environments of kind 'container', only: ambient, uv"):
            environments.ready(lock)


class TestWithTheIndex:
    """What only real packages show."""

    @pytest.fixture
    def environments(self, tmp_path: Path) -> UvEnvironments:
        return UvEnvironments(tmp_path)

    def test_numpy_and_pandas_of_published_code_run_beside_the_sdk(self, environments: UvEnvironments) -> None:
        spec = EnvironmentSpec(python_version="3.11", conda=("numpy=1.23", "pandas=1.5"), pip=("azureml-sdk",))
        lock = environments.lock(spec)
        if lock.python_version != "3.11":
            pytest.skip("there is no Python 3.11 on this machine")
        handle = environments.build(lock, print)
        code = "import azureml.core, numpy, pandas, pyarrow; print(numpy.__version__, pandas.__version__)"
        done = subprocess.run([handle.python, "-c", code], capture_output=True, text=True, check=False)
        assert (done.stdout, done.returncode) == ("1.23.5 1.5.3\n", 0), done.stderr

    def test_where_no_release_is_asked_for_the_preferred_one_is_taken(self, tmp_path: Path) -> None:
        environments = UvEnvironments(tmp_path, preferred=lambda: ("six==1.15.0", "numpy==1.16.0", "absent==1.0"))
        assert "six==1.15.0\n" in environments.lock(EnvironmentSpec(pip=("six",))).pins
        assert "six==1.16.0\n" in environments.lock(EnvironmentSpec(pip=("six==1.16.0",))).pins
        # It has no build for a Python of today.
        assert "numpy==1.16.0\n" not in environments.lock(EnvironmentSpec(pip=("numpy",))).pins

    def test_versions_of_python_3_6_become_the_nearest_that_install(self, environments: UvEnvironments) -> None:
        lock = environments.lock(EnvironmentSpec(python_version="3.6.2", conda=("scikit-learn=0.20.3",)))
        assert "Python 3.6.2 was asked for" in lock.notes[0]
        assert "'scikit-learn=0.20.3' has no build for Python" in lock.notes[1]

    def test_a_lock_outlives_the_process_and_the_index(self, tmp_path: Path) -> None:
        spec = EnvironmentSpec(pip=("six<1.17",))
        lock = UvEnvironments(tmp_path).lock(spec)
        without_index = UvEnvironments(tmp_path, environ={"UV_NO_INDEX": "1", "UV_OFFLINE": "1"})
        assert without_index.lock(spec) == lock
        assert "six==1.16.0\n" in lock.pins
