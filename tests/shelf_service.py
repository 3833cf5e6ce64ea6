"""A shelf of goods in PostgreSQL, in versions that need different columns.

`serve ADDRESS PORT VERSION` answers /menu from the column of its version: the first calls it name,
later ones title; POST /sold writes down whatever key it gets, again if it gets it again. `expand`,
`contract` and `revert` with a version are the phases of its schema. The third version looks for a
column that nobody made; the fourth fails in one region alone.
"""

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg

COLUMN = {"1": "name", "2": "title", "3": "headline", "4": "title"}
FAILS_IN = "eu-west-1"
TABLES = "create table if not exists goods (name text); create table if not exists sold (key text)"
WIDER = "alter table goods add column if not exists title text"
NARROWER = "alter table goods drop column if exists title"
PHASES = {
    ("expand", "1"): TABLES,
    ("expand", "2"): WIDER,
    ("expand", "3"): WIDER,
    ("expand", "4"): WIDER,
    ("contract", "2"): "alter table goods drop column if exists name",
    ("revert", "2"): NARROWER,
    ("revert", "3"): NARROWER,
}
COLUMNS = "select column_name from information_schema.columns where table_name = 'goods' order by 1"
SOLD = "select count(*) from sold union all select count(distinct key) from sold"


class Store:
    """One connection, made anew when it is lost."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._connection: psycopg.Connection | None = None

    def ask(self, query: str, *values: str) -> list[str]:
        with self._turn:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(
                    os.environ["DATABASE_URL"], connect_timeout=5, autocommit=True
                )
            cursor = self._connection.execute(query, values or None)
            return [str(row[0]) for row in cursor] if cursor.description else []


STORE = Store()


class Customer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        version = sys.argv[4].partition(".")[0]
        if version == "4" and self.path == "/menu" and os.environ["REGION"] == FAILS_IN:
            self._answer(500, ["not here"])
            return
        menu = f"select count({COLUMN[version]}) from goods"
        query = {"/menu": menu, "/columns": COLUMNS, "/sold": SOLD}.get(self.path)
        self._ask(query) if query else self._answer(200, [])

    def do_POST(self) -> None:
        key = self.rfile.read(int(self.headers["content-length"])).decode()
        self._ask("insert into sold (key) values (%s)", key)

    def _ask(self, query: str, *values: str) -> None:
        try:
            self._answer(200, STORE.ask(query, *values))
        except psycopg.Error as error:
            self._answer(500, [str(error)])

    def _answer(self, status: int, found: list[str]) -> None:
        content = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.send_header("x-version", sys.argv[4])
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def main() -> None:
    if sys.argv[1] == "serve":
        ThreadingHTTPServer((sys.argv[2], int(sys.argv[3])), Customer).serve_forever()
    elif query := PHASES.get((sys.argv[1], sys.argv[2].partition(".")[0])):
        STORE.ask(query)


if __name__ == "__main__":
    main()
