"""One way to open SQLite files, however many processes come at once."""

import sqlite3
import threading
from pathlib import Path

from groundplan.sqlite import SqliteFile, write_ahead


def test_a_file_that_another_process_is_making_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "file"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE a (b)")
    other.execute("BEGIN IMMEDIATE")  # SQLite answers "locked" to the next one at once
    let_go = threading.Timer(0.2, other.execute, ("ROLLBACK",))
    let_go.start()
    connection = sqlite3.connect(path)
    write_ahead(connection)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    let_go.join()
    connection.close()
    other.close()


def test_the_statements_of_a_schema_may_hold_semicolons(tmp_path: Path) -> None:
    schema = """
    CREATE TABLE a (b TEXT);
    CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = b || ';'; SELECT 1; END;
    """
    with SqliteFile(tmp_path / "file", name="list", application=7, schema=schema) as file:
        with file.transaction() as connection:
            connection.execute("INSERT INTO a VALUES ('x')")
        assert file.read("SELECT b FROM a") == [("x;",)]
