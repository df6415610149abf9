"""A container's share counts, not the host's cores."""

import pytest

from inspection.machine import quota


@pytest.mark.parametrize(
    ("files", "mine", "cores"),
    [
        ({"cpu.max": "150000 100000"}, "0::/", 1.5),
        ({"cpu.max": "max 100000"}, "0::/", None),
        ({"a/cpu.max": "300000 100000", "a/b/cpu.max": "max 100000"}, "0::/a/b", 3.0),
        ({"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, "4:cpu,cpuacct:/", 0.5),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, "4:cpu:/", None),
        ({"cpu/x/cpu.cfs_quota_us": "200000", "cpu/x/cpu.cfs_period_us": "100000"}, "4:cpu:/x", 2.0),
        ({"cpu.max": "nonsense"}, "", None),
        ({}, "", None),
    ],
)
def test_the_least_that_a_control_group_gives_is_what_there_is(tmp_path, files, mine, cores):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text + "\n")
    (tmp_path / "mine").write_text(mine + "\n")
    assert quota(tmp_path, tmp_path / "mine") == cores
