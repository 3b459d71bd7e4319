import os

from stepworks.agent.__main__ import count_gpus


def test_graphics_processors_are_counted_by_their_devices(monkeypatch):
    monkeypatch.setattr(os, "listdir", lambda path: ["null", "nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"])
    assert count_gpus() == 2
    monkeypatch.setattr(os, "listdir", lambda path: ["null"])
    assert count_gpus() == 0
