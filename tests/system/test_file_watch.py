"""Files watched by inotify, on a real file system."""

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from kad.config.schema.track_file import TrackFile
from kad.config.vrrp_kinds import InitFile
from kad.system import file_watch
from kad.system.file_watch import FileWatch, content, initialise, make


class Told:
    """A watch, and what it has told."""

    def __init__(self) -> None:
        self.watch = FileWatch(self)
        self.seen: list[tuple[str, bytes | None]] = []
        self.then: Callable[[], None] = lambda: None

    def __call__(self, path: str, content: bytes | None) -> None:
        self.seen.append((Path(path).name, content))
        then, self.then = self.then, lambda: None
        then()

    async def next(self, timeout: float = 3) -> tuple[str, bytes | None]:
        deadline = time.monotonic() + timeout
        while not self.seen:
            assert time.monotonic() < deadline, "nothing is told"
            await asyncio.sleep(0.005)
        return self.seen.pop(0)


def watching(body: Callable[[Told, Path], Coroutine[None, None, None]], folder: Path, *names: str) -> None:
    async def run() -> None:
        told = Told()
        told.watch.follow(str(folder / name) for name in names)
        try:
            await body(told, folder)
        finally:
            told.watch.close()
        assert told.seen == []

    asyncio.run(run())


def test_what_happens_to_a_file_is_told_at_once(tmp_path: Path) -> None:
    async def body(told: Told, folder: Path) -> None:
        one, two = folder / "one", folder / "two"
        began = time.monotonic()
        one.write_bytes(b"1")
        assert await told.next() == ("one", b"1")
        (folder / "stranger").write_bytes(b"9")
        one.rename(two)
        assert sorted([await told.next(), await told.next()]) == [("one", None), ("two", b"1")]
        two.unlink()
        assert await told.next() == ("two", None)
        assert time.monotonic() - began < file_watch.LOOK_EVERY, "it was looked for, not told"

    watching(body, tmp_path, "one", "two")


def test_a_file_that_is_written_is_read_when_that_is_done(tmp_path: Path) -> None:
    async def body(told: Told, folder: Path) -> None:
        with (folder / "one").open("w") as file:
            for digit in "123":
                file.write(digit)
                file.flush()
                await asyncio.sleep(0.01)
        assert await told.next() == ("one", b"123")

    (tmp_path / "one").touch()
    watching(body, tmp_path, "one")


def test_a_directory_may_come_go_and_be_another_one(tmp_path: Path) -> None:
    async def body(told: Told, folder: Path) -> None:
        home = folder / "home"
        home.mkdir()
        (home / "one").write_bytes(b"1")
        assert await told.next() == ("one", b"1")
        (home / "one").write_bytes(b"2")
        assert await told.next() == ("one", b"2")
        shutil.rmtree(home)
        assert await told.next() == ("one", None)
        (folder / "new").mkdir()
        (folder / "new" / "one").write_bytes(b"3")
        (folder / "new").rename(home)
        assert await told.next() == ("one", b"3")
        home.rename(folder / "aside")
        assert await told.next() == ("one", None)
        (folder / "aside" / "one").write_bytes(b"4")
        await asyncio.sleep(0.05)

    watching(body, tmp_path, "home/one")


def test_a_directory_above_that_is_replaced_is_found_out(tmp_path: Path) -> None:
    async def body(told: Told, folder: Path) -> None:
        (folder / "a").rename(folder / "b")
        assert await told.next() == ("one", None)
        (folder / "a" / "home").mkdir(parents=True)
        (folder / "a" / "home" / "one").write_bytes(b"2")
        assert await told.next() == ("one", b"2")

    (tmp_path / "a" / "home").mkdir(parents=True)
    (tmp_path / "a" / "home" / "one").write_bytes(b"1")
    watching(body, tmp_path, "a/home/one")


