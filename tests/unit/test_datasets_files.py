"""Files of datasets: listings, web addresses, relative paths, operations, downloads, identity."""

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pyarrow as pa
import pytest

from stepworks.datasets import execute
from stepworks.datasets.expression import Compare, Field, IsIn, Value
from stepworks.datasets.files import DatasetFile, download, files, identity, partition_values
from stepworks.datasets.plan import Plan
from stepworks.datasets.resolver import FolderResolver, list_folder
from stepworks.datasets.source import DataPath, DatastorePath, Delimited, Files, LocalPath, SqlQuery, WebPath
from stepworks.datasets.web import WebCache
from stepworks.errors import Conflict, DataMissing, InvalidInput


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of images, with what often lies beside them."""
    root = tmp_path / "store"
    for name in ("images/cat/1.png", "images/cat/2.png", "images/dog/1.png", "images/_labels.csv", "other/a[1].txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


@pytest.fixture
def store(folder: Path) -> FolderResolver:
    return FolderResolver({"store": folder})


def plan(*paths: str, form: str | None = None) -> Plan:
    return Plan(Files(tuple(DatastorePath("store", path) for path in paths), form))


def relative(chosen: tuple[DatasetFile, ...]) -> list[str]:
    return [file.relative for file in chosen]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["images/cat"], ["/1.png", "/2.png"]),
        (["images/cat/1.png"], ["/1.png"]),
        (["/images/cat/"], ["/1.png", "/2.png"]),
        (["./images//cat"], ["/1.png", "/2.png"]),
        (["images/*/1.png"], ["/cat/1.png", "/dog/1.png"]),
        (["images/**/2.*"], ["/cat/2.png"]),
        (["**/*.csv"], ["/images/_labels.csv"]),
        (["images/cat/*", "images/dog"], ["/cat/1.png", "/cat/2.png", "/dog/1.png"]),
        (["images/c*/"], ["/cat/1.png", "/cat/2.png"]),
        (["other/a[1].txt"], ["/a[1].txt"]),
        (["other/a[[]1].txt"], ["/a[1].txt"]),
        (["images/dog", "images/cat/2.png"], ["/dog/1.png", "/cat/2.png"]),
    ],
)
def test_paths_stand_for_files_relative_to_their_common_folder(
    store: FolderResolver, paths: list[str], expected: list[str]
) -> None:
    assert relative(files(plan(*paths), store)) == expected


def test_the_empty_path_is_the_whole_datastore(store: FolderResolver) -> None:
    assert len(files(plan(""), store)) == 5


@pytest.mark.parametrize("path", ["images/horse", "images/*.png", "IMAGES/cat"])
def test_a_path_without_files_is_named(store: FolderResolver, path: str) -> None:
    with pytest.raises(DataMissing) as caught:
        files(plan(path), store)
    assert path in str(caught.value)
    assert "'store'" in str(caught.value)


def test_an_unknown_datastore_is_named(store: FolderResolver) -> None:
    with pytest.raises(DataMissing, match=r"'strange'.*store"):
        files(Plan(Files((DatastorePath("strange", "a"),))), store)


def test_local_paths_are_for_our_own_use(folder: Path, store: FolderResolver) -> None:
    with pytest.raises(InvalidInput, match="datastore"):
        files(Plan(Files((LocalPath(str(folder)),))), store)


def test_local_paths(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FolderResolver({}, local_files=True)
    paths: list[DataPath] = [LocalPath(str(folder / "images/cat")), LocalPath(str(folder / "images/dog/*"))]
    chosen = files(Plan(Files(tuple(paths))), store)
    assert relative(chosen) == ["/cat/1.png", "/cat/2.png", "/dog/1.png"]
    assert [store.local(file.entry) for file in chosen] == [Path(file.name) for file in chosen]
    monkeypatch.chdir(folder)
    assert relative(files(Plan(Files((LocalPath("images/cat/1.png"),))), store)) == ["/1.png"]


def test_files_of_two_datastores_do_not_meet(folder: Path) -> None:
    resolver = FolderResolver({"one": folder / "images/cat", "two": folder / "images/dog"})
    chosen = files(Plan(Files((DatastorePath("one", ""), DatastorePath("two", "")))), resolver)
    assert relative(chosen) == ["/one/1.png", "/one/2.png", "/two/1.png"]


def test_operations_choose_files(store: FolderResolver) -> None:
    images = plan("images/*/*.png", form="{label}/*.png")
    assert relative(files(images.skip(1).take(1), store)) == ["/cat/2.png"]
    assert relative(files(images.filter(Compare("==", Field("label"), Value("dog"))), store)) == ["/dog/1.png"]
    assert relative(files(images.filter(Compare("==", Field("Path"), Value("/images/cat/2.png"))), store)) == [
        "/cat/2.png"
    ]
    assert len(files(images.filter(Compare(">", Field("Size"), Value(100))), store)) == 0
    assert len(files(images.filter(Compare(">", Field("ModifiedTime"), Value("2020-01-01"))), store)) == 3
    first, second = images.random_split(0.5, seed=3)
    assert sorted(relative(files(first, store)) + relative(files(second, store))) == relative(files(images, store))
    assert files(images.take_sample(1.0, seed=1), store) == files(images, store)
    assert files(images.take_sample(0.0, seed=1), store) == ()


def test_time_chooses_files_by_the_date_in_their_path(folder: Path, store: FolderResolver) -> None:
    from datetime import datetime

    from stepworks.datasets.expression import moment
    from stepworks.datasets.operation import TimeRange

    for day in ("01", "02"):
        (folder / f"days/2020/01/{day}").mkdir(parents=True)
        (folder / f"days/2020/01/{day}/x").touch()
    days = plan("days", form="{day:yyyy/MM/dd}/*").then(TimeRange("day", moment(datetime(2020, 1, 2))))
    assert [file.values for file in files(days, store)] == [{"day": datetime(2020, 1, 2)}]


def test_partition_values_are_listed_once(store: FolderResolver) -> None:
    images = plan("images/*/*.png", form="{label}/{name}.png")
    assert images.partition_keys == ("label", "name")
    assert partition_values(images, store, ["label"]) == ({"label": "cat"}, {"label": "dog"})
    assert len(partition_values(images, store)) == 3
    with pytest.raises(InvalidInput, match=r"'year'.*label, name"):
        partition_values(images, store, ["year"])


def test_a_file_that_does_not_have_the_partition_format_is_named(store: FolderResolver) -> None:
    with pytest.raises(InvalidInput, match=r"images/_labels\.csv"):
        files(plan("images", form="{label}/*.png"), store)


def test_download(folder: Path, store: FolderResolver, tmp_path: Path) -> None:
    target = tmp_path / "target"
    chosen = files(plan("images/*/*.png"), store)
    copied = download(chosen, store, target)
    assert copied == tuple(target / name for name in ("cat/1.png", "cat/2.png", "dog/1.png"))
    assert copied[2].read_text() == "images/dog/1.png"
    (target / "cat/1.png").unlink()
    with pytest.raises(Conflict, match=r"cat/2\.png"):
        download(chosen, store, target)
    assert not (target / "cat/1.png").exists()
    assert download(chosen, store, target, overwrite=True) == copied
    assert sorted(p.name for p in target.rglob("*") if p.is_file()) == ["1.png", "1.png", "2.png"]


def test_identity_follows_content_and_listing(folder: Path, store: FolderResolver) -> None:
    images = plan("images")
    before = identity(images, store)
    assert identity(images, store) == before
    assert identity(plan("images/*/*"), store) != before
    os.utime(folder / "images/cat/1.png", (1, 1))
    assert identity(images, store) == before
    (folder / "images/cat/1.png").write_text("images/cat/X.png")
    changed = identity(images, store)
    assert changed != before
    (folder / "images/cat/1.png").rename(folder / "images/cat/3.png")
    assert len({before, changed, identity(images, store)}) == 3


def test_identity_counts_only_files_that_can_matter(folder: Path, store: FolderResolver) -> None:
    source = Delimited((DatastorePath("store", "images/*/*.png"),), partition_format="{label}/*")
    cats = Plan(source).filter(IsIn(Field("label"), (Value("cat"),)))
    before = identity(cats, store)
    (folder / "images/dog/1.png").write_text("other")
    assert identity(cats, store) == before
    (folder / "images/cat/1.png").write_text("other")
    assert identity(cats, store) != before


def test_identity_of_a_query_is_its_result() -> None:
    class Database(FolderResolver):
        rows = pa.table({"a": list(range(100))})
        cut = 10

        def query(self, source: SqlQuery) -> pa.RecordBatchReader:
            return pa.RecordBatchReader.from_batches(self.rows.schema, self.rows.to_batches(max_chunksize=self.cut))

    database, query = Database({}), Plan(SqlQuery("db", "select a from t"))
    before = identity(query, database)
    database.cut = 7
    assert identity(query, database) == before
    database.rows = pa.table({"a": [*range(99), -1]})
    assert identity(query, database) != before


def test_links_to_files_are_files(folder: Path) -> None:
    (folder / "link.txt").symlink_to(folder / "images/cat/1.png")
    assert [entry.path for entry in list_folder(folder, "link.txt")] == ["link.txt"]


class Site(ThreadingHTTPServer):
    """A web site of one file, which may change, and counts how often its bytes were sent."""

    daemon_threads = True

    def __init__(self) -> None:
        self.content: bytes | None = b"a,b\n1,2\n"
        self.sent = 0
        self.tags = True
        self.promised: int | None = None
        super().__init__(("127.0.0.1", 0), Page)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/data/a%20b.csv?x=1"


class Page(BaseHTTPRequestHandler):
    server: Site  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        content = self.server.content
        if content is None:
            self.send_error(404)
            return
        tag = f'"{hash(content)}"' if self.server.tags else None
        if tag is not None and self.headers.get("If-None-Match") == tag:
            self.send_response(304)
            self.end_headers()
            return
        self.server.sent += 1
        self.send_response(200)
        self.send_header("Content-Length", str(self.server.promised or len(content)))
        if tag is not None:
            self.send_header("ETag", tag)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield site
        site.shutdown()


def test_a_web_file_travels_once_and_again_when_it_changes(site: Site, tmp_path: Path) -> None:
    web = FolderResolver({}, WebCache(tmp_path))
    source = Plan(Delimited((WebPath(site.url),), include_path=True))
    assert execute.to_arrow(source, web).to_pydict() == {"Path": [site.url], "a": [1], "b": [2]}
    before = identity(source, web)
    assert execute.count(source, web) == 1
    assert site.sent == 1
    site.content = b"a,b\n1,2\n3,4\n"
    assert execute.count(source, web) == 2
    assert identity(source, web) != before
    assert site.sent == 2


def test_without_tags_a_web_file_keeps_the_identity_of_its_bytes(site: Site, tmp_path: Path) -> None:
    site.tags = False
    web = FolderResolver({}, WebCache(tmp_path))
    source = Plan(Files((WebPath(site.url),)))
    assert identity(source, web) == identity(source, web)


def test_web_files_have_relative_paths_and_names(site: Site, tmp_path: Path) -> None:
    web = FolderResolver({}, WebCache(tmp_path / "cache"))
    (file,) = files(Plan(Files((WebPath(site.url),))), web)
    assert file.relative == f"/http/127.0.0.1_{site.server_port}/data/a%20b.csv"
    assert web.local(file.entry).name == "a b.csv"
    (copy,) = download([file], web, tmp_path / "target")
    assert copy.read_bytes() == site.content


def test_a_web_file_that_is_not_there(site: Site, tmp_path: Path) -> None:
    web = FolderResolver({}, WebCache(tmp_path))
    source = Plan(Files((WebPath(site.url),)))
    files(source, web)
    site.content = None
    with pytest.raises(DataMissing, match="404"):
        files(source, web)


def test_a_web_file_that_ends_early_is_not_kept(site: Site, tmp_path: Path) -> None:
    site.promised = 1000
    with pytest.raises(DataMissing, match=site.url.partition("?")[0]):
        files(Plan(Files((WebPath(site.url),))), FolderResolver({}, WebCache(tmp_path)))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_site_that_does_not_answer(tmp_path: Path) -> None:
    web = FolderResolver({}, WebCache(tmp_path, timeout=1))
    with pytest.raises(DataMissing, match=r"127\.0\.0\.1"):
        files(Plan(Files((WebPath("http://127.0.0.1:9/x"),))), web)


def test_without_a_cache_web_files_cannot_be_read() -> None:
    with pytest.raises(InvalidInput, match="cache"):
        files(Plan(Files((WebPath("http://127.0.0.1:9/x"),))), FolderResolver({}))
