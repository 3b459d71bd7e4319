from pathlib import Path

import pytest

from stepworks.objects.local import LocalObjects
from stepworks.objects.memory import MemoryObjects
from stepworks.testing.objects import ObjectsTests, PackTests


class TestMemoryObjects(ObjectsTests):
    @pytest.fixture
    def objects(self) -> MemoryObjects:
        return MemoryObjects()


class TestLocalObjects(ObjectsTests):
    @pytest.fixture
    def objects(self, tmp_path: Path) -> LocalObjects:
        return LocalObjects(tmp_path / "store")


class TestPack(PackTests):
    pass