def test_a_directory_that_is_there_again_before_the_loss_of_the_old_one_is_read_is_looked_at(tmp_path: Path) -> None:
    async def body(told: Told, folder: Path) -> None:
        def make() -> None:
            (folder / "a" / "home").mkdir(parents=True)
            (folder / "a" / "home" / "one").write_bytes(b"2")

        told.then = make
        (folder / "a").rename(folder / "b")
        assert [await told.next(), await told.next()] == [("one", None), ("one", b"2")]

    (tmp_path / "a" / "home").mkdir(parents=True)
    (tmp_path / "a" / "home" / "one").write_bytes(b"1")
    watching(body, tmp_path, "a/home/one")


def test_the_far_end_of_a_link_is_looked_at(tmp_path: Path) -> None:
    async def body(told: Told, folder: Path) -> None:
        (folder / "far" / "real").write_bytes(b"2")
        assert await told.next() == ("one", b"2")

    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "real").write_bytes(b"1")
    (tmp_path / "one").symlink_to(tmp_path / "far" / "real")
    watching(body, tmp_path, "one")


def test_without_inotify_files_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise OSError(24, "Too many open files")

    async def body(told: Told, folder: Path) -> None:
        (folder / "one").write_bytes(b"1")
        assert await told.next() == ("one", b"1")

    monkeypatch.setattr(file_watch.Inotify, "__init__", refuse)
    watching(body, tmp_path, "one")


def test_following_others_gives_their_contents_and_forgets_the_rest(tmp_path: Path) -> None:
    async def body(told: Told, folder: Path) -> None:
        watch = told.watch
        (folder / "two").write_bytes(b"2")
        assert watch.follow([str(folder / "two")]) == {str(folder / "two"): b"2"}
        (folder / "one").write_bytes(b"1")
        await asyncio.sleep(0.05)
        assert watch.follow([]) == {}
        (folder / "two").write_bytes(b"3")
        await asyncio.sleep(0.05)

    watching(body, tmp_path, "one")


def test_a_file_that_may_not_be_read_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: str) -> bytes | None:
        raise PermissionError(13, "Permission denied")

    async def body(told: Told, folder: Path) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(file_watch, "content", refuse)
            told.watch.follow([str(folder / "one")])
            for text in "123":
                (folder / "one").write_text(text)
                await asyncio.sleep(0.05)
        assert caplog.messages == [f"{folder / 'one'} can't be read: Permission denied"]
        (folder / "one").chmod(0o644)
        assert await told.next() == ("one", b"3")

    watching(body, tmp_path, "one")


def test_what_is_no_file_has_no_contents(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert content(str(tmp_path)) is None
    assert content(str(tmp_path / "none")) is None
    assert content(str(tmp_path / "pipe")) == b""
    (tmp_path / "long").write_bytes(b"7" * 1000)
    assert content(str(tmp_path / "long")) == b"7" * file_watch.MOST


def test_a_file_is_initialised_unless_it_is_there_or_is_none(tmp_path: Path) -> None:
    file = tmp_path / "one"
    make(str(file), -7, overwrite=False)
    assert file.read_text() == "-7\n"
    make(str(file), 8, overwrite=False)
    assert file.read_text() == "-7\n"
    make(str(file), 8, overwrite=True)
    assert file.read_text() == "8\n"
    with pytest.raises(OSError, match="directory"):
        make(str(tmp_path), 8, overwrite=True)
    with pytest.raises(OSError, match="not a regular file"):
        make("/dev/null", 8, overwrite=True)


def test_a_file_that_cant_be_initialised_is_told_and_the_others_are_made(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    init = InitFile(value=5)
    paths = {"bad": tmp_path / "nowhere" / "one", "plain": tmp_path / "plain", "good": tmp_path / "good"}
    options = {"bad": init, "good": init}
    initialise(TrackFile(name=name, file=str(path), init_file=options.get(name)) for name, path in paths.items())
    assert paths["good"].read_text() == "5\n"
    assert not paths["plain"].exists()
    (line,) = caplog.messages
    assert line == f"Unable to initialise track file bad ({paths['bad']}): No such file or directory"
