"""A disk that is full or read-only: one line that names the file, nothing half-written, and a way to go on."""

import resource
import subprocess
import sys

import pytest

CALL = "from experiments.cli import main; main()"


def xijiang_in(folder, *arguments, file_bytes=None):
    """Run the command line in a folder, with a limit on the size of files that stands for a full disk."""

    def limit():
        if file_bytes is not None:
            # also for files of the compiler's cache: these are written elsewhere and small
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

    code = CALL if file_bytes is None else f"import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); {CALL}"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        preexec_fn=limit,
        check=False,
    )


@pytest.fixture
def small_disk(tmp_path):
    """Return the folder of a file system of 200 kB; skipped where mounting one is not permitted."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no permission to mount a file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def left_over(folder):
    """Return files of temporary names in a folder."""
    return [item for item in folder.rglob(".*") if not item.name.startswith(".lock-")]


@pytest.mark.whole
def test_a_disk_that_fills_up_in_a_run(small_disk, small_toml, xijiang, tmp_path):
    out = small_disk / "run"
    code, _, err = xijiang("run", small_toml, "-n", "3", "-j", "1", "--out", str(out), "--quiet")
    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith(f"Error: {out}/")
    assert "No space left on device. Make room" in err
    assert left_over(small_disk) == []
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    assert xijiang("run", small_toml, "-n", "3", "-j", "1", "--out", str(out), "--quiet")[0] == 0
    assert xijiang("run", small_toml, "-n", "3", "-j", "1", "--out", "elsewhere", "--quiet")[0] == 0
    tables = {file.name: file.read_bytes() for file in out.glob("*.parquet")}
    assert tables == {file.name: file.read_bytes() for file in (tmp_path / "elsewhere").glob("*.parquet")}


@pytest.mark.parametrize(
    "command",
    [
        ("run", "{toml}", "--out", "{disk}/new"),
        ("size", "charging", "{toml}", "--out", "{disk}/new"),
        ("carbon", "{toml}", "--out", "{disk}/new"),
        ("sweep", "{toml}", "--over", "days=1:2:2", "--out", "{disk}/new"),
        ("sensitivity", "{toml}", "--out", "{disk}/new"),
        ("compare", "{toml}", "--layout", "today", "--layout", "seat-only", "--out", "{disk}/new"),
    ],
    ids=lambda command: command[0],
)
def test_a_full_disk_is_said_before_the_work(small_disk, small_toml, xijiang, monkeypatch, command):
    monkeypatch.setattr("experiments.runs.replicate.simulate_once", lambda *_: pytest.fail("worked for nothing"))
    with pytest.raises(OSError, match="No space"):
        (small_disk / "full").write_bytes(bytes(300 * 1024))
    given = [part.replace("{toml}", small_toml).replace("{disk}", str(small_disk)) for part in command]
    code, out, err = xijiang(*given)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "/new: cannot be written (No space left on device). Choose another --out." in err
    assert [item.name for item in small_disk.iterdir()] == ["full"]


@pytest.mark.parametrize("command", ["run", "size", "carbon"])
def test_a_read_only_disk_is_said_before_the_work(small_disk, small_toml, xijiang, command):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    given = ("size", "charging") if command == "size" else (command,)
    code, out, err = xijiang(*given, small_toml, "--out", str(small_disk / "new"))
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "cannot be written (Read-only file system)" in err


@pytest.mark.whole
def test_a_file_that_may_not_grow_is_named(small_toml, tmp_path):
    done = xijiang_in(tmp_path, "run", small_toml, "-n", "1", "--out", "made", "--quiet", file_bytes=30_000)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "File too large. Make room" in done.stderr
    assert left_over(tmp_path) == []
