"""`tocsin feeds`: lists come in and go out, and nothing is lost on the way."""

import json
from pathlib import Path

from tests.commands import tocsin

LIST = """<opml version="2.0"><head><title>Mine</title></head><body>
<outline text="Ukraine"><outline type="rss" text="Kharkiv Ledger" xmlUrl="https://ledger.example/feed"/></outline>
<outline type="rss" text="Northern Wire" xmlUrl="https://wire.example/feed"/>
<outline type="rss" text="A drive" xmlUrl="file:///etc/passwd"/>
</body></opml>"""


def test_a_list_is_imported_once_and_comes_out_again(tmp_path: Path) -> None:
    """What is no web address is refused by name; a second import adds nothing; the export can be imported."""
    file = tmp_path / "mine.opml"
    file.write_text(LIST, encoding="utf-8")
    environ = {"TOCSIN_DATA_DIR": str(tmp_path / "data")}
    first = tocsin("feeds", "import", str(file), "--json", environ=environ)
    assert first.returncode == 1
    assert json.loads(first.stdout)["added"] == 2
    assert "file:///etc/passwd" in first.stderr
    again = tocsin("feeds", "import", str(file), environ=environ)
    assert again.stdout.startswith("0 added, 2 known already, 1 refused")
    exported = tmp_path / "out.opml"
    exported.write_text(tocsin("feeds", "export", environ=environ).stdout, encoding="utf-8")
    other = {"TOCSIN_DATA_DIR": str(tmp_path / "other")}
    assert tocsin("feeds", "import", str(exported), environ=other).stdout.startswith("2 added")


def test_a_file_that_is_no_list_is_one_clear_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.opml"
    file.write_text("no list at all", encoding="utf-8")
    done = tocsin("feeds", "import", str(file), environ={"TOCSIN_DATA_DIR": str(tmp_path / "data")})
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert str(file) in done.stderr
