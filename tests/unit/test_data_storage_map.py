from pathlib import Path

import pytest

from stepworks.data.storage_map import StorageMap, address_of
from stepworks.errors import InvalidInput, UnsafePath
from stepworks.server.places import mapped_folder

BLOB = {"account_name": "shop", "container_name": "raw"}


@pytest.mark.parametrize(
    ("kind", "settings", "address"),
    [
        ("AzureBlob", BLOB, "https://shop.blob.core.windows.net/raw/"),
        ("AzureFile", BLOB, "https://shop.file.core.windows.net/raw/"),
        ("AzureDataLakeGen2", BLOB, "https://shop.dfs.core.windows.net/raw/"),
        ("AzureDataLake", {"store_name": "lake"}, "https://lake.azuredatalakestore.net/"),
        ("AzureBlob", BLOB | {"protocol": "http", "endpoint": "x.cn"}, "http://shop.blob.x.cn/raw/"),
        ("Local", {"root": "/data"}, None),
    ],
)
def test_a_datastore_has_an_address(kind, settings, address):
    assert address_of(kind, settings) == address


@pytest.mark.parametrize(
    ("text", "url", "folder"),
    [
        ("https://*.blob.core.windows.net/=file:///data/azure/", "https://shop.blob.core.windows.net/raw/", "shop/raw"),
        ("https://*.blob.core.windows.net/=file:///data/azure", "https://shop.blob.core.windows.net/raw/", "shop/raw"),
        ("https://shop.blob.core.windows.net/raw/=file:///data/azure/r/", "https://shop.blob.core.windows.net/raw/a/b",
         "r/a/b"),
        ("https://*.*.core.windows.net/=file:///data/azure/", "https://shop.file.core.windows.net/s/", "shop/file/s"),
        ("a://x/=file:///no/ ; b://y/=file:///data/azure/y", "b://y/z", "y/z"),
        ("https://h/=file:///data/azure/a%20b/", "https://h/c%20d", "a b/c d"),
    ],
)  # fmt: skip
def test_an_address_leads_to_a_folder(text, url, folder):
    assert mapped_folder(StorageMap.parse(text), url) == Path(f"/data/azure/{folder}")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("", "https://shop.blob.core.windows.net/raw/"),
        ("https://*.blob.core.windows.net/=file:///d/", "https://shop.file.core.windows.net/raw/"),
        ("https://*.blob.core.windows.net/=file:///d/", "https://a/b.blob.core.windows.net/raw/"),
        ("https://*.blob.core.windows.net/=http://127.0.0.1:10000/", "https://shop.blob.core.windows.net/raw/"),
    ],
)
def test_what_no_rule_fits_or_leads_elsewhere_is_no_folder(text, url):
    assert mapped_folder(StorageMap.parse(text), url) is None


def test_the_first_rule_that_fits_counts():
    rules = StorageMap.parse("https://shop.x/=file:///one/\nhttps://*.x/=file:///two/")
    assert rules.lead("https://shop.x/a") == "file:///one/a"
    assert rules.lead("https://mill.x/a") == "file:///two/mill/a"


@pytest.mark.parametrize("text", ["nonsense", "https://x/", "x=y", "https://x/=/data", "=file:///d/"])
def test_what_is_no_rule_is_refused_and_shown(text):
    with pytest.raises(InvalidInput, match="is no rule of a storage map"):
        StorageMap.parse(text)


def test_nothing_leads_out_of_the_target():
    with pytest.raises(UnsafePath):
        mapped_folder(StorageMap.parse("https://h/=file:///data/azure/"), "https://h/../../etc")
